//! `docs/transforms.md` shows every operation, as it is today.

use std::{collections::BTreeSet, fs, path::Path};

use portreto_core::transform::Operation;
use portreto_docs::{chart, transform_pictures};

/// The largest picture, bytes.
const LARGEST: usize = 10_000;

fn directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document() -> String {
    fs::read_to_string(directory().join("transforms.md")).expect("docs/transforms.md")
}

#[test]
fn every_operation_has_a_chapter() {
    let document = document();
    for name in Operation::NAMES {
        let heading = format!("\n## `{name}`");
        assert!(document.contains(&heading), "docs/transforms.md says nothing of {name}");
    }
}

#[test]
fn every_picture_is_shown_and_is_what_would_be_drawn() {
    const REDRAW: &str = "run: cargo run -p portreto-docs";
    let document = document();
    let chart = chart();
    let mut names = BTreeSet::new();
    for picture in transform_pictures() {
        let name = picture.file_name();
        assert!(document.contains(&format!("](transforms/{name})")), "{name} is not shown");
        let drawn = picture.draw(&chart).unwrap();
        assert!(drawn.len() <= LARGEST, "{name} has {} bytes", drawn.len());
        let kept = fs::read(directory().join("transforms").join(&name)).unwrap_or_default();
        assert!(kept == drawn, "docs/transforms/{name} is missing or old; {REDRAW}");
        names.insert(name);
    }
    let kept = fs::read_dir(directory().join("transforms")).unwrap();
    let kept = kept.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, kept, "pictures of what is no more; {REDRAW}");
}
