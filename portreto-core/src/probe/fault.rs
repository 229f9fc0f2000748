//! Faults of files, and the faults of codecs in our words.

use image::ImageError;

use crate::{
    error::{Error, ErrorKind},
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
