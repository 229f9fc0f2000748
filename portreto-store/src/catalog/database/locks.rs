//! What PostgreSQL needs to keep the promises that SQLite's one writer gives for nothing.
//!
//! At `READ COMMITTED` every statement sees what was committed before it began, and not what others are just about to commit. Whoever
//! decides by something that was *not* there has to keep others from making it. Two kinds of things are decided so:
//!
//! - **An owner's images** (one of each original, and a quota): an owner's lock is held alone from before the look until the
//!   commit. Owners do not wait for each other.
//! - **Whether anything refers to a blob**: who makes a reference (an image, a variant) holds the lock of the blob's stripe
//!   together with others who do; who takes the last one away, or marks a blob that nothing refers to, holds it alone. So
//!   when a blob is marked no transaction is under way that refers to it and has not seen the mark. From then on the mark is
//!   a row, and rows can be locked: who refers to the blob deletes it, who collects the blob holds it while the bytes
//!   are removed, and one waits for the other. Stripes, and not digests, because a bulk upload would fill the server's table
//!   of locks; together, so that uploads do not wait for each other.
//!
//! Everything else is decided by a row that is there, or that a unique key makes: `ON CONFLICT`, an `UPDATE` with its condition, or
//! `{locked}`.
//!
//! No two transactions wait for each other in a circle as long as all take, in this order: the locks here (all at once, sorted),
//! `garbage`, `images`, `jobs`, `variants`. Where several rows of one table come in any order it may happen nevertheless; the
//! server then breaks one off, and it is run again ([`super::Database::retried`]).

use std::collections::BTreeMap;

use portreto_core::Digest;

use super::{Connection, Write};
use crate::error::Result;

/// What the first numbers of locks stand for. Any that others who use the same database are not likely to have.
const OWNERS: i32 = 0x706F_7201;
const BLOBS: i32 = 0x706F_7202;
const STORES: i32 = 0x706F_7203;
/// A transaction takes no more locks for blobs. A server has room for 6,400 locks of all its transactions by default.
const STRIPES: u8 = 32;

/// Locks to be taken together at the beginning of a transaction, and held until its end.
#[derive(Debug, Default)]
pub(in crate::catalog) struct Locks(BTreeMap<(i32, i32), Alone>);

/// Whether a lock is held alone.
type Alone = bool;

impl Locks {
    /// What an owner has is looked at and changed by nobody else.
    pub(in crate::catalog) fn owner(mut self, owner: &str) -> Self {
        let digest = Digest::of(owner.as_bytes());
        let [a, b, c, d, ..] = *digest.as_bytes();
        self.0.insert((OWNERS, i32::from_le_bytes([a, b, c, d])), true);
        self
    }

    /// Something is made that refers to these bytes.
    pub(in crate::catalog) fn refers(mut self, blob: &Digest) -> Self {
        self.0.entry(stripe(blob)).or_insert(false);
        self
    }

    /// What refers to these bytes is removed, or they are marked because nothing does.
    pub(in crate::catalog) fn releases(mut self, blob: &Digest) -> Self {
        self.0.insert(stripe(blob), true);
        self
    }

    /// Which stores there are is looked at and changed by nobody else.
    pub(in crate::catalog) fn stores(mut self) -> Self {
        self.0.insert((STORES, 0), true);
        self
    }

    /// Takes them.
    pub(in crate::catalog) async fn take(self, tx: &mut Write) -> Result<()> {
        let Connection::PostgresTransaction(db) = &mut **tx else { return Ok(()) };
        let (mut classes, mut keys, mut alone) = (Vec::new(), Vec::new(), Vec::new());
        for ((class, key), is_alone) in self.0 {
            classes.push(class);
            keys.push(key);
            alone.push(is_alone);
        }
        // The functions are called in the order of the rows: what is selected is worked out after what is below has sorted.
        sqlx::query(
            "SELECT CASE WHEN alone THEN pg_advisory_xact_lock(class, key) \
             ELSE pg_advisory_xact_lock_shared(class, key) END \
             FROM unnest($1::int[], $2::int[], $3::bool[]) WITH ORDINALITY AS wanted (class, key, alone, n) \
             ORDER BY n",
        )
        .bind(classes)
        .bind(keys)
        .bind(alone)
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

fn stripe(blob: &Digest) -> (i32, i32) {
    (BLOBS, i32::from(blob.as_bytes()[0] % STRIPES))
}
