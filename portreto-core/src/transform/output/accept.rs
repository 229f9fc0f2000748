//! What a viewer shows.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    error::{Error, Result},
    format::Format,
    transform::text::unknown,
};

/// Formats that a viewer may or may not show, the smallest files first.
const MODERN: [Format; 2] = [Format::Avif, Format::WebP];

/// What a viewer shows besides JPEG, PNG and GIF, which all do.
///
/// Text: the names of formats with dots between them (commas are read as well). `avif.webp` is what browsers of today show.
///
/// # Examples
///
/// ```
/// use portreto_core::{Format, transform::Accept};
///
/// let accept = Accept::from_header("text/html, image/webp;q=0.9, image/*;q=0.5");
/// assert!(accept.has(Format::WebP));
/// assert!(!Accept::from_header("image/webp;q=0").has(Format::WebP));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Accept(u8);

impl Accept {
    /// JPEG, PNG and GIF only.
    #[must_use]
    pub const fn new() -> Self {
        Self(0)
    }

    /// The same with `format`.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when it is not one that viewers may or may not show.
    pub fn with(self, format: Format) -> Result<Self> {
        let place = MODERN.into_iter().position(|modern| modern == format);
        let known: Vec<_> = MODERN.into_iter().map(Format::extension).collect();
        let place = place.ok_or_else(|| unknown("accept", format.extension(), &known))?;
        Ok(Self(self.0 | 1 << place))
    }

    /// What the value of a request's `Accept` header names (RFC 9110, section 12.5.1). Wildcards do not count: browsers send them
    /// whatever they can show.
    #[must_use]
    pub fn from_header(value: &str) -> Self {
        let named = |format: &Format| {
            value.split(',').any(|range| {
                let mut parts = range.split(';').map(str::trim);
                let is_format =
                    parts.next().is_some_and(|name| name.eq_ignore_ascii_case(format.media_type()));
                let is_refused = parts.any(|part| {
                    let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
                    weight.is_some_and(|weight| weight.parse() == Ok(0.0_f32))
                });
                is_format && !is_refused
            })
        };
        Self(
            MODERN
                .iter()
                .enumerate()
                .filter(|(_, format)| named(format))
                .fold(0, |bits, (place, _)| bits | 1 << place),
        )
    }

    /// Whether the viewer shows `format`.
    #[must_use]
    pub fn has(self, format: Format) -> bool {
        self.formats().any(|accepted| accepted == format)
            || matches!(format, Format::Jpeg | Format::Png | Format::Gif)
    }

    /// Those besides the three, the smallest files first.
    pub(crate) fn formats(self) -> impl Iterator<Item = Format> {
        let all = MODERN.into_iter().enumerate();
        all.filter(move |(place, _)| self.0 >> place & 1 == 1).map(|(_, format)| format)
    }
}

impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, format) in self.formats().enumerate() {
            write!(f, "{}{format}", if place == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

impl FromStr for Accept {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = || MODERN.map(Format::extension);
        let format = |name: &str| name.parse().map_err(|_| unknown("accept", name, &known()));
        text.split(['.', ',']).try_fold(Self::new(), |accept, name| accept.with(format(name)?))
    }
}

impl Serialize for Accept {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.formats())
    }
}

impl<'de> Deserialize<'de> for Accept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let formats = Vec::<Format>::deserialize(deserializer)?;
        let accept = formats.into_iter().try_fold(Self::new(), Self::with);
        accept.map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_browsers_are_understood() {
        for (header, webp) in [
            // Chrome, Firefox, Safari 12, curl.
            ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", true),
            ("image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", true),
            ("image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", false),
            ("*/*", false),
            ("", false),
            ("IMAGE/WEBP ; q=0.001", true),
            ("image/webp;q=0.000, image/png", false),
            ("image/webpx, ;;,q=", false),
        ] {
            assert_eq!(Accept::from_header(header).has(Format::WebP), webp, "{header}");
        }
    }
}
