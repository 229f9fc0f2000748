//! Benchmarks of Portreto; see the `benches` targets.
