//! Bytes to bytes: decode, resize, dither and encode images; and the pure logic of keeping every blob
//! in two stores out of N.
//!
//! This crate performs no I/O, reads no clock and starts no runtime. The bytes it returns depend on its
//! input alone: not on the thread count, the CPU or the locale.
//!
//! # Examples
//!
//! A picture drawn on the spot, its thumbnail, and the same in black and white for a display that has no gray:
//!
//! ```
//! use portreto_core::{
//!     Format, Limits, Transform, probe, render,
//!     transform::{Algorithm, Dither, Fit, Output, Resize},
//! };
//!
//! // A slope of colors, 640 × 480 pixels, as a QOI file: header, pixels, end marker.
//! let mut picture = b"qoif".to_vec();
//! picture.extend([640u32, 480].map(u32::to_be_bytes).concat());
//! picture.extend([3, 0]);
//! for y in 0..480u32 {
//!     for x in 0..640u32 {
//!         picture.extend([0xFE, (x * 255 / 639) as u8, (y * 255 / 479) as u8, 128]);
//!     }
//! }
//! picture.extend([0, 0, 0, 0, 0, 0, 0, 1]);
//!
//! // What is it? Limits keep out what is too large.
//! let limits = Limits::default();
//! let info = probe(&picture, &limits)?;
//! assert_eq!((info.format, info.width, info.height), (Format::Qoi, 640, 480));
//! assert!(info.is_complete);
//!
//! let thumbnail = Transform::new()
//!     .resize(Resize::new(320, 320)?.fit(Fit::Cover))
//!     .output(Output::jpeg());
//! let rendered = render(&picture, &thumbnail, &limits)?;
//! assert_eq!((rendered.format, rendered.width, rendered.height), (Format::Jpeg, 320, 320));
//!
//! let display = Transform::new()
//!     .resize(Resize::new(400, 300)?)
//!     .grayscale()
//!     .dither(Dither::new(Algorithm::FloydSteinberg).linear(true))
//!     .output(Output::png());
//! let rendered = render(&picture, &display, &limits)?;
//! assert_eq!((rendered.format, rendered.width), (Format::Png, 400));
//! assert_eq!(probe(&rendered.bytes, &limits)?.bits, 1);
//!
//! // The same as a text, for a command line, a URL or a catalog.
//! assert_eq!(display.to_string(), "resize:400x300,grayscale,dither:floyd-steinberg:linear,png");
//! assert_eq!(render(&picture, &display.to_string().parse()?, &limits)?, rendered);
//! # Ok::<(), portreto_core::Error>(())
//! ```
//!
//! # Formats
//!
//! | format | read | written |
//! |---|---|---|
//! | JPEG | 8 bits; baseline and progressive; gray, color, CMYK and YCCK | baseline or progressive, quality 1 to 100, any usual resolution of color |
//! | PNG | every color type and depth; of an animation its first picture | the smallest depth that holds the palette, up to 16 bits a sample |
//! | WebP | lossy, lossless, with alpha; of an animation its first frame | lossy or lossless |
//! | GIF | the first frame on its canvas | one frame, at most 256 colors |
//! | BMP | what the `image` crate reads, run lengths included | uncompressed; palettes at 1, 4 or 8 bits |
//! | TIFF | the first picture of a file, 8 and 16 bits, `BigTIFF` included | 8 and 16 bits |
//! | QOI | all | 8 bits |
//! | PBM, PGM, PPM | binary and plain, 1 to 16 bits; of several pictures the first | binary, 1, 8 and 16 bits |
//! | raw | – | the packed palette indices of a dithered picture, for displays: see [`Output`](transform::Output) |
//!
//! Formats are told by content, never by name; the raw one does not say what it is and is not read. Exif orientations are applied and ICC profiles converted to
//! sRGB; what is written is upright and sRGB.
//!
//! # Limits
//!
//! [`Limits`] are checked before anything is allocated for the pixels. Unless told otherwise, a file may have
//! 256 MiB, a picture 100 megapixels and 65,535 pixels a side, an animation 1,000 frames; decoding and
//! transforming one picture may take 2 GiB of memory. What is above fails with
//! [`ErrorKind::LimitExceeded`] and names the limit.

mod assets;
mod canvas;
mod content;
mod decode;
mod digest;
#[doc(hidden)]
pub mod dither;
mod encode;
mod error;
mod fingerprint;
mod format;
mod geometry;
mod light;
mod limits;
mod metadata;
mod picture;
mod probe;
mod render;
pub mod replica;
mod resample;
mod shrink;
mod surface;
pub mod transform;

#[doc(hidden)]
pub use crate::decode::scaled_jpeg;
pub use crate::{
    assets::Assets,
    digest::{Digest, ParseDigestError},
    error::{Error, ErrorKind, Result},
    fingerprint::{Fingerprint, PerceptualHash, alike, fingerprint},
    format::Format,
    limits::Limits,
    metadata::{Location, Metadata, metadata},
    probe::{Info, probe},
    render::{ENGINE_VERSION, Rendered, render, render_many, render_many_with, render_with},
    transform::Transform,
};
