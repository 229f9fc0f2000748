//! What changes from one frame to the next.

use image::{GenericImageView as _, Rgba, RgbaImage, imageops};

/// A box of pixels: left, top, and behind its right and bottom edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    left: u32,
    top: u32,
    right: u32,
    bottom: u32,
}

impl Region {
    /// All of a canvas.
    pub(super) fn all((width, height): (u32, u32)) -> Self {
        Self { left: 0, top: 0, right: width, bottom: height }
    }

    /// The smallest that holds every pixel for which `differs` is true of the pixels of `a` and `b`; none when there is no such.
    pub(super) fn of(
        a: &RgbaImage,
        b: &RgbaImage,
        differs: impl Fn(Rgba<u8>, Rgba<u8>) -> bool,
    ) -> Option<Self> {
        let mut found: Option<Self> = None;
        for (y, (a, b)) in (0..).zip(a.rows().zip(b.rows())) {
            let mut pixels = (0..).zip(a.zip(b)).filter(|(_, (a, b))| differs(**a, **b));
            let Some((first, _)) = pixels.next() else { continue };
            let last = pixels.last().map_or(first, |(x, _): (u32, _)| x);
            let row = Self { left: first, top: y, right: last + 1, bottom: y + 1 };
            found = Some(found.map_or(row, |region| region.with(row)));
        }
        found
    }

    /// The smallest that holds both.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// The smallest around it whose left and top are even.
    pub(super) fn evened(self) -> Self {
        Self { left: self.left & !1, top: self.top & !1, ..self }
    }

    /// One pixel, for a frame in which nothing changes.
    pub(super) fn pixel() -> Self {
        Self { left: 0, top: 0, right: 1, bottom: 1 }
    }

    pub(super) fn at(self) -> (u32, u32) {
        (self.left, self.top)
    }

    pub(super) fn size(self) -> (u32, u32) {
        (self.right - self.left, self.bottom - self.top)
    }

    /// This part of a canvas.
    pub(super) fn cut(self, canvas: &RgbaImage) -> RgbaImage {
        let (width, height) = self.size();
        canvas.view(self.left, self.top, width, height).to_image()
    }

    /// This part of `canvas` with nothing where it is as in `before`.
    pub(super) fn cut_changes(self, canvas: &RgbaImage, before: &RgbaImage) -> RgbaImage {
        let mut part = self.cut(canvas);
        let before = self.cut(before);
        for (pixel, before) in part.pixels_mut().zip(before.pixels()) {
            if pixel == before {
                *pixel = Rgba([0; 4]);
            }
        }
        part
    }

    /// Makes this part of a canvas transparent.
    pub(super) fn clear(self, canvas: &mut RgbaImage) {
        let (width, height) = self.size();
        let nothing = RgbaImage::new(width, height);
        imageops::replace(canvas, &nothing, self.left.into(), self.top.into());
    }
}
