//! Exit codes: the one place that decides them.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: all was done.
    Done,
    /// 1: some items failed, or what was looked at is not as it should be.
    SomeFailed,
    /// 2: the command line was wrong, or nothing could start.
    NothingStarted,
    /// 130: stopped by Ctrl-C, as shells report it (128 + SIGINT).
    Interrupted,
}

impl Exit {
    /// `Done`, or `SomeFailed` when `n_failed` is not 0.
    pub(crate) fn after(n_failed: usize) -> Self {
        if n_failed == 0 { Self::Done } else { Self::SomeFailed }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::SomeFailed => 1,
            Exit::NothingStarted => 2,
            Exit::Interrupted => 130,
        })
    }
}
