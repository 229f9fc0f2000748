//! Faults of files, and the faults of codecs in our words.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::ImageError;

use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
};

/// The file is of `format`, but `what`.
pub(crate) fn damaged(format: Format, what: &str) -> Error {
    Error::new(ErrorKind::Damaged, format!("the {format} file is damaged: {what}"))
}

/// What a decoder of the `image` crate said about a file of `format`.
pub(crate) fn from_image(format: Format, error: ImageError) -> Error {
    let (kind, message) = match &error {
        ImageError::Limits(_) => {
            (ErrorKind::LimitExceeded, format!("decoding the {format} file exceeds the limits"))
        }
        ImageError::Unsupported(_) => {
            (ErrorKind::Unsupported, format!("this kind of {format} file cannot be read"))
        }
        ImageError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            (ErrorKind::Damaged, format!("the {format} file ends early"))
        }
        _ => (ErrorKind::Damaged, format!("the {format} file is damaged")),
    };
    Error::new(kind, message).with_source(error)
}

/// Does what decoders of others do: where one panics, the file of `format` is damaged.
///
/// Nothing that a decoder was in the middle of is seen again, so nothing half done is.
pub(crate) fn contained<T>(format: Format, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(damaged(format, "its decoder could not make sense of it")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_panics_is_an_error() {
        let error = contained::<()>(Format::Tga, || panic!("on purpose")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged);
        assert!(error.to_string().contains("tga"), "{error}");
    }
}
