//! What to do to an image: plain data with one canonical text.
//!
//! A [`Transform`] is a list of [`Operation`]s, done in order, and an [`Output`]. Its text names it in the
//! command line, in URLs and in the catalog:
//!
//! ```text
//! resize:320x240:cover:gravity=north,rotate:90,dither:floyd-steinberg:serpentine,png
//! ```
//!
//! Operations are separated by `,` and their arguments by `:`. The text needs no quotes in a POSIX shell and no
//! escapes in the path of a URL. There are many ways to type a transform and one way to print it: defaults are
//! left out and arguments have one order, so that equal transforms have equal texts.
//!
//! Options hold valid values only: their constructors, their texts and their serde all check.

mod adjust;
mod background;
mod bit_order;
mod blur;
mod builder;
mod caption;
mod color;
mod crop;
mod dither;
mod flatten;
mod flip;
mod gravity;
mod grayscale;
mod milli;
mod operation;
mod output;
mod overlay;
mod pad;
mod presets;
mod resize;
mod rotate;
mod round;
mod sharpen;
mod strength;
pub(crate) mod text;
mod tint;
mod trim;
mod watermark;
pub(crate) mod word;

#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use self::{
    text::{Element, invalid},
    word::serde_checked,
};
use crate::{
    digest::Digest,
    error::{Error, Result},
};

pub use self::{
    adjust::Adjust,
    background::Background,
    bit_order::BitOrder,
    blur::Blur,
    caption::Caption,
    color::Color,
    crop::Crop,
    dither::{Alpha, Dither, Levels},
    flatten::Flatten,
    flip::Flip,
    gravity::{Focus, Gravity},
    operation::Operation,
    output::{Accept, Compression, MetadataPolicy, Output, Profile, Subsampling},
    pad::Pad,
    presets::Presets,
    resize::{Filter, Fit, Resize},
    rotate::Rotate,
    round::Round,
    sharpen::Sharpen,
    strength::Strength,
    tint::Tint,
    trim::Trim,
    watermark::Watermark,
};
pub(crate) use self::{
    dither::Colors,
    grayscale::{gray_color, grayed, grayed_light},
    milli::Milli,
};
pub use crate::dither::{
    Algorithm, Matrix, Metric, Palette, PaletteBuilder, PaletteFormat, Quantizer, Weights,
};

/// What to do to an image: ordered operations and an output format.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Algorithm, Dither, Output, Resize, Transform};
///
/// let transform = Transform::new()
///     .resize(Resize::new(320, None)?)
///     .dither(Dither::new(Algorithm::FloydSteinberg).levels(4)?)
///     .output(Output::png());
/// assert_eq!(transform.to_string(), "resize:320x,dither:floyd-steinberg:levels=4,png");
/// assert_eq!("resize:320x:inside,dither:floyd-steinberg:levels=4,png".parse::<Transform>()?, transform);
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Transform {
    #[serde(default)]
    operations: Vec<Operation>,
    #[serde(default)]
    output: Output,
}

impl Transform {
    /// Longest text that is read, bytes: a palette of 256 colors and some more.
    pub const MAX_TEXT_BYTES: usize = 2048;

    /// Most operations.
    pub const MAX_OPERATIONS: usize = 32;

    /// No operation, and the original's format.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an operation at the end.
    #[must_use]
    pub fn then(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// Sets the output.
    #[must_use]
    pub fn output(mut self, output: Output) -> Self {
        self.output = output;
        self
    }

    /// The operations, in the order in which they are done.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The output: the format, and how to encode it.
    #[must_use]
    pub fn output_format(&self) -> Output {
        self.output
    }

    /// The pictures that [`Assets`](crate::Assets) must have for it.
    pub fn assets(&self) -> impl Iterator<Item = Digest> {
        self.operations.iter().filter_map(|operation| match operation {
            Operation::Watermark(watermark) => Some(watermark.picture()),
            _ => None,
        })
    }

    /// The same with `value` of each variable in its captions: `{time}`, `{id}` and `{name}`. Those without a value stay, and
    /// [`render`](crate::render) refuses them.
    ///
    /// # Examples
    ///
    /// ```
    /// use portreto_core::Transform;
    ///
    /// let stamp: Transform = "caption:{time}".parse()?;
    /// let filled = stamp.filled(|name| (name == "time").then(|| "12:30".to_owned()));
    /// assert_eq!(filled.to_string(), "caption:12@3a30");
    /// # Ok::<(), portreto_core::Error>(())
    /// ```
    #[must_use]
    pub fn filled(&self, value: impl Fn(&str) -> Option<String>) -> Self {
        let operations = self.operations.iter().map(|operation| match operation {
            Operation::Caption(caption) => Operation::Caption(caption.filled(&value)),
            other => other.clone(),
        });
        Self { operations: operations.collect(), output: self.output }
    }

    /// Whether there is nothing to do: the variant would be the image in its own format.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks that the transform is not too long to have a name, and that every option has a meaning. Reading a text and serde check it as well, and
    /// [`render`](crate::render) refuses what fails.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` above [`Transform::MAX_OPERATIONS`] or [`Transform::MAX_TEXT_BYTES`], and for an option
    /// that has no meaning where it stands.
    pub fn check(&self) -> Result<()> {
        let n_operations = self.operations.len();
        if n_operations > Self::MAX_OPERATIONS {
            let limit = Self::MAX_OPERATIONS;
            let message = format!("transform has {n_operations} operations; at most {limit}");
            return Err(invalid(message));
        }
        self.operations.iter().try_for_each(Operation::check)?;
        check_text_bytes(self.to_string().len())
    }

    fn checked(self) -> Result<Self> {
        self.check()?;
        Ok(self)
    }
}

fn check_text_bytes(n_bytes: usize) -> Result<()> {
    let limit = Transform::MAX_TEXT_BYTES;
    if n_bytes > limit {
        return Err(invalid(format!("transform text has {n_bytes} bytes; at most {limit}")));
    }
    Ok(())
}

impl From<Operation> for Transform {
    fn from(operation: Operation) -> Self {
        Self::new().then(operation)
    }
}

impl From<Output> for Transform {
    fn from(output: Output) -> Self {
        Self::new().output(output)
    }
}

impl fmt::Display for Transform {
    /// The canonical text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for operation in &self.operations {
            write!(f, "{separator}{operation}")?;
            separator = ",";
        }
        if self.output != Output::same() || self.operations.is_empty() {
            write!(f, "{separator}{}", self.output)?;
        }
        Ok(())
    }
}

impl FromStr for Transform {
    type Err = Error;

    /// Reads any spelling of a transform.
    fn from_str(text: &str) -> Result<Self> {
        Self::read(text, &Presets::new())
    }
}

impl Transform {
    fn read(text: &str, presets: &Presets) -> Result<Self> {
        check_text_bytes(text.len())?;
        if text.is_empty() {
            return Err(invalid("transform is empty; write same to leave the picture as it is"));
        }
        let mut transform = Self::new();
        let mut elements = text.split(',').peekable();
        while let Some(text) = elements.next() {
            let element = Element::new(text);
            if text.is_empty() {
                return Err(invalid("transform has nothing between two commas, or at an end"));
            }
            match Output::parse(Element::new(text)) {
                Some(output) if elements.peek().is_none() => transform.output = output?,
                Some(_) => {
                    let name = element.name;
                    return Err(invalid(format!("format {name} must be the last element")));
                }
                None if element.name == Presets::NAME => presets.apply(element, &mut transform)?,
                None => transform.operations.push(Operation::parse(element)?),
            }
        }
        transform.checked()
    }
}

serde_checked!(Transform);
