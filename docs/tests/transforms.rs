//! `docs/transforms.md` shows every operation, as it is today.

mod page;

use portreto_core::transform::Operation;
use portreto_docs::{chart, transform_pictures};

/// The largest picture, bytes.
const LARGEST: usize = 10_000;

#[test]
fn every_operation_has_a_chapter() {
    let document = page::text("transforms");
    for name in Operation::NAMES {
        let heading = format!("\n## `{name}`");
        assert!(document.contains(&heading), "docs/transforms.md says nothing of {name}");
    }
}

#[test]
fn every_picture_is_shown_and_is_what_would_be_drawn() {
    let chart = chart();
    let pictures = transform_pictures();
    let drawn = pictures.iter().map(|one| (one.file_name(), one.draw(&chart).unwrap()));
    page::assert_shows("transforms", drawn, LARGEST);
}
