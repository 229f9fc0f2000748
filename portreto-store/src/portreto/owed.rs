//! What stores owe: copies and deletions that they did not do when they should have.
//!
//! Nothing acknowledged depends on it. A put that found its first store away is kept in two others, and a full repair
//! would find that out; the debt says it without reading everything, so that the ideal places are restored as soon as the
//! store is back.

use std::collections::BTreeSet;

use bytes::Bytes;
use portreto_core::replica::{Key, Shard, StoreId};

use super::{Portreto, keep::CatalogView};
use crate::{
    catalog::{Debt, Owed},
    error::Result,
    replicas::Refusal,
    scrub::{self, RepairReport},
};

/// Debts that are looked at together.
const PAGE: u32 = 256;
/// Debts that a repair of everything crosses off, about 200 bytes each while it lasts. Those that are more stay, and
/// are found to be done when they are next settled.
const MOST_CROSSED_OFF: u32 = 100_000;

impl Portreto {
    /// Keeps bytes in two stores, and writes down which ones should have taken them and did not.
    pub(super) async fn put(&self, key: &Key, bytes: Bytes) -> Result<()> {
        loop {
            let generation = self.inner.roster.generation();
            let kept = self.inner.replicas.put(key, bytes.clone()).await?;
            if self.stores_are_still(generation).await? {
                return self.owe(key, &kept.owed).await;
            }
        }
    }

    /// Writes down which stores still have to do what was asked of them.
    pub(super) async fn owe(&self, key: &Key, refusals: &[Refusal]) -> Result<()> {
        if refusals.is_empty() {
            return Ok(());
        }
        let debt = |refusal: &Refusal| Debt { store: refusal.store.clone(), key: key.clone() };
        let debts: Vec<Debt> = refusals.iter().map(debt).collect();
        self.inner.catalog.owe(&debts, self.inner.clock.now()).await
    }

    /// Lets the stores that can be used again do what they owe: repair without the search, in a time that grows with the
    /// debts and not with the home.
    ///
    /// # Errors
    ///
    /// `Catalog`. What could not be done is in the report, and stays owed.
    pub async fn settle(&self) -> Result<RepairReport> {
        let Self { inner } = self;
        inner.replicas.refresh().await;
        let stores = inner.replicas.stores();
        let usable = stores.iter().filter(|store| store.away.is_none());
        let usable: BTreeSet<&StoreId> = usable.map(|store| &store.entry.id).collect();
        let mut all = RepairReport::default();
        let mut after = None;
        loop {
            let page = inner.catalog.debts_after(after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after = Some(last.debt.clone());
            let due: Vec<Owed> =
                page.into_iter().filter(|owed| usable.contains(&owed.debt.store)).collect();
            let keys: BTreeSet<Key> = due.iter().map(|owed| owed.debt.key.clone()).collect();
            let catalog = CatalogView::of(self, true);
            let report = scrub::mend(&inner.replicas, &catalog, keys.into_iter().collect()).await;
            catalog.outcome()?;
            let failed: BTreeSet<&str> = report.failed.iter().map(|f| f.path.as_str()).collect();
            let mut settled = due;
            settled.retain(|owed| !failed.contains(owed.debt.key.to_string().as_str()));
            inner.catalog.settle(&settled).await?;
            all.extend(report);
        }
    }

    /// What stores owe before a repair, or the first of it when it is more than can be held.
    pub(super) async fn owed(&self) -> Result<Vec<Owed>> {
        self.inner.catalog.debts_after(None, MOST_CROSSED_OFF).await
    }

    /// Crosses off what was `owed` before a repair that went through these shards and has done it. What was owed later
    /// may be of a shard that it had gone through before.
    pub(super) async fn cross_off(
        &self,
        owed: Vec<Owed>,
        shards: &[Shard],
        report: &RepairReport,
    ) -> Result<()> {
        let shards: BTreeSet<&Shard> = shards.iter().collect();
        let failed: BTreeSet<&str> = report.failed.iter().map(|f| f.path.as_str()).collect();
        let away: BTreeSet<&StoreId> = report.away.iter().map(|f| &f.store).collect();
        let mut settled = owed;
        settled.retain(|Owed { debt, .. }| {
            debt.key.shard().is_some_and(|shard| shards.contains(&shard))
                && !away.contains(&debt.store)
                && !failed.contains(debt.key.to_string().as_str())
        });
        for settled in settled.chunks(PAGE as usize) {
            self.inner.catalog.settle(settled).await?;
        }
        Ok(())
    }
}
