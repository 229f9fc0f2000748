//! What reads found wrong on their way: counted and logged, because nobody else would hear of it.

use std::sync::atomic::{AtomicU64, Ordering};

use portreto_core::replica::{Key, StoreError, StoreId};
use serde::Serialize;

#[derive(Debug, Default)]
pub(super) struct Faults {
    corrupt: AtomicU64,
    absent: AtomicU64,
    failed: AtomicU64,
    healed: AtomicU64,
    unhealed: AtomicU64,
}

/// How often something was wrong since the stores were attached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FaultCounts {
    /// Replicas whose bytes were not what their key promises, or an older version.
    pub corrupt: u64,
    /// Replicas that were not where they belong.
    pub absent: u64,
    /// Reads and writes that a store did not do.
    pub failed: u64,
    /// Replicas that a read made good again.
    pub healed: u64,
    /// Replicas that a read could not make good again: `repair` will.
    pub unhealed: u64,
}

impl Faults {
    pub(super) fn corrupt(&self, store: &StoreId, key: &Key) {
        self.corrupt.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(%store, %key, "a replica is damaged or outdated");
    }

    pub(super) fn absent(&self, store: &StoreId, key: &Key) {
        self.absent.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(%store, %key, "a replica is missing");
    }

    pub(super) fn failed(&self, store: &StoreId, key: &Key, error: &StoreError) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(%store, %key, error = %super::error::Reason(error), "a store failed");
    }

    /// The caller hears of it: in the error when too few stores took the bytes, else as a store that is owed
    /// a copy. So it is no warning here.
    pub(super) fn refused(&self, store: &StoreId, key: &Key, error: &StoreError) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        tracing::info!(%store, %key, error = %super::error::Reason(error), "a store did not take a copy");
    }

    pub(super) fn healed(&self, store: &StoreId, key: &Key) {
        self.healed.fetch_add(1, Ordering::Relaxed);
        tracing::info!(%store, %key, "a replica was made good again");
    }

    pub(super) fn unhealed(&self, store: &StoreId, key: &Key, error: &StoreError) {
        self.unhealed.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(%store, %key, error = %super::error::Reason(error), "a replica was left as it is");
    }

    pub(super) fn counts(&self) -> FaultCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        FaultCounts {
            corrupt: read(&self.corrupt),
            absent: read(&self.absent),
            failed: read(&self.failed),
            healed: read(&self.healed),
            unhealed: read(&self.unhealed),
        }
    }
}
