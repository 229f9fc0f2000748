//! A catalog into another, empty one: every row of every table, in one transaction, and read back.
//!
//! Both databases have the same tables and columns (a test compares this list with what they say of themselves), and compare
//! text byte by byte, so rows come in the same order from both, and one digest of all of them tells whether they are the same.

use portreto_core::Digest;

use super::{
    Catalog,
    database::{Connection, Query, Row, Value},
};
use crate::error::{Error, ErrorKind, Result};

/// Rows that are read and written at a time.
const PAGE: usize = 500;

/// A table that was copied.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct CopiedTable {
    /// Its name.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
    /// The BLAKE3 of all of them, the same in both catalogs.
    pub digest: Digest,
}

/// A table, in words that both databases know.
struct Table {
    name: &'static str,
    /// What its rows are ordered by, which is unique: its first columns.
    n_keys: usize,
    columns: &'static [(&'static str, Kind)],
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Bytes,
}

use Kind::{Bytes, Integer, Text};

/// All tables, those before others that these refer to.
const TABLES: [Table; 21] = [
    Table {
        name: "stores",
        n_keys: 1,
        columns: &[
            ("id", Text),
            ("uuid", Text),
            ("url", Text),
            ("state", Text),
            ("weight", Integer),
            ("conditional_puts", Integer),
        ],
    },
    Table {
        name: "images",
        n_keys: 1,
        columns: &[
            ("id", Text),
            ("reversed", Text),
            ("owner", Text),
            ("digest", Text),
            ("name", Text),
            ("media_type", Text),
            ("width", Integer),
            ("height", Integer),
            ("bytes", Integer),
            ("created", Integer),
            ("revision", Integer),
            ("fingerprint", Text),
            ("metadata", Text),
            ("perceptual", Text),
            ("seen", Integer),
            ("bundle", Text),
        ],
    },
    Table { name: "labels", n_keys: 2, columns: &[("image", Text), ("label", Text)] },
    Table {
        name: "variants",
        n_keys: 3,
        columns: &[
            ("original", Text),
            ("transform", Text),
            ("engine_version", Integer),
            ("digest", Text),
            ("media_type", Text),
            ("width", Integer),
            ("height", Integer),
            ("bytes", Integer),
        ],
    },
    Table {
        name: "jobs",
        n_keys: 1,
        columns: &[
            ("id", Text),
            ("original", Text),
            ("transform", Text),
            ("engine_version", Integer),
            ("owner", Text),
            ("state", Text),
            ("priority", Integer),
            ("turn", Integer),
            ("attempt", Integer),
            ("last_attempt", Integer),
            ("due", Integer),
            ("worker", Text),
            ("reason", Text),
            ("created", Integer),
            ("changed", Integer),
            ("step", Text),
        ],
    },
    Table {
        name: "events",
        n_keys: 1,
        columns: &[
            ("position", Integer),
            ("id", Text),
            ("kind", Text),
            ("subject", Text),
            ("time", Integer),
            ("data", Text),
        ],
    },
    Table {
        name: "tombstones",
        n_keys: 1,
        columns: &[("image", Text), ("original", Text), ("deleted", Integer)],
    },
    Table {
        name: "garbage",
        n_keys: 1,
        columns: &[("digest", Text), ("state", Text), ("since", Integer)],
    },
    Table {
        name: "debts",
        n_keys: 2,
        columns: &[("store", Text), ("path", Text), ("since", Integer)],
    },
    Table { name: "verified", n_keys: 1, columns: &[("shard", Text), ("time", Integer)] },
    Table {
        name: "files",
        n_keys: 1,
        columns: &[("place", Bytes), ("stamp", Bytes), ("stores", Bytes), ("image", Text)],
    },
    Table {
        name: "people",
        n_keys: 1,
        columns: &[("id", Text), ("name", Text), ("password", Text), ("created", Integer)],
    },
    Table {
        name: "sessions",
        n_keys: 1,
        columns: &[("id", Text), ("person", Text), ("expires", Integer)],
    },
    Table {
        name: "refresh_tokens",
        n_keys: 1,
        columns: &[("digest", Text), ("session", Text), ("used", Integer)],
    },
    Table {
        name: "api_keys",
        n_keys: 1,
        columns: &[
            ("id", Text),
            ("digest", Text),
            ("person", Text),
            ("name", Text),
            ("scope", Text),
            ("created", Integer),
        ],
    },
    Table {
        name: "failed_logins",
        n_keys: 1,
        columns: &[("bucket", Text), ("since", Integer), ("count", Integer)],
    },
    Table {
        name: "request_keys",
        n_keys: 2,
        columns: &[("owner", Text), ("name", Text), ("content", Text), ("since", Integer)],
    },
    // On PostgreSQL the places of events are theirs among those of the transaction that copies.
    Table {
        name: "sinks",
        n_keys: 1,
        columns: &[
            ("name", Text),
            ("position", Integer),
            ("holder", Text),
            ("lease", Integer),
            ("failures", Integer),
            ("reason", Text),
            ("due", Integer),
            ("delivered", Integer),
        ],
    },
    Table {
        name: "dead_letters",
        n_keys: 2,
        columns: &[
            ("sink", Text),
            ("event", Text),
            ("kind", Text),
            ("subject", Text),
            ("time", Integer),
            ("data", Text),
            ("reason", Text),
        ],
    },
    Table { name: "broken_bundles", n_keys: 1, columns: &[("digest", Text)] },
    // Triggers have filled it when it is its turn; but not with owners who have nothing any more.
    Table {
        name: "usage",
        n_keys: 1,
        columns: &[("owner", Text), ("images", Integer), ("bytes", Integer)],
    },
];

