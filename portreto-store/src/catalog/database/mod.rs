//! The database that a catalog is in: SQLite in a file of the home, or a PostgreSQL that many machines share.
//!
//! Everything in which the two differ is in this room; the files of the tables have one text for both.
//!
//! | | SQLite | PostgreSQL |
//! |---|---|---|
//! | words | `dialect` | `dialect` |
//! | values, columns | `query`, `row` | `query`, `row` |
//! | who may write | one connection, under `BEGIN IMMEDIATE` | several at a time: `locks` |
//! | a lasting commit | `synchronous = FULL` | the server's default |
//! | a commit that may be lost | the same | `synchronous_commit = off` |
//! | who hears of changes | polls | `LISTEN` and `NOTIFY`: `news` |
//! | tables | `migrations`: `migrations/sqlite` | `migrations/postgres` |

mod dialect;
mod locks;
mod migrations;
mod news;
mod outage;
mod query;
mod row;

use std::{
    ops::{Deref, DerefMut},
    path::Path,
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use sqlx::{
    PgConnection, PgPool, Postgres, SqlSafeStr as _, Sqlite, SqliteConnection, SqlitePool,
    Transaction,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use self::outage::Presence;
pub(super) use self::{
    locks::Locks,
    query::{Query, Value, sql},
    row::{Row, count, from_json, integer, json, parsed, time, unreadable},
};
use crate::error::{Error, ErrorKind, Result};

/// Connections of one process to PostgreSQL that write, and as many that read.
const CONNECTIONS: u32 = 8;
/// And that write what may be lost.
const HASTY_CONNECTIONS: u32 = 4;
/// Their settings. Each of their statements finds its row by an index in the order that it asks for. Without statistics of the table, or with those
/// of a shorter queue, the server would sort all that wait, each time: 3 ms for 5,000 jobs instead of 0.1.
const HASTY: [(&str, &str); 4] = [
    ("synchronous_commit", "off"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_sort", "off"),
];
/// How long somebody waits for PostgreSQL before being told that the catalog is away.
const PATIENCE: Duration = Duration::from_secs(3);
/// A connection that was idle for so long is tried before it is used.
const TRUSTED: Duration = Duration::from_secs(1);
/// How often a transaction is run that the database breaks off because of others.
const TRIES: u32 = 10;

/// Runs a transaction, and again, a bounded number of times, when the database has broken it off because of another one that was under
/// way: then it has done nothing.
macro_rules! retried {
    ($transaction:expr) => {{
        let mut tries = crate::catalog::database::Tries::default();
        loop {
            match $transaction.await {
                Err(error) if tries.another(&error) => {}
                outcome => break outcome,
            }
        }
    }};
}
pub(super) use retried;

/// How often a transaction was run.
#[derive(Debug, Default)]
pub(super) struct Tries(u32);

impl Tries {
    /// Whether it is to be run again after this error.
    pub(super) fn another(&mut self, error: &Error) -> bool {
        self.0 += 1;
        let again = self.0 < TRIES && outage::is_broken_off(error);
        if again {
            tracing::debug!(error = error.with_causes(), "a transaction is run again");
        }
        again
    }
}

/// Connections to the catalog's database. Two pools: who holds a connection that writes never waits for one that reads
/// with others who do the same.
#[derive(Debug, Clone)]
pub(super) enum Database {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(Server),
}

/// A PostgreSQL server.
#[derive(Debug, Clone)]
pub(super) struct Server {
    writers: PgPool,
    /// They do not wait until the server has synced.
    hasty: PgPool,
    readers: PgPool,
    options: Arc<PgConnectOptions>,
    presence: Arc<Presence>,
}

/// A connection, in a transaction or not.
#[derive(Debug)]
pub(super) enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    SqliteTransaction(Transaction<'static, Sqlite>),
    Postgres(PoolConnection<Postgres>),
    PostgresTransaction(Transaction<'static, Postgres>),
}

/// The connection itself, whichever it is.
enum Which<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// A transaction that writes. Dropped without [`Write::commit`], it has done nothing.
#[derive(Debug)]
pub(super) struct Write(Connection);

impl Database {
    /// The database in this file, its tables brought up to date.
    pub(super) async fn sqlite(path: &Path, create: bool) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged upload survives a power cut: NORMAL could lose the last transactions.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(30));
        let failed = |source: sqlx::Error| {
            let message = format!("cannot open the catalog {}", path.display());
            Error::new(ErrorKind::Catalog, message).with_source(source)
        };
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        migrations::sqlite().run(&writer).await.map_err(|source| {
            let message = format!("cannot bring the catalog {} up to date", path.display());
            Error::new(ErrorKind::Catalog, message).with_source(source)
        })?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await
            .map_err(failed)?;
        Ok(Self::Sqlite { writer, readers })
    }

    /// The database at this `postgres://` URL, its tables brought up to date.
    pub(super) async fn postgres(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url).map_err(|source| {
            let message = "the URL of the catalog is not one of PostgreSQL: postgres://USER:PASSWORD@HOST/DATABASE";
            Error::new(ErrorKind::BadInput, message).with_source(source)
        })?;
        // A name of its own for each process, by which it tells itself from others.
        let name = format!("portreto {}-{:08x}", std::process::id(), rand::random::<u32>());
        let options = options.application_name(&name);
        let place = place_of(&options);
        let failed = |source: sqlx::Error| {
            let message = format!("cannot open the catalog {place}");
            Error::new(ErrorKind::Catalog, message).with_source(source)
        };
        let pool = |connections| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(PATIENCE)
                // A question to the server before each other one would double their time. One that has just
                // answered is taken as it is; should it have gone since, `outage` says so.
                .test_before_acquire(false)
                .before_acquire(|connection, was| {
                    Box::pin(async move {
                        use sqlx::Connection as _;
                        if was.idle_for > TRUSTED {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
        };
        let writers = pool(CONNECTIONS).connect_with(options.clone()).await.map_err(failed)?;
        let mut migrations = migrations::postgres();
        // A server of the version before may start again while the others have a newer one already.
        migrations.set_ignore_missing(true).run(&writers).await.map_err(|source| {
            let message = format!("cannot bring the catalog {place} up to date");
            Error::new(ErrorKind::Catalog, message).with_source(source)
        })?;
        let readers = pool(CONNECTIONS).connect_with(options.clone()).await.map_err(failed)?;
        let hasty = options.clone().options(HASTY);
        let hasty = pool(HASTY_CONNECTIONS).connect_lazy_with(hasty);
        let (options, presence) = (Arc::new(options), Arc::default());
        Ok(Self::Postgres(Server { writers, hasty, readers, options, presence }))
    }

    /// A connection to read by.
    pub(super) async fn read(&self) -> Result<Connection> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Connection::Sqlite(readers.acquire().await?),
            Self::Postgres(Server { readers, presence, .. }) => {
                Connection::Postgres(presence.acquire(readers).await?)
            }
        })
    }

    /// The same, with all that is read as it was at one moment.
    pub(super) async fn snapshot(&self) -> Result<Connection> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Connection::SqliteTransaction(readers.begin().await?),
            Self::Postgres(Server { readers, presence, .. }) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
                let db = presence.acquire(readers).await?;
                Connection::PostgresTransaction(
                    Transaction::begin(db, Some(begin.into_sql_str())).await?,
                )
            }
        })
    }

    /// A transaction that writes. On SQLite nobody else writes until it ends. On PostgreSQL it is at `READ COMMITTED`, so that
    /// each statement sees what was committed before it: who relies on what was read takes [`Locks`] first.
    pub(super) async fn write(&self) -> Result<Write> {
        Ok(Write(match self {
            Self::Sqlite { writer, .. } => {
                Connection::SqliteTransaction(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Self::Postgres(Server { writers, presence, .. }) => {
                let db = presence.acquire(writers).await?;
                Connection::PostgresTransaction(Transaction::begin(db, None).await?)
            }
        }))
    }

    /// A connection for one statement that writes.
    pub(super) async fn write_at_once(&self) -> Result<Connection> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Connection::Sqlite(writer.acquire().await?),
            Self::Postgres(Server { writers, presence, .. }) => {
                Connection::Postgres(presence.acquire(writers).await?)
            }
        })
    }

    /// The same for what may be lost when the server goes down just then, and takes nobody long for that.
    pub(super) async fn write_hastily(&self) -> Result<Connection> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Connection::Sqlite(writer.acquire().await?),
            Self::Postgres(Server { hasty, presence, .. }) => {
                Connection::Postgres(presence.acquire(hasty).await?)
            }
        })
    }

    /// Whether who writes stops all others who would.
    pub(super) const fn has_one_writer(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }

    /// Whether other processes are connected, as far as the server tells.
    pub(super) async fn has_others(&self) -> Result<bool> {
        let Self::Postgres(Server { readers, presence, .. }) = self else { return Ok(false) };
        let others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() \
                      AND application_name LIKE 'portreto %' \
                      AND application_name <> current_setting('application_name') LIMIT 1";
        let mut db = presence.acquire(readers).await?;
        Ok(sqlx::query(others).fetch_optional(&mut *db).await?.is_some())
    }

    /// Closes all connections.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(Server { writers, hasty, readers, .. }) => {
                readers.close().await;
                hasty.close().await;
                writers.close().await;
            }
        }
    }
}

