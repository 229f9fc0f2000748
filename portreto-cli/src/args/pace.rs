use std::time::Duration;

use clap::Args;

use super::{Bytes, common::length_of_time};

/// How much of a home is looked at, and how fast.
#[derive(Debug, Args)]
pub(crate) struct Pace {
    /// Look only at what was not found well within this time: 12h, 7d
    ///
    /// Each home is checked in 256 parts, the one checked longest ago first, and remembers when each was found well, every
    /// byte of it. So what was interrupted goes on where it was when it is run again with the same time.
    #[arg(long, value_name = "TIME", value_parser = length_of_time)]
    pub(crate) since: Option<Duration>,

    /// At most so many bytes a second from the stores, all copies counted
    ///
    /// At most so many bytes a second are checked, all copies counted, so that nobody is disturbed: a number, with
    /// k, M or G (powers of 1000) or Ki, Mi, Gi (of 1024) behind it.
    #[arg(long, value_name = "BYTES")]
    pub(crate) rate: Option<Bytes>,
}
