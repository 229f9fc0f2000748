//! `caption:TEXT`: a line of text laid over.

mod drawing;
mod escape;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    color::Color,
    gravity::Gravity,
    milli::Milli,
    overlay::{check_gravity, margin, place},
    strength::Strength,
    text::{Element, invalid, out_of_range},
    word::serde_checked,
};
use crate::{error::Result, limits::Limits, picture::Picture, surface::Surface};

/// Writes a line of text over the picture, in `DejaVu` Sans.
///
/// Text: `caption:TEXT`, in which a space is written `_` and any sign but `A-Z a-z 0-9 . -` as the two hexadecimal digits of
/// each of its UTF-8 bytes behind an `@` (`Hi,_you@21`); then in any order
///
/// | option | what it does | range, and at first |
/// |---|---|---|
/// | `size=N` | the height of the font | 4 to 1000 pixels, 24 |
/// | `color=rrggbb[aa]` | its color | ffffff |
/// | `background=rrggbb[aa]` | a box behind it | none |
/// | `gravity=…` | the side, corner or point at which it is | not by content; southeast |
/// | `margin=N` | its distance from the edges | 0 to 65535 pixels, 10 |
/// | `opacity=S` | how much of it shows | 0 to 1, 1 |
///
/// `{time}`, `{id}` and `{name}` in it stand for what [`Transform::filled`](super::Transform::filled) puts there. One line from left
/// to right, without ligatures; a sign that the font does not have is shown as its box for such signs.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Caption, Transform};
///
/// let caption = Caption::new("(c) Ada")?.size(32)?;
/// assert_eq!(Transform::new().caption(caption).to_string(), "caption:@28c@29_Ada:size=32");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Caption {
    text: String,
    #[serde(default = "default_size")]
    size: u32,
    #[serde(default = "white")]
    color: Color,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    background: Option<Color>,
    #[serde(default = "default_gravity")]
    gravity: Gravity,
    #[serde(default = "margin::default")]
    margin: u32,
    #[serde(default)]
    opacity: Strength,
}

fn default_size() -> u32 {
    24
}

fn white() -> Color {
    Color::WHITE
}

fn default_gravity() -> Gravity {
    Gravity::Southeast
}

/// Most characters.
const MOST: usize = 200;

impl Caption {
    /// The names that may stand in braces.
    pub const VARIABLES: [&str; 3] = ["time", "id", "name"];

