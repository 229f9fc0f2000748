//! One method for each operation.

use super::{
    Adjust, Blur, Caption, Crop, Dither, Flatten, Flip, Operation, Pad, Resize, Rotate, Round,
    Sharpen, Tint, Transform, Trim, Watermark,
};

impl Transform {
    /// Adds a resize at the end.
    #[must_use]
    pub fn resize(self, resize: Resize) -> Self {
        self.then(Operation::Resize(resize))
    }

    /// Adds a crop at the end.
    #[must_use]
    pub fn crop(self, crop: Crop) -> Self {
        self.then(Operation::Crop(crop))
    }

    /// Adds a turn at the end.
    #[must_use]
    pub fn rotate(self, rotate: Rotate) -> Self {
        self.then(Operation::Rotate(rotate))
    }

    /// Adds a mirroring at the end.
    #[must_use]
    pub fn flip(self, flip: Flip) -> Self {
        self.then(Operation::Flip(flip))
    }

    /// Adds the removal of color at the end.
    #[must_use]
    pub fn grayscale(self) -> Self {
        self.then(Operation::Grayscale)
    }

    /// Adds a cutting off of borders at the end.
    #[must_use]
    pub fn trim(self, trim: Trim) -> Self {
        self.then(Operation::Trim(trim))
    }

    /// Adds a margin at the end.
    #[must_use]
    pub fn pad(self, pad: Pad) -> Self {
        self.then(Operation::Pad(pad))
    }

    /// Adds a change of tones and colors at the end.
    #[must_use]
    pub fn adjust(self, adjust: Adjust) -> Self {
        self.then(Operation::Adjust(adjust))
    }

    /// Adds a tint at the end.
    #[must_use]
    pub fn tint(self, tint: Tint) -> Self {
        self.then(Operation::Tint(tint))
    }

    /// Adds a blur at the end.
    #[must_use]
    pub fn blur(self, blur: Blur) -> Self {
        self.then(Operation::Blur(blur))
    }

    /// Adds a sharpening at the end.
    #[must_use]
    pub fn sharpen(self, sharpen: Sharpen) -> Self {
        self.then(Operation::Sharpen(sharpen))
    }

    /// Adds a color behind the picture at the end.
    #[must_use]
    pub fn flatten(self, flatten: Flatten) -> Self {
        self.then(Operation::Flatten(flatten))
    }

    /// Adds a rounding of corners at the end.
    #[must_use]
    pub fn round(self, round: Round) -> Self {
        self.then(Operation::Round(round))
    }

    /// Adds another picture laid over at the end.
    #[must_use]
    pub fn watermark(self, watermark: Watermark) -> Self {
        self.then(Operation::Watermark(watermark))
    }

    /// Adds a line of text laid over at the end.
    #[must_use]
    pub fn caption(self, caption: Caption) -> Self {
        self.then(Operation::Caption(caption))
    }

    /// Adds a dither at the end.
    #[must_use]
    pub fn dither(self, dither: Dither) -> Self {
        self.then(Operation::Dither(dither))
    }
}
