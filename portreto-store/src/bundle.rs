//! Records of images that were catalogued together, in one object: half as many objects for an upload of many.
//!
//! Its lines are the envelopes that the records would be by themselves, in the order of the images' ids. It never changes and is
//! named by its digest. The record of an image that changes later is written by itself and has the higher revision.

use bytes::Bytes;
use portreto_core::{Digest, replica::Key};

use crate::{
    catalog::Catalogued,
    envelope::{self, MAX_ENVELOPE_BYTES},
    error::{Error, ErrorKind, Result},
    image::Image,
};

/// The fewest images that are worth one.
pub(crate) const FEWEST: usize = 8;

/// Puts records into one object; none when it would be larger than anything that is read back.
pub(crate) fn seal(images: &[Catalogued]) -> Result<Option<(Digest, Bytes)>> {
    let mut images: Vec<&Catalogued> = images.iter().collect();
    images.sort_by_key(|there| there.image.id);
    let mut lines = Vec::new();
    for there in images {
        let key = there.image.record_key();
        lines.extend_from_slice(&envelope::seal(&key, there.revision, &there.image)?);
    }
    let fits = lines.len() <= MAX_ENVELOPE_BYTES;
    Ok(fits.then(|| (Digest::of(&lines), lines.into())))
}

/// The images in a bundle whose bytes have been checked, each with the revision of its record.
///
/// # Errors
///
/// `Unreadable`, when a line is no record of an image.
pub fn open(digest: &Digest, bytes: &[u8]) -> Result<Vec<(Image, u64)>> {
    let unreadable = |why: &dyn std::fmt::Display| {
        let message = format!("{}: {why}", Key::Bundle(*digest));
        Error::new(ErrorKind::Unreadable, message)
    };
    // An envelope ends with its line.
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let records = lines.map(|line| {
        // Which key a line was sealed for is in what it describes, and the envelope's checksum covers it.
        let image: Named = serde_json::from_slice(line).map_err(|error| unreadable(&error))?;
        let opened =
            envelope::open(&image.image.record_key(), line).map_err(|error| unreadable(&error))?;
        Ok((image.image, opened.revision))
    });
    records.collect()
}

#[derive(serde::Deserialize)]
struct Named {
    image: Image,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::image::ImageId;

    fn image(n: u128, name: &str) -> Catalogued {
        let image = Image {
            id: ImageId::new(Uuid::from_u128(n)),
            digest: Digest::of(name.as_bytes()),
            name: name.to_owned(),
            media_type: "image/png".to_owned(),
            width: 1,
            height: 2,
            bytes: 3,
            owner: "eve".to_owned(),
            labels: BTreeSet::from(["a\nb".to_owned()]),
            created: Timestamp::UNIX_EPOCH,
            fingerprint: None,
            metadata: None,
        };
        Catalogued { image, revision: 1, bundle: None }
    }

    #[test]
    fn what_was_put_together_comes_apart_in_the_order_of_ids() {
        let images: Vec<_> = (0..9).map(|n| image(9 - n, &format!("{n}.png"))).collect();
        let (digest, bytes) = seal(&images).unwrap().unwrap();
        let mut sorted = images.clone();
        sorted.sort_by_key(|there| there.image.id);
        assert_eq!(seal(&sorted).unwrap().unwrap().0, digest);
        let opened = open(&digest, &bytes).unwrap();
        assert_eq!(opened, sorted.into_iter().map(|there| (there.image, 1)).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_too_large_or_no_record_is_refused() {
        let long = "x".repeat(MAX_ENVELOPE_BYTES / 4);
        assert!(seal(&[1, 2, 3, 4, 5].map(|n| image(n, &long))).unwrap().is_none());
        let (digest, bytes) = seal(&[image(1, "a"), image(2, "b")]).unwrap().unwrap();
        for broken in [&b"{}\n"[..], b"\xFF", &bytes[..bytes.len() - 9], &bytes[1..]] {
            let error = open(&digest, broken).unwrap_err();
            assert!(error.to_string().contains(&digest.to_string()), "{error}");
        }
    }
}
