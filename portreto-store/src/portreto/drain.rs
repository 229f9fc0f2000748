//! Moving everything off a store, while it is read.

use std::time::Instant;

use futures::StreamExt;
use portreto_core::replica::{StoreError, StoreId};
use serde::Serialize;

use super::{Portreto, StoreStatus, keep::CatalogView, membership::COPIES};
use crate::{
    error::Result,
    scrub::{self, Failure, Finding, Progress, RepairOptions, ScrubOptions},
    store::Place,
};

/// What a drain did.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Drained {
    /// The store.
    #[serde(flatten)]
    pub store: StoreStatus,
    /// Copies that were in it.
    pub found: u64,
    /// Copies that are in it still; with none it can be removed.
    pub left: u64,
    /// What was tried and failed: drain it again when the reason is gone.
    pub failed: Vec<Failure>,
    /// What no store that answered has whole, so that there is nothing to move.
    pub lost: Vec<Finding>,
}

impl Portreto {
    /// Stops writing to a store and moves all copies in it to where they belong without it. Each is read from, and kept,
    /// until there are two others; whatever stops it, draining it again goes on with what is left.
    ///
    /// # Errors
    ///
    /// As for [`Portreto::drain_store`]; what could not be moved is in the report. When the store does not answer it is
    /// marked all the same, and the report says that nothing was found.
    pub async fn drain(
        &self,
        id: &StoreId,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Drained> {
        self.drain_store(id).await?;
        let changed = Instant::now();
        let mut drained = self.empty(id, progress).await?;
        // Others may have put something into it until they heard of it.
        self.all_know(changed).await;
        let place = self.inner.replicas.store(id).await;
        let left = match &place {
            Ok(place) if drained.failed.is_empty() => count(&**place).await.unwrap_or(0),
            _ => 0,
        };
        if left > 0 {
            let again = self.empty(id, progress).await?;
            drained = Drained { found: drained.found.max(again.found), ..again };
        }
        Ok(drained)
    }

    /// Moves all copies in a store that is drained to where they belong without it.
    async fn empty(&self, id: &StoreId, progress: &(dyn Fn(Progress) + Sync)) -> Result<Drained> {
        let Self { inner } = self;
        let catalog = CatalogView::of(self, true);
        let mut how = RepairOptions::new(inner.clock.now());
        how.found = false;
        how.scrub = ScrubOptions {
            // What is moved is read and checked anyway.
            verify_bytes: false,
            only_in: Some(id.clone()),
            ..ScrubOptions::default()
        };
        let report = scrub::repair(&inner.replicas, &catalog, &how, progress).await;
        catalog.outcome()?;
        catalog.mark_orphans().await?;
        let place = inner.replicas.store(id).await;
        let left = match &place {
            Ok(place) => count(&**place).await,
            Err(error) => Err(StoreError::new(error.kind(), error.to_string())),
        };
        let mut failed = report.failed;
        failed.extend(report.away);
        let (found, left) = match left {
            Ok(left) => (report.before.keys, left),
            Err(error) => {
                if !failed.iter().any(|failure| failure.store == *id) {
                    let (path, reason) = (String::new(), error.to_string());
                    failed.push(Failure { store: id.clone(), path, reason });
                }
                (report.before.keys, report.before.keys)
            }
        };
        Ok(Drained { store: self.status(id)?, found, left, failed, lost: report.lost })
    }
}

impl Drained {
    /// Whether nothing is left in it.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.left == 0 && self.failed.is_empty()
    }
}

/// The copies in a store of what is live or may be.
async fn count(place: &dyn Place) -> std::result::Result<u64, StoreError> {
    let mut n = 0;
    for space in COPIES {
        let mut listing = place.list(space, None);
        while let Some(object) = listing.next().await {
            n += u64::from(object?.key.is_some());
        }
    }
    Ok(n)
}
