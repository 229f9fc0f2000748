//! Portreto over HTTP.
