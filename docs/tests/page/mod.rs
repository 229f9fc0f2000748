//! A page of the documents, and the pictures that it shows.

use std::{collections::BTreeSet, fs, path::Path};

const REDRAW: &str = "run: cargo run -p portreto-docs";

fn directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of the page `name`.
pub(crate) fn text(name: &str) -> String {
    let path = directory().join(format!("{name}.md"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Fails unless the page `name` shows each of `pictures`, by its file's name, as it would be drawn, and there are no others.
pub(crate) fn assert_shows(
    name: &str,
    pictures: impl IntoIterator<Item = (String, Vec<u8>)>,
    largest: usize,
) {
    let text = text(name);
    let mut drawn_names = BTreeSet::new();
    for (file, drawn) in pictures {
        assert!(text.contains(&format!("]({name}/{file})")), "{file} is not shown");
        assert!(drawn.len() <= largest, "{file} has {} bytes", drawn.len());
        let kept = fs::read(directory().join(name).join(&file)).unwrap_or_default();
        assert!(kept == drawn, "docs/{name}/{file} is missing or old; {REDRAW}");
        drawn_names.insert(file);
    }
    let entries = fs::read_dir(directory().join(name)).into_iter().flatten().flatten();
    let kept = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(drawn_names, kept, "pictures of what is no more; {REDRAW}");
}
