//! Draws the pictures of `docs/dithering.md` and `docs/transforms.md`: `cargo run -p portreto-docs`.

use std::{error::Error, fs, path::Path};

use portreto_docs::{chart, pictures, transform_pictures};

fn main() -> Result<(), Box<dyn Error>> {
    let chart = chart();
    for (name, pictures) in [("dithering", pictures()), ("transforms", transform_pictures())] {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        // Pictures of what is no more go.
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir(&directory)?;
        for picture in pictures {
            fs::write(directory.join(picture.file_name()), picture.draw(&chart)?)?;
        }
    }
    Ok(())
}
