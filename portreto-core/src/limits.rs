//! How large a picture may be, checked from its header before anything is allocated for it.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// Bounds on what is read and made.
///
/// The defaults admit a 100-megapixel camera file and refuse decompression bombs.
///
/// # Examples
///
/// ```
/// let mut limits = portreto_core::Limits::default();
/// limits.pixels = 1_000_000;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// Largest input file, bytes.
    pub input_bytes: u64,
    /// Largest picture, width × height, pixels; of inputs and of outputs.
    pub pixels: u64,
    /// Widest picture, pixels; of inputs and of outputs.
    pub width: u32,
    /// Tallest picture, pixels; of inputs and of outputs.
    pub height: u32,
    /// Most frames of an animation.
    pub frames: u32,
    /// Largest animation, width × height × frames, pixels; of those that stay animations.
    pub animation_pixels: u64,
    /// Most memory one picture may take while it is decoded and transformed, bytes.
    pub memory_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            input_bytes: 256 << 20,
            pixels: 100_000_000,
            width: 65_535,
            height: 65_535,
            frames: 1_000,
            animation_pixels: 1_000_000_000,
            memory_bytes: 2 << 30,
        }
    }
}

impl Limits {
    /// For what has been checked already.
    pub(crate) const UNBOUNDED: Self = Self {
        input_bytes: u64::MAX,
        pixels: u64::MAX,
        width: u32::MAX,
        height: u32::MAX,
        frames: u32::MAX,
        animation_pixels: u64::MAX,
        memory_bytes: u64::MAX,
    };

    /// Checks the size of a file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LimitExceeded`] when `bytes` is above [`Limits::input_bytes`].
    pub fn check_input_bytes(&self, bytes: u64) -> Result<()> {
        within("file size in bytes", bytes, "input_bytes", self.input_bytes)
    }

    /// Checks the size of a picture, read or to be made.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LimitExceeded`] naming the limit that `width` × `height` pixels exceed.
    pub fn check_size(&self, width: u32, height: u32) -> Result<()> {
        within("width in pixels", width.into(), "width", self.width.into())?;
        within("height in pixels", height.into(), "height", self.height.into())?;
        within(
            "picture size in pixels",
            u64::from(width) * u64::from(height),
            "pixels",
            self.pixels,
        )
    }

    /// Checks the number of frames of an animation.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LimitExceeded`] when `frames` is above [`Limits::frames`].
    pub fn check_frames(&self, frames: u32) -> Result<()> {
        within("number of frames", frames.into(), "frames", self.frames.into())
    }

    /// Checks the size of an animation, read or to be made.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LimitExceeded`] when `frames` of `width` × `height` pixels are above [`Limits::animation_pixels`].
    pub fn check_animation(&self, width: u32, height: u32, frames: u32) -> Result<()> {
        let pixels = (u64::from(width) * u64::from(height)).saturating_mul(frames.into());
        let what = "animation size in pixels of all its frames";
        within(what, pixels, "animation_pixels", self.animation_pixels)
    }

    /// Checks how much memory a step will take.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LimitExceeded`] when `bytes` is above [`Limits::memory_bytes`].
    pub fn check_memory(&self, bytes: u64) -> Result<()> {
        within("memory needed in bytes", bytes, "memory_bytes", self.memory_bytes)
    }
}

fn within(what: &str, value: u64, name: &str, limit: u64) -> Result<()> {
    if value <= limit {
        return Ok(());
    }
    let message = format!("{what} is {value}, above the limit {name} = {limit}");
    Err(Error::new(ErrorKind::LimitExceeded, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_limit_that_was_exceeded() {
        let limits = Limits::default();
        assert!(limits.check_size(10_000, 10_000).is_ok());
        let error = limits.check_size(50_000, 50_000).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        assert_eq!(
            error.to_string(),
            "picture size in pixels is 2500000000, above the limit pixels = 100000000"
        );
        assert!(limits.check_size(70_000, 1).unwrap_err().to_string().contains("width = 65535"));
    }
}
