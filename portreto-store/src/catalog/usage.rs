//! Table `usage`: what each owner has. Triggers of table `images` write it.

use std::collections::HashMap;

use super::database::{Connection, count, sql};
use crate::{
    error::{Error, ErrorKind, Result},
    quota::{Quota, Usage},
};

/// What an owner has.
pub(super) async fn of(db: &mut Connection, owner: &str) -> Result<Usage> {
    let row = sql("SELECT images, bytes FROM usage WHERE owner = $1").bind(owner);
    match row.fetch_optional(db).await? {
        Some(row) => Ok(Usage { images: count(&row, "images")?, bytes: count(&row, "bytes")? }),
        None => Ok(Usage::default()),
    }
}

/// How many images all owners have.
pub(super) async fn images(db: &mut Connection) -> Result<u64> {
    let query = "SELECT CAST(coalesce(sum(images), 0) AS BIGINT) AS n FROM usage";
    count(&sql(query).fetch_one(db).await?, "n")
}

/// Fails unless an owner may have one more image of so many bytes.
pub(super) async fn check(
    db: &mut Connection,
    owner: &str,
    bytes: u64,
    quota: &Quota,
) -> Result<()> {
    Budget::new(quota).spend(db, owner, bytes).await
}

/// What owners may still have, for images that are added in one transaction. Nobody comes in between there.
#[derive(Debug)]
pub(super) struct Budget<'a> {
    quota: &'a Quota,
    used: HashMap<String, Usage>,
}

impl<'a> Budget<'a> {
    pub(super) fn new(quota: &'a Quota) -> Self {
        Self { quota, used: HashMap::new() }
    }

    /// Counts one more image of so many bytes, unless its owner may not have it.
    pub(super) async fn spend(
        &mut self,
        db: &mut Connection,
        owner: &str,
        bytes: u64,
    ) -> Result<()> {
        if self.quota.is_unbounded() {
            return Ok(());
        }
        if !self.used.contains_key(owner) {
            self.used.insert(owner.to_owned(), of(db, owner).await?);
        }
        let usage = self.used.entry(owner.to_owned()).or_default();
        let refused = |message| Error::new(ErrorKind::Quota, message);
        self.quota.check(usage, bytes).map_err(refused)?;
        usage.images += 1;
        usage.bytes += bytes;
        Ok(())
    }
}
