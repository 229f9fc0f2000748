//! Scrub and repair.
