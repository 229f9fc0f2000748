//! The portreto command.
fn main() {}
