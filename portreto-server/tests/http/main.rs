//! The whole server over real connections: a new home, a port of its own, bytes sent and read.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_requests;
mod direct;
mod images;
mod limits;
mod people;
mod seeing;
mod variants;
mod wire;
