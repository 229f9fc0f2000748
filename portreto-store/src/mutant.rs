//! Deliberate mistakes, each of which breaks a promise, to prove that the tests of the promises would notice.
//!
//! A test switches one on for its thread; in any other build there are none, and every question is `false` at compile time.

/// One mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// A put is acknowledged when one store has it.
    AckAfterOne,
    /// A put of bytes that are not what their key promises is done.
    PutUnchecked,
    /// A read gives out what it found.
    ReadUnverified,
    /// Repair takes the first copy it finds for a good one.
    RepairUnverified,
    /// Of two versions of a record the older one wins.
    OldestWins,
    /// Repair takes no notice of tombstones.
    ResurrectingRepair,
    /// A tombstone is written to one store only.
    TombstoneOnce,
    /// Repair removes surplus copies before it makes those that are missing.
    DeleteFirst,
    /// Repair overwrites bad bytes instead of setting them aside.
    DestroyBad,
    /// Repair collects what nothing refers to yet.
    CollectYoung,
}

#[cfg(test)]
impl Mutant {
    /// Each of them.
    pub(crate) const ALL: [Self; 10] = [
        Self::AckAfterOne,
        Self::PutUnchecked,
        Self::ReadUnverified,
        Self::RepairUnverified,
        Self::OldestWins,
        Self::ResurrectingRepair,
        Self::TombstoneOnce,
        Self::DeleteFirst,
        Self::DestroyBad,
        Self::CollectYoung,
    ];
}

/// Whether this mistake is to be made.
#[cfg(not(test))]
pub(crate) const fn is(_mutant: Mutant) -> bool {
    false
}

#[cfg(test)]
pub(crate) use self::switch::{is, with};

#[cfg(test)]
mod switch {
    use std::cell::Cell;

    use super::Mutant;

    thread_local! {
        static MUTANT: Cell<Option<Mutant>> = const { Cell::new(None) };
    }

    pub(crate) fn is(mutant: Mutant) -> bool {
        MUTANT.get() == Some(mutant)
    }

    /// Runs `work`, which must stay on this thread, with a mistake.
    pub(crate) fn with<T>(mutant: Mutant, work: impl FnOnce() -> T) -> T {
        MUTANT.set(Some(mutant));
        let result = work();
        MUTANT.set(None);
        result
    }
}
