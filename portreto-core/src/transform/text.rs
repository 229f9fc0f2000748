//! The grammar of the text form, and the errors of reading it.
//!
//! ```text
//! transform  = "same" | element ("," element)*      the last element may be an output format
//! element    = name (":" argument)*
//! argument   = word | key "=" value | value
//! ```
//!
//! Only `a-z 0-9 , : = @ . -` occur, and in captions `A-Z _`: nothing that a POSIX shell or a URL path segment (RFC 3986, `pchar`)
//! would want quoted.

use std::{fmt, num::NonZeroU32, str::FromStr};

use super::milli::Milli;
use crate::error::{Error, ErrorKind, Result};

/// The error of a transform whose text or values are wrong.
pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidTransform, message)
}

/// The error of a word that is not among those `known`.
pub(crate) fn unknown(what: &str, text: &str, known: &[&str]) -> Error {
    invalid(format!("unknown {what} {:?}; one of {}", Clipped(text), known.join(", ")))
}

/// The error of a value outside its range.
pub(crate) fn out_of_range(field: &str, value: impl fmt::Display, range: &str) -> Error {
    invalid(format!("{field} is {value}, but must be {range}"))
}

/// One element of a transform, taken apart.
#[derive(Debug)]
pub(super) struct Element<'a> {
    /// The operation or format.
    pub(super) name: &'a str,
    arguments: Option<std::str::Split<'a, char>>,
}

/// One argument: `word`, `value` or `key=value`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Argument<'a> {
    pub(super) element: &'a str,
    /// All of it, or what stands before the `=`.
    pub(super) key: &'a str,
    /// What stands behind the `=`.
    pub(super) value: Option<&'a str>,
}

impl<'a> Element<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        match text.split_once(':') {
            Some((name, arguments)) => Self { name, arguments: Some(arguments.split(':')) },
            None => Self { name: text, arguments: None },
        }
    }

    /// The first argument, which must be there.
    pub(super) fn first(&mut self, what: &str) -> Result<&'a str> {
        match self.arguments.as_mut().and_then(Iterator::next) {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(invalid(format!("{} needs {what}: {}:…", Clipped(self.name), self.name))),
        }
    }

    /// Fails when an argument is left.
    pub(super) fn end(&mut self) -> Result<()> {
        match self.next() {
            Some(argument) => Err(argument.unexpected("nothing more")),
            None => Ok(()),
        }
    }
}

impl<'a> Iterator for Element<'a> {
    type Item = Argument<'a>;

    fn next(&mut self) -> Option<Argument<'a>> {
        let text = self.arguments.as_mut()?.next()?;
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (text, None),
        };
        Some(Argument { element: self.name, key, value })
    }
}

impl<'a> Argument<'a> {
    /// The value of `key=value`.
    pub(super) fn value(&self) -> Result<&'a str> {
        self.value.ok_or_else(|| {
            invalid(format!("{} {} needs a value: {}=…", self.element, self.key, self.key))
        })
    }

    /// The value, read as a `T`.
    pub(super) fn parse<T: FromStr<Err = Error>>(&self) -> Result<T> {
        self.value()?.parse()
    }

    /// The value, read as a whole number.
    pub(super) fn number(&self) -> Result<u32> {
        number(&format!("{} {}", self.element, self.key), self.value()?)
    }

    /// The value, read as a number with at most three decimals.
    pub(super) fn milli(&self) -> Result<Milli> {
        let text = self.value()?;
        text.parse().map_err(|_| {
            let value = format!("{:?}", Clipped(text));
            let range = "a number with at most three decimals";
            out_of_range(&format!("{} {}", self.element, self.key), value, range)
        })
    }

    /// Accepts a bare word.
    pub(super) fn flag(&self) -> Result<bool> {
        match self.value {
            None => Ok(true),
            Some(_) => Err(invalid(format!("{} {} takes no value", self.element, self.key))),
        }
    }

    /// The error of an argument that this element does not have.
    pub(super) fn unexpected(&self, expected: &str) -> Error {
        let element = Clipped(self.element);
        invalid(format!("{element} does not take {:?}; it takes {expected}", Clipped(self.key)))
    }

    /// Sets `slot`, which must not have been set before.
    pub(super) fn once<T>(&self, slot: &mut Option<T>, value: T) -> Result<()> {
        if slot.is_some() {
            return Err(invalid(format!("{} has two values at {:?}", self.element, self.key)));
        }
        *slot = Some(value);
        Ok(())
    }
}

/// Reads decimal digits.
pub(crate) fn number(field: &str, text: &str) -> Result<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if digits => Ok(number),
        _ => Err(out_of_range(field, format!("{:?}", Clipped(text)), "a whole number below 2^32")),
    }
}

/// Reads decimal digits that are not all zero.
pub(super) fn positive(field: &str, text: &str) -> Result<NonZeroU32> {
    nonzero(field, number(field, text)?)
}

/// Checks that a size is not zero.
pub(super) fn nonzero(field: &str, value: u32) -> Result<NonZeroU32> {
    NonZeroU32::new(value).ok_or_else(|| out_of_range(field, value, "at least 1"))
}

/// Shows at most 40 characters of what was sent, so that an error stays one line.
struct Clipped<'a>(&'a str);

impl fmt::Display for Clipped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(40) {
            Some((end, _)) => write!(f, "{}…", &self.0[..end]),
            None => f.write_str(self.0),
        }
    }
}

impl fmt::Debug for Clipped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}
