//! The suites of the facade once more, each home with a catalog on PostgreSQL; and what only happens there.

#[path = "../keeping/main.rs"]
mod keeping;
#[path = "../members.rs"]
mod members;
mod outage;
#[path = "../people.rs"]
mod people;
#[path = "../racing.rs"]
mod racing;
#[path = "../working.rs"]
mod working;