    /// `text` in white, 24 pixels high, 10 pixels from the right bottom.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when it is empty, has more than 200 characters, or a control character among them.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        Self {
            text: text.into(),
            size: default_size(),
            color: white(),
            background: None,
            gravity: default_gravity(),
            margin: margin::default(),
            opacity: Strength::FULL,
        }
        .checked()
    }

    /// The height of the font, 4 to 1000 pixels.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when out of range.
    pub fn size(self, size: u32) -> Result<Self> {
        Self { size, ..self }.checked()
    }

    /// The color of the text.
    #[must_use]
    pub fn color(mut self, color: Color) -> Self {
        self.color = color;
        self
    }

    /// The color of a box behind the text.
    #[must_use]
    pub fn background(mut self, background: Color) -> Self {
        self.background = Some(background);
        self
    }

    /// Where it is; not by content.
    #[must_use]
    pub fn gravity(mut self, gravity: Gravity) -> Self {
        self.gravity = gravity;
        self
    }

    /// Its distance from the edges, pixels.
    #[must_use]
    pub fn margin(mut self, margin: u32) -> Self {
        self.margin = margin;
        self
    }

    /// How much of it shows.
    #[must_use]
    pub fn opacity(mut self, opacity: Strength) -> Self {
        self.opacity = opacity;
        self
    }

    /// The same with values for the variables; one without a value stays. Control characters in values become spaces, and what
    /// is too long is cut off.
    pub(super) fn filled(&self, value: &impl Fn(&str) -> Option<String>) -> Self {
        let mut text = self.text.clone();
        for variable in Self::VARIABLES {
            if let Some(value) = value(variable) {
                let value = value.replace(char::is_control, " ");
                text = text.replace(&format!("{{{variable}}}"), &value);
            }
        }
        let text: String = text.chars().take(MOST).collect();
        // A value that is empty may leave nothing at all.
        let text = if text.is_empty() { " ".to_owned() } else { text };
        Self { text, ..self.clone() }
    }

    pub(super) fn apply(&self, picture: &Picture, limits: &Limits) -> Result<Picture> {
        let open = Self::VARIABLES.iter().find(|name| self.text.contains(&format!("{{{name}}}")));
        if let Some(name) = open {
            return Err(invalid(format!("caption has {{{name}}}, which has no value here")));
        }
        let size = (picture.width(), picture.height());
        let below = Surface::multiplied(&picture.to_direct(), 2, limits)?;
        let line = drawing::draw(&self.text, self.size, limits)?;
        let at = place(self.gravity, size, (line.width, line.height), self.margin);
        let opacity = Milli(self.opacity.thousandths().into());
        let text = Surface::stencil((line.width, line.height), &line.coverage, self.color);
        let written = match self.background {
            None => text,
            Some(background) => {
                let whole = vec![u16::MAX; line.coverage.len()];
                Surface::stencil((line.width, line.height), &whole, background).lay_over(
                    text,
                    (0, 0),
                    Milli::ONE,
                )
            }
        };
        below.lay_over(written, at, opacity).into_image().map(Picture::Direct)
    }

    pub(super) const NAME: &str = "caption";

    pub(super) fn parse(mut element: Element<'_>) -> Result<Self> {
        let text = escape::read(element.first("a text, such as Hello_world")?)?;
        let (mut size, mut color, mut background) = (None, None, None);
        let (mut gravity, mut distance, mut opacity) = (None, None, None);
        for argument in element {
            match argument.key {
                "size" => argument.once(&mut size, argument.number()?)?,
                "color" => argument.once(&mut color, argument.parse()?)?,
                "background" => argument.once(&mut background, argument.parse()?)?,
                "gravity" => argument.once(&mut gravity, argument.parse()?)?,
                "margin" => argument.once(&mut distance, argument.number()?)?,
                "opacity" => argument.once(&mut opacity, argument.parse()?)?,
                _ => {
                    let known = "size=, color=, background=, gravity=, margin=, opacity=";
                    return Err(argument.unexpected(known));
                }
            }
        }
        Self {
            text,
            size: size.unwrap_or_else(default_size),
            color: color.unwrap_or_else(white),
            background,
            gravity: gravity.unwrap_or_else(default_gravity),
            margin: distance.unwrap_or_else(margin::default),
            opacity: opacity.unwrap_or_default(),
        }
        .checked()
    }

    pub(super) fn check(&self) -> Result<()> {
        let n = self.text.chars().count();
        if !(1..=MOST).contains(&n) {
            return Err(invalid(format!("caption has {n} characters, but must have 1 to {MOST}")));
        }
        if self.text.contains(char::is_control) {
            return Err(invalid("caption has a control character; it is one line of text"));
        }
        if !(4..=1000).contains(&self.size) {
            return Err(out_of_range("caption size", self.size, "4 to 1000"));
        }
        check_gravity(Self::NAME, self.gravity)?;
        margin::check(Self::NAME, self.margin)
    }

    fn checked(self) -> Result<Self> {
        self.check()?;
        Ok(self)
    }
}

impl fmt::Display for Caption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", Self::NAME, escape::Escaped(&self.text))?;
        if self.size != default_size() {
            write!(f, ":size={}", self.size)?;
        }
        if self.color != white() {
            write!(f, ":color={}", self.color)?;
        }
        if let Some(background) = self.background {
            write!(f, ":background={background}")?;
        }
        if self.gravity != default_gravity() {
            write!(f, ":gravity={}", self.gravity)?;
        }
        margin::write(f, self.margin)?;
        if self.opacity != Strength::FULL {
            write!(f, ":opacity={}", self.opacity)?;
        }
        Ok(())
    }
}

serde_checked!(Caption);
