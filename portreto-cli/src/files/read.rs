//! Bytes of a file, within bounds.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use portreto_core::{Format, Limits};
use portreto_store::{Clock, FileState, SystemClock};

use super::state::{is_settled, state};

/// What a file turned out to be.
#[derive(Debug)]
pub(crate) enum Content {
    /// By its first bytes, a picture: all its bytes, and the state in which they were read, unless that
    /// cannot tell them from others.
    Picture(Vec<u8>, Option<FileState>),
    /// Anything else. Only its first bytes were read.
    Other,
}

/// Reads a file, if its first bytes are those of a picture and it is not above `limits.input_bytes`.
///
/// Takes no more memory than the limit allows, whatever the file does meanwhile.
///
/// # Errors
///
/// When the file cannot be read, or is larger than allowed.
pub(crate) fn read(path: &Path, limits: &Limits) -> anyhow::Result<Content> {
    let moment = SystemClock.now();
    let mut file = File::open(path)?;
    let mut head = Vec::with_capacity(HEAD_BYTES as usize);
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    if Format::sniff(&head).is_none() {
        return Ok(Content::Other);
    }
    let before = file.metadata()?;
    let expected = before.len();
    limits.check_input_bytes(expected)?;

    let mut bytes = head;
    bytes.try_reserve_exact(expected.saturating_sub(HEAD_BYTES) as usize).map_err(|_| {
        io::Error::new(io::ErrorKind::OutOfMemory, format!("no memory for its {expected} bytes"))
    })?;
    // One byte more than allowed tells a file that is too large, or still growing, from one that is not.
    let allowed = limits.input_bytes.saturating_add(1).saturating_sub(bytes.len() as u64);
    file.by_ref().take(allowed).read_to_end(&mut bytes)?;
    limits.check_input_bytes(bytes.len() as u64)?;
    let after = file.metadata()?;
    let seen = state(path, &after).filter(|seen| {
        is_settled(&after, moment)
            && after.len() == bytes.len() as u64
            && state(path, &before).as_ref() == Some(seen)
    });
    Ok(Content::Picture(bytes, seen))
}

/// What [`Format::sniff`] wants to see.
const HEAD_BYTES: u64 = Format::HEAD_BYTES as u64;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn reads_pictures_within_the_limit_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        let png = b"\x89PNG\r\n\x1a\n and twelve more";
        let mut limits = Limits::default();
        for (bytes, limit, expected) in [
            (&png[..], png.len() as u64, Some(true)),
            (&png[..], png.len() as u64 - 1, None),
            (b"", 1, Some(false)),
            (b"a text much longer than the limit", 1, Some(false)),
        ] {
            fs::write(&path, bytes).unwrap();
            limits.input_bytes = limit;
            let seen = match read(&path, &limits) {
                Ok(Content::Picture(read, seen)) => {
                    assert_eq!((read.as_slice(), seen), (bytes, None), "written just now");
                    Some(true)
                }
                Ok(Content::Other) => Some(false),
                Err(_) => None,
            };
            assert_eq!(seen, expected, "{bytes:?} {limit}");
        }
        assert!(read(directory.path(), &limits).is_err(), "a directory");
    }
}
