//! `docs/dithering.md` shows every algorithm and every palette, as they are today.

mod page;

use portreto_core::transform::{Algorithm, Palette};
use portreto_docs::{chart, pictures};

/// The largest picture, bytes.
const LARGEST: usize = 20_000;

/// Fails unless exactly one row of a table begins with `name` and shows its picture.
fn assert_row(name: &str, picture: &str) {
    let document = page::text("dithering");
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
    let chart = chart();
    let pictures = pictures();
    let drawn = pictures.iter().map(|one| (one.file_name(), one.draw(&chart).unwrap()));
    page::assert_shows("dithering", drawn, LARGEST);
}
