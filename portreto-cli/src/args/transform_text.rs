//! Texts of transforms, as they are typed.

use std::str::FromStr;

use portreto_core::{Error, Transform, transform::Presets};

/// The text of a transform. It is read where it is typed, unless it uses presets: those are in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TransformText(String);

impl TransformText {
    /// The transform.
    pub(crate) fn read(&self, presets: &Presets) -> Result<Transform, Error> {
        presets.read(&self.0)
    }
}

impl FromStr for TransformText {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if !text.split(',').any(|element| element.starts_with("preset:")) {
            text.parse::<Transform>()?;
        }
        Ok(Self(text.to_owned()))
    }
}

/// `--preset NAME`
pub(super) fn preset(name: &str) -> Result<TransformText, String> {
    if name.contains([',', ':']) {
        return Err("a preset has a plain name; --transform takes a text".to_owned());
    }
    Ok(TransformText(format!("preset:{name}")))
}
