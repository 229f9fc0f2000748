//! Transforms with names of their own.

use std::collections::BTreeMap;

use super::{
    Output, Transform,
    text::{Element, invalid, unknown},
};
use crate::error::Result;

/// Transforms by name, for texts that use them as `preset:NAME`.
///
/// A preset stands for its operations, and for its output unless a later element says another one. The transform that
/// is read knows nothing of presets: its canonical text has the operations themselves, so that a preset that is changed changes no
/// variant that was made.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::Presets;
///
/// let mut presets = Presets::new();
/// presets.define("thumbnail", "resize:320x320:cover,jpg:quality=75")?;
/// let transform = presets.read("rotate:90,preset:thumbnail,webp")?;
/// assert_eq!(transform.to_string(), "rotate:90,resize:320x320:cover,webp");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presets(BTreeMap<String, Transform>);

impl Presets {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives `text`, which may use the presets that are there, the name `name`.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` for a name that is not of 1 to 40 of `a-z 0-9 -`, and for a text that is no transform.
    pub fn define(&mut self, name: &str, text: &str) -> Result<()> {
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=40).contains(&name.len()) || !name.bytes().all(is_plain) {
            return Err(invalid(format!(
                "preset is named {name:.40?}, but must have 1 to 40 of a-z 0-9 -"
            )));
        }
        let transform = self.read(text)?;
        self.0.insert(name.to_owned(), transform);
        Ok(())
    }

    /// The names, and what they stand for.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Transform)> {
        self.0.iter().map(|(name, transform)| (name.as_str(), transform))
    }

    /// Reads a transform whose text may use presets.
    ///
    /// # Errors
    ///
    /// As for a transform's own text, and for a preset that is not there.
    pub fn read(&self, text: &str) -> Result<Transform> {
        Transform::read(text, self)
    }

    pub(super) const NAME: &str = "preset";

    /// Adds the operations of the preset that `element` names, and its output if it has one.
    pub(super) fn apply(&self, mut element: Element<'_>, transform: &mut Transform) -> Result<()> {
        let name = element.first("a name")?;
        element.end()?;
        let Some(preset) = self.0.get(name) else {
            if self.0.is_empty() {
                return Err(invalid(format!(
                    "preset {name:.40?} is not known: none are defined here"
                )));
            }
            let known: Vec<_> = self.0.keys().map(String::as_str).collect();
            return Err(unknown("preset", name, &known));
        };
        transform.operations.extend(preset.operations.iter().cloned());
        if preset.output != Output::same() {
            transform.output = preset.output;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_stand_for_their_operations() {
        let mut presets = Presets::new();
        presets.define("small", "resize:100x,jpg:quality=60").unwrap();
        presets.define("round-small", "preset:small,round:9,png").unwrap();
        for (text, expected) in [
            ("preset:small", "resize:100x,jpg:quality=60"),
            ("preset:small,grayscale", "resize:100x,grayscale,jpg:quality=60"),
            ("preset:small,webp", "resize:100x,webp"),
            ("flip:vertical,preset:round-small", "flip:vertical,resize:100x,round:9,png"),
            ("preset:small,preset:small", "resize:100x,resize:100x,jpg:quality=60"),
        ] {
            assert_eq!(presets.read(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_said_so() {
        let mut presets = Presets::new();
        let error = |presets: &Presets, text: &str| presets.read(text).unwrap_err().to_string();
        assert_eq!(error(&presets, "preset:x"), "preset \"x\" is not known: none are defined here");
        assert_eq!(
            "preset:x".parse::<Transform>().unwrap_err().to_string(),
            error(&presets, "preset:x")
        );
        presets.define("thumb", "resize:9x").unwrap();
        assert_eq!(error(&presets, "preset:thump"), "unknown preset \"thump\"; one of thumb");
        assert_eq!(
            error(&presets, "preset:thumb:5"),
            "preset does not take \"5\"; it takes nothing more"
        );
        for name in ["", "Thumb", "a b", "a:b", &"x".repeat(41)] {
            assert!(presets.define(name, "png").is_err(), "{name}");
        }
        assert!(presets.define("loop", "preset:loop").is_err());
        assert!(presets.define("wrong", "resize").is_err());
        let many = vec!["preset:thumb"; 33].join(",");
        assert!(error(&presets, &many).contains("33 operations"));
    }
}
