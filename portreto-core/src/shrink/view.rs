//! Which part of a stored picture is seen, and how it is turned.

use image::metadata::Orientation;

use crate::{geometry::SourceBox, transform::Flip};

/// A part of a stored picture, turned and mirrored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    /// Left, top, width and height in the stored picture, pixels.
    part: [u32; 4],
    /// Rows become columns; this is done first.
    is_transposed: bool,
    /// Then left and right change places,
    flips_x: bool,
    /// and top and bottom.
    flips_y: bool,
}

impl View {
    /// All of a picture that is stored with `orientation`, upright.
    pub(crate) fn new(stored: (u32, u32), orientation: Orientation) -> Self {
        use Orientation as O;
        let (is_transposed, flips_x, flips_y) = match orientation {
            O::NoTransforms => (false, false, false),
            O::FlipHorizontal => (false, true, false),
            O::FlipVertical => (false, false, true),
            O::Rotate180 => (false, true, true),
            O::Rotate90FlipH => (true, false, false),
            O::Rotate90 => (true, true, false),
            O::Rotate270 => (true, false, true),
            O::Rotate270FlipH => (true, true, true),
        };
        Self { part: [0, 0, stored.0, stored.1], is_transposed, flips_x, flips_y }
    }

    /// The turn from the stored picture to what is seen.
    pub(crate) fn orientation(&self) -> Orientation {
        use Orientation as O;
        match (self.is_transposed, self.flips_x, self.flips_y) {
            (false, false, false) => O::NoTransforms,
            (false, true, false) => O::FlipHorizontal,
            (false, false, true) => O::FlipVertical,
            (false, true, true) => O::Rotate180,
            (true, false, false) => O::Rotate90FlipH,
            (true, true, false) => O::Rotate90,
            (true, false, true) => O::Rotate270,
            (true, true, true) => O::Rotate270FlipH,
        }
    }

    /// Left, top, width and height of the part in the stored picture, pixels.
    pub(crate) fn part(&self) -> [u32; 4] {
        self.part
    }

    /// Width and height of what is seen, pixels.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.stored_size((self.part[2], self.part[3]))
    }

    /// A size on either side of the turn as it is on the other.
    pub(crate) fn stored_size(&self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.is_transposed { (height, width) } else { (width, height) }
    }

    /// Where a box of what is seen lies in the part, as stored.
    pub(crate) fn stored_box(&self, seen: SourceBox) -> SourceBox {
        let (width, height) = self.size();
        let SourceBox { mut left, mut top, .. } = seen;
        if self.flips_x {
            left = f64::from(width) - left - seen.width;
        }
        if self.flips_y {
            top = f64::from(height) - top - seen.height;
        }
        if self.is_transposed {
            SourceBox { left: top, top: left, width: seen.height, height: seen.width }
        } else {
            SourceBox { left, top, ..seen }
        }
    }

    /// What is seen, cut to the box of `size` pixels at `at`, which lies inside.
    pub(crate) fn cut(mut self, at: (u32, u32), size: (u32, u32)) -> Self {
        let [left, top, width, height] = [at.0, at.1, size.0, size.1].map(f64::from);
        // Whole numbers of 32 bits: exact.
        let stored = self.stored_box(SourceBox { left, top, width, height });
        let [left, top, ..] = self.part;
        self.part = [
            left + stored.left as u32,
            top + stored.top as u32,
            stored.width as u32,
            stored.height as u32,
        ];
        self
    }

    /// What is seen, turned so many quarters to the right.
    pub(crate) fn turned(self, n_quarters: u32) -> Self {
        match n_quarters % 4 {
            0 => self,
            // Columns become of rows, and the first row is the rightmost column.
            1 => self.transposed().mirrored(Flip::Horizontal),
            2 => self.mirrored(Flip::Horizontal).mirrored(Flip::Vertical),
            _ => self.transposed().mirrored(Flip::Vertical),
        }
    }

    /// What is seen, mirrored.
    pub(crate) fn mirrored(mut self, flip: Flip) -> Self {
        match flip {
            Flip::Horizontal => self.flips_x = !self.flips_x,
            Flip::Vertical => self.flips_y = !self.flips_y,
        }
        self
    }

    fn transposed(self) -> Self {
        let Self { part, is_transposed, flips_x, flips_y } = self;
        Self { part, is_transposed: !is_transposed, flips_x: flips_y, flips_y: flips_x }
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayImage};
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    /// A step before a resize.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        Turn(u32),
        Mirror(Flip),
        /// Cut so much from left, top, right and bottom.
        Cut([u32; 4]),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (1_u32..4).prop_map(Step::Turn),
            select(Flip::ALL).prop_map(Step::Mirror),
            [0..3_u32, 0..3, 0..3, 0..3].prop_map(Step::Cut),
        ]
    }

    proptest! {
        #[test]
        fn a_view_shows_what_the_steps_make(exif in 1_u8..=8, steps in vec(step(), 0..6)) {
            let stored = GrayImage::from_fn(47, 39, |x, y| image::Luma([(y * 47 + x) as u8 ^ (y as u8) << 3]));
            let stored = DynamicImage::from(stored);
            let orientation = Orientation::from_exif(exif).unwrap();
            let mut view = View::new((47, 39), orientation);
            prop_assert_eq!(view.orientation(), orientation);
            let mut expected = stored.clone();
            expected.apply_orientation(orientation);
            for step in steps {
                match step {
                    Step::Turn(turn) => {
                        view = view.turned(turn);
                        expected = match turn {
                            1 => expected.rotate90(),
                            2 => expected.rotate180(),
                            _ => expected.rotate270(),
                        };
                    }
                    Step::Mirror(Flip::Horizontal) => {
                        view = view.mirrored(Flip::Horizontal);
                        expected = expected.fliph();
                    }
                    Step::Mirror(Flip::Vertical) => {
                        view = view.mirrored(Flip::Vertical);
                        expected = expected.flipv();
                    }
                    Step::Cut([left, top, right, bottom]) => {
                        let size = (expected.width() - left - right, expected.height() - top - bottom);
                        view = view.cut((left, top), size);
                        expected = expected.crop_imm(left, top, size.0, size.1);
                    }
                }
                prop_assert_eq!(view.size(), (expected.width(), expected.height()));
            }
            let [left, top, width, height] = view.part();
            let mut seen = stored.crop_imm(left, top, width, height);
            seen.apply_orientation(view.orientation());
            prop_assert_eq!(seen, expected);
        }
    }
}