impl Connection {
    fn which(&mut self) -> Which<'_> {
        match self {
            Self::Sqlite(db) => Which::Sqlite(db),
            Self::SqliteTransaction(db) => Which::Sqlite(db),
            Self::Postgres(db) => Which::Postgres(db),
            Self::PostgresTransaction(db) => Which::Postgres(db),
        }
    }
}

impl Write {
    /// After events were copied with their positions: new ones come after them. SQLite does so by itself.
    pub(super) async fn go_on_after_events(&mut self) -> Result<()> {
        if let Connection::PostgresTransaction(db) = &mut self.0 {
            let next = "SELECT setval(pg_get_serial_sequence('events', 'position'), \
                        greatest((SELECT max(position) FROM events), 1), \
                        EXISTS (SELECT 1 FROM events))";
            sqlx::query(next).execute(&mut **db).await?;
        }
        Ok(())
    }

    /// Makes it last.
    pub(super) async fn commit(self) -> Result<()> {
        match self.0 {
            Connection::SqliteTransaction(transaction) => transaction.commit().await?,
            Connection::PostgresTransaction(transaction) => transaction.commit().await?,
            Connection::Sqlite(_) | Connection::Postgres(_) => {}
        }
        Ok(())
    }
}

impl Deref for Write {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

/// Where a database is, without the password.
fn place_of(options: &PgConnectOptions) -> String {
    let (host, port) = (options.get_host(), options.get_port());
    let database = options.get_database().unwrap_or(options.get_username());
    format!("postgres://{host}:{port}/{database}")
}
