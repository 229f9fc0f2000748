//! Keeps every image in two different stores.
