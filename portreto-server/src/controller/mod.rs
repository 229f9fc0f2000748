//! The handlers, one file a noun.

pub(crate) mod auth;
pub(crate) mod direct;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod image;
pub(crate) mod job;
pub(crate) mod metrics;
pub(crate) mod prototype;
pub(crate) mod resize;
pub(crate) mod store;
pub(crate) mod variant;
