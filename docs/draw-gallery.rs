//! Draws the pictures of `docs/dithering.md`: `cargo run -p portreto-docs`.

use std::{error::Error, fs, path::Path};

use portreto_docs::{chart, pictures};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("dithering");
    // Pictures of what is no more go.
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir(&directory)?;
    let chart = chart();
    for picture in pictures() {
        fs::write(directory.join(picture.file_name()), picture.draw(&chart)?)?;
    }
    Ok(())
}
