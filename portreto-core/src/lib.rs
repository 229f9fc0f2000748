//! Bytes to bytes: decode, resize, dither and encode images; and the pure logic of keeping every blob
//! in two stores out of N.
//!
//! This crate performs no I/O, reads no clock and starts no runtime. The bytes it returns depend on its
//! input alone: not on the thread count, the CPU or the locale.
//!
//! # Examples
//!
//! A thumbnail, and a picture in black and white for a display that has no gray:
//!
//! ```
//! use portreto_core::{
//!     Format, Limits, Transform, probe, render,
//!     transform::{Algorithm, Dither, Fit, Output, Resize},
//! };
//!
//! # use portreto_samples::{JpegOptions, chart, jpeg};
//! # let photo = jpeg(&chart(640, 480), JpegOptions::default());
//! // `photo` holds the bytes of a file, 640 × 480 pixels. Limits keep what is too large out.
//! let limits = Limits::default();
//! assert_eq!(probe(&photo, &limits)?.format, Format::Jpeg);
//!
//! let thumbnail = Transform::new().resize(Resize::new(320, 320)?.fit(Fit::Cover));
//! let rendered = render(&photo, &thumbnail, &limits)?;
//! assert_eq!((rendered.format, rendered.width, rendered.height), (Format::Jpeg, 320, 320));
//!
//! let display = Transform::new()
//!     .resize(Resize::new(400, 300)?)
//!     .dither(Dither::new(Algorithm::FloydSteinberg).linear(true))
//!     .output(Output::png());
//! let rendered = render(&photo, &display, &limits)?;
//! assert_eq!((rendered.format, rendered.width), (Format::Png, 400));
//!
//! // The same as a text, for a command line, a URL or a catalog.
//! assert_eq!(display.to_string(), "resize:400x300,dither:floyd-steinberg:linear,png");
//! assert_eq!(render(&photo, &display.to_string().parse()?, &limits)?, rendered);
//! # Ok::<(), portreto_core::Error>(())
//! ```

mod canvas;
mod decode;
mod digest;
#[doc(hidden)]
pub mod dither;
mod encode;
mod error;
mod format;
mod geometry;
mod light;
mod limits;
mod picture;
mod probe;
mod render;
pub mod replica;
mod resample;
pub mod transform;

pub use crate::{
    digest::{Digest, ParseDigestError},
    error::{Error, ErrorKind, Result},
    format::Format,
    limits::Limits,
    probe::{Info, probe},
    render::{ENGINE_VERSION, Rendered, render, render_many},
    transform::Transform,
};