impl Catalog {
    /// Copies everything into a catalog that has nothing. Whatever stops it, nothing is there then.
    pub(crate) async fn copy_to(
        &self,
        target: &Self,
        progress: &(dyn Fn(&str, u64) + Sync),
    ) -> Result<Vec<CopiedTable>> {
        let mut from = self.db.snapshot().await?;
        let mut to = target.write().await?;
        for table in &TABLES {
            if !table.page(&mut to, None, 1).await?.is_empty() {
                let message = format!("the catalog to copy to is not empty: it has {}", table.name);
                return Err(Error::new(ErrorKind::Conflict, message));
            }
        }
        let mut copied = Vec::with_capacity(TABLES.len());
        for table in &TABLES {
            let progress = |rows| progress(table.name, rows);
            copied.push(table.walk(&mut from, Some(&mut to), &progress).await?);
        }
        for (table, copied) in TABLES.iter().zip(&copied) {
            let there = table.walk(&mut to, None, &|_| {}).await?;
            if there != *copied {
                let message = format!(
                    "the copy of {} has {} rows where there are {}, or others: nothing was kept",
                    table.name, there.rows, copied.rows
                );
                return Err(Error::new(ErrorKind::Internal, message));
            }
        }
        to.go_on_after_events().await?;
        to.commit().await?;
        Ok(copied)
    }
}

impl Table {
    /// Reads all rows, and writes them into another catalog.
    async fn walk(
        &self,
        from: &mut Connection,
        mut to: Option<&mut Connection>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<CopiedTable> {
        let mut digest = blake3::Hasher::new();
        let (mut rows, mut last) = (0, None);
        loop {
            let page = self.page(from, last.take(), PAGE).await?;
            rows += page.len() as u64;
            page.iter().flatten().for_each(|value| feed(&mut digest, value));
            let is_last = page.len() < PAGE;
            last = page.last().map(|row| row[..self.n_keys].to_vec());
            if let Some(to) = &mut to
                && !page.is_empty()
            {
                self.insert(to, page).await?;
            }
            progress(rows);
            if is_last {
                let digest = Digest::from_bytes(*digest.finalize().as_bytes());
                return Ok(CopiedTable { table: self.name, rows, digest });
            }
        }
    }

    /// The rows after this key, in order.
    async fn page(
        &self,
        db: &mut Connection,
        after: Option<Vec<Value>>,
        limit: usize,
    ) -> Result<Vec<Vec<Value>>> {
        let keys = self.names(self.n_keys);
        let mut query = Query::of("SELECT ");
        query.push(&self.names(self.columns.len())).push(" FROM ").push(self.name);
        if let Some(after) = after {
            query.push(" WHERE (").push(&keys).push(") > (").push_list(after).push(")");
        }
        query.push(" ORDER BY ").push(&keys).push(" LIMIT ").push_bind(limit as i64);
        query.fetch_all(db).await?.iter().map(|row| self.values(row)).collect()
    }

    async fn insert(&self, db: &mut Connection, rows: Vec<Vec<Value>>) -> Result<()> {
        let mut query = Query::of("INSERT INTO ");
        query.push(self.name).push(" (").push(&self.names(self.columns.len())).push(") ");
        query.push_rows(rows);
        if self.name == "usage" {
            query.push(" ON CONFLICT (owner) DO UPDATE SET images = excluded.images, bytes = excluded.bytes");
        }
        query.kept(false).execute(db).await?;
        Ok(())
    }

    fn names(&self, n: usize) -> String {
        self.columns[..n].iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    fn values(&self, row: &Row) -> Result<Vec<Value>> {
        let value = |(name, kind): &(&'static str, Kind)| {
            Ok(match kind {
                Text => Value::Text(row.try_get(name)?),
                Integer => Value::Integer(row.try_get(name)?),
                Bytes => Value::Bytes(row.try_get(name)?),
            })
        };
        self.columns.iter().map(value).collect()
    }
}

/// Adds a value to a digest: what it is, how long, and itself, so that no two rows read alike.
fn feed(digest: &mut blake3::Hasher, value: &Value) {
    let mut tagged = |tag: u8, bytes: &[u8]| {
        digest.update(&[tag]).update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
    };
    match value {
        Value::Text(None) | Value::Integer(None) => tagged(0, b""),
        Value::Text(Some(text)) => tagged(1, text.as_bytes()),
        Value::Integer(Some(integer)) => tagged(2, &integer.to_le_bytes()),
        Value::Bytes(bytes) => tagged(3, bytes),
    }
}

#[cfg(test)]
mod tests;
