//! What an error of the database means: others were in the way, or it is away; and what is done while it is away.

use std::{
    error::Error as _,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{Database, Pool, pool::PoolConnection};

use crate::error::{Error, ErrorKind, Result};

/// How long nobody asks for a database that was found away. Then one asks, and the others are told that it is away until that one
/// knows better.
const PAUSE: Duration = Duration::from_millis(500);

/// Whether the database was there when it was last asked.
#[derive(Debug, Default)]
pub(super) struct Presence {
    /// When it may be asked again; none when it was there.
    ask_again: Mutex<Option<Instant>>,
}

impl Presence {
    /// A connection, at once or not at all when the database is known to be away.
    pub(super) async fn acquire<DB: Database>(
        &self,
        pool: &Pool<DB>,
    ) -> Result<PoolConnection<DB>> {
        if !self.may_ask() {
            return Err(Error::new(ErrorKind::Catalog, "the catalog's database is away"));
        }
        let acquired = pool.acquire().await;
        let mut ask_again = self.ask_again.lock().unwrap_or_else(PoisonError::into_inner);
        *ask_again = match &acquired {
            Ok(_) => None,
            Err(_) => Some(Instant::now() + PAUSE),
        };
        acquired.map_err(|source| {
            Error::new(ErrorKind::Catalog, "the catalog's database is away").with_source(source)
        })
    }

    fn may_ask(&self) -> bool {
        let mut ask_again = self.ask_again.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(when) = *ask_again else { return true };
        if Instant::now() < when {
            return false;
        }
        // This one asks, and may wait for as long as `PATIENCE`.
        *ask_again = Some(Instant::now() + super::PATIENCE);
        true
    }
}

/// Whether the transaction was broken off because of another one that was under way: it has done nothing, and may do when it
/// is run again.
pub(super) fn is_broken_off(error: &Error) -> bool {
    let Some(error) = error.source().and_then(|source| source.downcast_ref::<sqlx::Error>()) else {
        return false;
    };
    // https://www.postgresql.org/docs/15/errcodes-appendix.html: serialization_failure, deadlock_detected, and
    // foreign_key_violation, which is what a row that goes in the middle of the transaction looks like.
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| matches!(&*code, "40001" | "40P01" | "23503"))
}
