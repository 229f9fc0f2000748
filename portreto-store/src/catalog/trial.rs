//! Catalogs for tests: the same tests run on both databases.

use portreto_scratch_postgres::Server;
use tempfile::TempDir;

use super::{Catalog, database::sql};

/// Where a test's catalog is.
#[derive(Debug)]
pub(super) enum Place {
    Sqlite(TempDir),
    Postgres(String),
}

impl Place {
    pub(super) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(super) fn postgres() -> Self {
        Self::Postgres(Server::shared().database())
    }

    /// Opens the catalog there, again or for the first time.
    pub(super) async fn open(&self) -> Catalog {
        match self {
            Self::Sqlite(directory) => {
                Catalog::open(&directory.path().join("c.sqlite"), true).await.unwrap()
            }
            Self::Postgres(url) => Catalog::connect(url).await.unwrap(),
        }
    }
}

impl Catalog {
    /// The kinds of all events.
    pub(super) async fn kinds_of_events(&self) -> Vec<String> {
        let rows = sql("SELECT kind FROM events ORDER BY position");
        let rows = rows.fetch_all(&mut self.read().await.unwrap()).await.unwrap();
        rows.iter().map(|row| row.try_get("kind").unwrap()).collect()
    }
}

/// Tests that take a `Fixture`, each on a catalog of each kind.
macro_rules! on_both_databases {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Fixture::on(crate::catalog::trial::Place::sqlite()).await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Fixture::on(crate::catalog::trial::Place::postgres()).await).await;
            })*
        }
    };
}
pub(super) use on_both_databases;
