//! What comes out: the samples of a channel at one scale or several.

use super::{
    frame::Component,
    inverse::{Block, inverse},
};

/// The samples of one channel, as stored: not turned, of 8 bits.
#[derive(Debug)]
pub(crate) struct Channel {
    /// Samples for each pixel of the picture in the file, across and down: 1 at most.
    pub(crate) density: (f64, f64),
    /// Smallest first.
    pub(crate) planes: Vec<Plane>,
}

/// The samples of a channel at one scale.
#[derive(Debug)]
pub(crate) struct Plane {
    /// Samples that stand for a block, across and down: 1, 2, 4 or 8.
    pub(crate) side: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Rows of `width` samples.
    pub(crate) samples: Vec<u8>,
    /// Length of a row while blocks are being written.
    stride: usize,
}

impl Plane {
    pub(super) fn new(component: &Component, side: usize) -> Self {
        let (stride, height) = (component.blocks.0 * side, component.blocks.1 * side);
        Self { side, width: stride, height, samples: vec![0; stride * height], stride }
    }

    /// Bytes of the plane of a component.
    pub(super) fn bytes(component: &Component, side: usize) -> u64 {
        (component.blocks.0 * component.blocks.1 * side * side) as u64
    }

    /// Writes one block, counted from the left top.
    #[inline]
    pub(super) fn put(&mut self, block: &Block, (x, y): (usize, usize)) {
        let at = (y * self.stride + x) * self.side;
        if let Some(samples) = self.samples.get_mut(at..) {
            inverse(block, self.side, samples, self.stride);
        }
    }

    /// Drops what blocks have beyond the picture, whose size is given in samples, perhaps in part.
    pub(super) fn cut(&mut self, width: f64, height: f64) {
        self.width = (width.ceil() as usize).clamp(1, self.stride);
        self.height = (height.ceil() as usize).clamp(1, self.height);
        for row in 1..self.height {
            let from = row * self.stride;
            self.samples.copy_within(from..from + self.width, row * self.width);
        }
        self.samples.truncate(self.width * self.height);
        self.stride = self.width;
    }
}
