//! How much one owner may have.

use serde::{Deserialize, Serialize};

/// How much one owner may have; none for as much as there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quota {
    /// Images.
    pub images: Option<u64>,
    /// Bytes of their originals.
    pub bytes: Option<u64>,
}

/// What one owner has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// Images.
    pub images: u64,
    /// Bytes of their originals. Those of one that several owners have count for each of them.
    pub bytes: u64,
}

impl Quota {
    pub(crate) const fn is_unbounded(&self) -> bool {
        self.images.is_none() && self.bytes.is_none()
    }

    /// Whether one more image of so many bytes may be added; what to do about it when not.
    pub(crate) fn check(&self, usage: &Usage, bytes: u64) -> Result<(), String> {
        if let Some(most) = self.images
            && usage.images >= most
        {
            return Err(format!("there are {most} images, and no more are allowed: delete some"));
        }
        let sum = usage.bytes.saturating_add(bytes);
        match self.bytes {
            Some(most) if sum > most => Err(format!(
                "with this image there would be {sum} bytes, above the limit of {most}: delete some"
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_a_bound_on_what_there_is_afterwards() {
        let quota = |images, bytes| Quota { images, bytes };
        let usage = Usage { images: 3, bytes: 100 };
        for (quota, bytes, fits) in [
            (quota(None, None), u64::MAX, true),
            (quota(Some(4), None), 1, true),
            (quota(Some(3), None), 1, false),
            (quota(None, Some(110)), 10, true),
            (quota(None, Some(110)), 11, false),
            (quota(None, Some(110)), u64::MAX, false),
            (quota(Some(4), Some(100)), 1, false),
        ] {
            assert_eq!(quota.check(&usage, bytes).is_ok(), fits, "{quota:?} {bytes}");
        }
    }
}
