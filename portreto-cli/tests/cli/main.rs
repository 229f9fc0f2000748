//! The real binary on real pictures, in temporary homes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod again;
mod bench;
mod catalog;
mod check;
mod config;
mod disk_full;
mod dithered;
mod dupes;
mod fetch;
mod garbage;
mod home;
mod listing;
mod loss;
mod manners;
mod palette;
mod stores;
mod transform;
mod upload;
mod watch;
