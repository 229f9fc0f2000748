//! Pictures that look alike.

use portreto_core::{PerceptualHash, alike};

use super::{Portreto, blocking};
use crate::{
    error::{Error, ErrorKind, Result},
    image::{Image, ImageId},
};

/// Pictures that look alike. The same bytes are one image, so these differ in size, compression or edits.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Duplicates {
    /// Groups of at least two, the oldest image of each first; groups in the order of those.
    pub groups: Vec<Vec<Alike>>,
    /// Images that cannot be compared: they could not be decoded, show one color, or were never looked at
    /// ([`Portreto::look_at_rest`] does).
    pub n_unknown: u64,
}

/// One of several that look alike.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Alike {
    /// The image.
    pub image: Image,
    /// In how many bits of 63 its perceptual hash differs from that of the first of its group.
    pub distance: u32,
}

impl Portreto {
    /// Groups of the images of `owner` that look alike: each is within `distance` of another one of its group. The usual
    /// distance is [`PerceptualHash::ALIKE`].
    ///
    /// # Errors
    ///
    /// `BadInput` when the distance is above [`PerceptualHash::FARTHEST`]; `Catalog`.
    pub async fn dupes(&self, owner: &str, distance: u32) -> Result<Duplicates> {
        if distance > PerceptualHash::FARTHEST {
            let message = format!(
                "the distance is {distance}, but must be 0 to {}: pictures that have nothing in common are as near",
                PerceptualHash::FARTHEST
            );
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        let (known, n_unknown) = self.inner.catalog.perceptual_hashes(owner).await?;
        let hashes: Vec<PerceptualHash> = known.iter().map(|(_, hash)| *hash).collect();
        let places = blocking(move || alike(&hashes, distance)).await?;
        let mut groups = Vec::with_capacity(places.len());
        for places in places {
            let members: Vec<_> = places.into_iter().map(|place| known[place]).collect();
            let group = self.looked_up(&members).await?;
            // Some may have been deleted meanwhile.
            if group.len() > 1 {
                groups.push(group);
            }
        }
        Ok(Duplicates { groups, n_unknown })
    }

    async fn looked_up(&self, members: &[(ImageId, PerceptualHash)]) -> Result<Vec<Alike>> {
        let mut group = Vec::with_capacity(members.len());
        let mut first = None;
        for (id, hash) in members {
            if let Some(there) = self.inner.catalog.image(*id).await? {
                let distance = first.get_or_insert(*hash).distance(*hash);
                group.push(Alike { image: there.image, distance });
            }
        }
        Ok(group)
    }
}
