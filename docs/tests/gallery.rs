//! `docs/dithering.md` shows every algorithm and every palette, as they are today.

use std::{collections::BTreeSet, fs, path::Path};

use portreto_core::transform::{Algorithm, Palette};
use portreto_docs::{chart, pictures};

/// The largest picture, bytes.
const LARGEST: usize = 20_000;

fn directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document() -> String {
    fs::read_to_string(directory().join("dithering.md")).expect("docs/dithering.md")
}

/// Fails unless exactly one row of a table begins with `name` and shows its picture.
fn assert_row(name: &str, picture: &str) {
    let document = document();
    let start = format!("| `{name}` |");
    let rows: Vec<_> = document.lines().filter(|line| line.starts_with(&start)).collect();
    let image = format!("](dithering/{picture})");
    assert_eq!(rows.len(), 1, "docs/dithering.md has {} rows of {name}", rows.len());
    assert!(rows[0].contains(&image), "the row of {name} in docs/dithering.md shows no {picture}");
}

#[test]
fn every_algorithm_has_a_row_with_its_picture() {
    for algorithm in Algorithm::ALL {
        assert_row(algorithm.name(), &format!("{algorithm}.png"));
    }
}

#[test]
fn every_palette_has_a_row_with_its_picture() {
    for name in Palette::names() {
        assert_row(name, &format!("palette-{name}.png"));
    }
}

#[test]
fn every_picture_is_shown_and_is_what_would_be_drawn() {
    const REDRAW: &str = "run: cargo run -p portreto-docs";
    let document = document();
    let chart = chart();
    let mut names = BTreeSet::new();
    for picture in pictures() {
        let name = picture.file_name();
        assert!(document.contains(&format!("](dithering/{name})")), "{name} is not shown");
        let drawn = picture.draw(&chart).unwrap();
        assert!(drawn.len() <= LARGEST, "{name} has {} bytes", drawn.len());
        let kept = fs::read(directory().join("dithering").join(&name)).unwrap_or_default();
        assert!(kept == drawn, "docs/dithering/{name} is missing or old; {REDRAW}");
        names.insert(name);
    }
    let kept = fs::read_dir(directory().join("dithering")).unwrap();
    let kept = kept.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, kept, "pictures of what is no more; {REDRAW}");
}
