//! What tests of crashes need inside: places to die at, before and after everything that lasts.
//!
//! Builds without debug assertions, which is every release, have nothing of it.

/// Dies here, as a process does that is killed, if this is the step that `PORTRETO_CRASH_AT` names, counted from 1 in
/// the order in which a process takes them.
#[cfg(debug_assertions)]
pub(crate) fn step() {
    use std::sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    };

    static AT: LazyLock<Option<u64>> =
        LazyLock::new(|| std::env::var("PORTRETO_CRASH_AT").ok()?.parse().ok());
    static TAKEN: AtomicU64 = AtomicU64::new(0);

    if let Some(at) = *AT
        && TAKEN.fetch_add(1, Ordering::SeqCst) + 1 == at
    {
        // Runs no destructor and flushes nothing.
        std::process::abort();
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn step() {}

/// Whether files and directories are synced. `PORTRETO_NO_SYNC` is for the control of the test that cuts the power:
/// it must find that without syncs something is lost.
#[cfg(debug_assertions)]
pub(crate) fn syncs() -> bool {
    std::env::var_os("PORTRETO_NO_SYNC").is_none()
}

#[cfg(not(debug_assertions))]
pub(crate) fn syncs() -> bool {
    true
}
