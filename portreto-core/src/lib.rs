//! Bytes to bytes: decode, resize, dither and encode images; and the pure logic of keeping every blob
//! in two stores out of N.
//!
//! This crate performs no I/O, reads no clock and starts no runtime. The bytes it returns depend on its
//! input alone: not on the thread count, the CPU or the locale.

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
