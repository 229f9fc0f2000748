//! The pictures of `docs/dithering.md` and `docs/transforms.md`, each made by the program that it shows.
//!
//! `cargo run -p portreto-docs` draws them all; a test fails while one is missing or not what would be drawn.

mod transforms;

use std::io::Cursor;

use image::ImageFormat;
use portreto_core::{
    Assets, Error, Limits, Transform, render_with,
    transform::{Algorithm, Palette},
};

pub use self::transforms::{logo, transform_pictures};

/// Width and height of the pictures, pixels.
pub const SIZE: (u32, u32) = (256, 192);

/// Options that change the look, each on its own: the name of the picture and the transform.
const OPTIONS: &[(&str, &str)] = &[
    ("option-serpentine", "grayscale,dither:floyd-steinberg:serpentine"),
    ("option-strength", "grayscale,dither:floyd-steinberg:strength=0.5"),
    ("option-linear", "grayscale,dither:floyd-steinberg:linear"),
    ("option-levels", "grayscale,dither:floyd-steinberg:levels=4"),
    ("option-levels-color", "dither:floyd-steinberg:levels=2"),
    ("option-levels-color-4", "dither:bayer-8:levels=4"),
];

/// One picture of the gallery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The name of its file, without the extension.
    pub name: String,
    /// What is done to the [`chart`], as a text.
    pub transform: String,
    /// The extension of its file.
    pub extension: &'static str,
}

impl Picture {
    /// The bytes of the file.
    ///
    /// # Errors
    ///
    /// When the transform is none, or cannot be done.
    pub fn draw(&self, chart: &[u8]) -> Result<Vec<u8>, Error> {
        let transform: Transform = self.transform.parse()?;
        let output = transform.output_format().in_format(self.extension.parse()?)?;
        let transform = transform.output(output);
        let mut assets = Assets::new();
        assets.add(&logo(), &Limits::default())?;
        Ok(render_with(chart, &transform, &Limits::default(), &assets)?.bytes)
    }

    /// The name of its file.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.{}", self.name, self.extension)
    }
}

/// Every picture of `docs/dithering.md`: the chart itself, every algorithm in black and white, options, and every named palette.
#[must_use]
pub fn pictures() -> Vec<Picture> {
    let dithered = |name: String, transform: String| Picture { name, transform, extension: "png" };
    let chart = Picture {
        name: "chart".to_owned(),
        transform: format!("resize:{}x{}", SIZE.0, SIZE.1),
        extension: "jpg",
    };
    let algorithms = Algorithm::ALL.iter().map(|algorithm| {
        let transform = match algorithm {
            Algorithm::Kernel => "grayscale,dither:kernel:weights=0.x.3-1.2.1@7".to_owned(),
            Algorithm::Ordered => "grayscale,dither:ordered:matrix=0.3.6-7.1.4-5.8.2".to_owned(),
            // They mix the colors of a palette.
            Algorithm::Yliluoma1 | Algorithm::Yliluoma2 => {
                format!("dither:{algorithm}:palette=pico-8")
            }
            algorithm => format!("grayscale,dither:{algorithm}"),
        };
        dithered(algorithm.name().to_owned(), transform)
    });
    let options =
        OPTIONS.iter().map(|(name, text)| dithered((*name).to_owned(), (*text).to_owned()));
    let palettes = Palette::names().map(|name| {
        dithered(format!("palette-{name}"), format!("dither:floyd-steinberg:palette={name}"))
    });
    [chart].into_iter().chain(algorithms).chain(options).chain(palettes).collect()
}

/// The drawn chart that all pictures are made of, as a PNG.
///
/// # Panics
///
/// Never: it is written to memory.
#[must_use]
pub fn chart() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let written = portreto_samples::chart(SIZE.0, SIZE.1).write_to(&mut bytes, ImageFormat::Png);
    assert!(written.is_ok(), "a PNG in memory");
    bytes.into_inner()
}
