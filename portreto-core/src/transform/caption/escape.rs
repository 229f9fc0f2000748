//! Any text in the few signs that a transform is written in.

use std::fmt;

use crate::{error::Result, transform::text::invalid};

/// Writes a text: a space as `_`, letters, digits, `.` and `-` as they are, all else as `@` and two digits for each byte.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes().try_for_each(|byte| match byte {
            b' ' => f.write_str("_"),
            b'.' | b'-' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                write!(f, "{}", char::from(byte))
            }
            _ => write!(f, "@{byte:02x}"),
        })
    }
}

/// Reads what [`Escaped`] writes; other signs stand for themselves.
pub(super) fn read(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        bytes.push(match byte {
            b'_' => b' ',
            b'@' => {
                let digits = rest.get(..2).and_then(|digits| str::from_utf8(digits).ok());
                let value =
                    digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                let value = value.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                rest = rest.get(2..).unwrap_or_default();
                value.ok_or_else(|| {
                    invalid(format!("caption {text:.40?} has an @ without two hexadecimal digits"))
                })?
            }
            other => other,
        });
    }
    String::from_utf8(bytes)
        .map_err(|_| invalid(format!("caption {text:.40?} is no text: its bytes are not UTF-8")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn readable_where_it_can_be() {
        assert_eq!(Escaped("Hi, you! 7.5-8").to_string(), "Hi@2c_you@21_7.5-8");
        assert_eq!(Escaped("é_@").to_string(), "@c3@a9@5f@40");
        for wrong in ["@", "@4", "@4g", "@+1", "@ff", "a@c3"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(read("{time}").unwrap(), "{time}");
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "\\PC*") {
            prop_assert_eq!(read(&Escaped(&text).to_string()).unwrap(), text);
        }

        #[test]
        fn nothing_panics(text in ".*") {
            let _ = read(&text);
        }
    }
}
