//! Looking at all copies of one key.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::join_all;
use portreto_core::replica::{Holder, Holding, Key, StoreError, StoreErrorKind};

use super::{Member, Members, Reached, Refusal, Replicas, Version, check};
use crate::mutant::{self, Mutant};

/// What to do about one store when a key is inspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Read what it has.
    Read,
    /// It is known to have nothing.
    Absent,
    /// It did not say what it has.
    Unknown,
}

/// All copies of one key, in the order of its placement.
#[derive(Debug)]
pub(crate) struct Inspection {
    pub(crate) sightings: Vec<Sighting>,
    /// The right bytes, the newest version of them.
    pub(crate) good: Option<Bytes>,
    /// How many bytes were read for this.
    pub(crate) bytes_read: u64,
}

/// One store's copy of a key.
#[derive(Debug)]
pub(crate) struct Sighting {
    pub(crate) member: Arc<Member>,
    /// The store; none when it could not be used.
    pub(crate) reached: Option<Reached>,
    pub(crate) holding: Holding,
    /// What was found, when it is not good: rotten bytes, or an older version.
    pub(crate) found: Option<Bytes>,
    /// Why nothing is known, or why what is there cannot be read.
    pub(crate) error: Option<StoreError>,
}

impl Inspection {
    /// The view that [`portreto_core::replica::plan`] decides on.
    pub(crate) fn holders(&self) -> Vec<Holder> {
        let holder = |sighting: &Sighting| Holder {
            store: sighting.member.id().clone(),
            holding: sighting.holding,
            accepts: sighting.member.accepts(),
        };
        self.sightings.iter().map(holder).collect()
    }

    /// Why nothing good was found: the stores that did not answer and those with bad bytes.
    pub(crate) fn refusals(self) -> Vec<Refusal> {
        let refusal = |sighting: Sighting| {
            let reason = sighting.error.or_else(|| {
                (sighting.holding == Holding::Corrupt)
                    .then(|| StoreError::new(StoreErrorKind::Failed, "its copy is damaged"))
            })?;
            Some(Refusal { store: sighting.member.id().clone(), reason })
        };
        self.sightings.into_iter().filter_map(refusal).collect()
    }
}

impl Replicas {
    /// Reads and checks every copy of `key` that `look` does not rule out.
    pub(crate) async fn inspect(
        &self,
        members: &Members,
        key: &Key,
        look: impl Fn(&Member) -> Look,
    ) -> Inspection {
        let looks = members.order(key).into_iter().map(|member| {
            let look = look(&member);
            async move { self.sight(member, key, look).await }
        });
        let looks = join_all(looks).await;
        // Of several right versions the newest is good; the others are as bad as rotten ones.
        let versions = looks.iter().filter_map(|(_, version)| *version);
        let newest = if mutant::is(Mutant::OldestWins) { versions.min() } else { versions.max() };
        let mut inspection = Inspection { sightings: Vec::new(), good: None, bytes_read: 0 };
        for (mut sighting, version) in looks {
            inspection.bytes_read += sighting.found.as_ref().map_or(0, |bytes| bytes.len() as u64);
            if version.is_some() && version == newest {
                sighting.holding = Holding::Good;
                inspection.good = sighting.found.take();
            }
            inspection.sightings.push(sighting);
        }
        inspection
    }

    async fn sight(
        &self,
        member: Arc<Member>,
        key: &Key,
        look: Look,
    ) -> (Sighting, Option<Version>) {
        let mut sighting =
            Sighting { member, reached: None, holding: Holding::Unknown, found: None, error: None };
        if look == Look::Unknown {
            return (sighting, None);
        }
        let reached = match self.reached(&sighting.member).await {
            Ok(reached) => reached,
            Err(error) => {
                sighting.error = Some(error);
                return (sighting, None);
            }
        };
        sighting.reached = Some(reached.clone());
        sighting.holding = Holding::Absent;
        if look == Look::Absent {
            return (sighting, None);
        }
        match reached.noted_check(reached.store().get(key).await) {
            Ok(bytes) => {
                let unverified = || mutant::is(Mutant::RepairUnverified).then_some(Version::NEWEST);
                let version = check(key, &bytes).or_else(unverified);
                sighting.holding = Holding::Corrupt;
                sighting.found = Some(bytes);
                (sighting, version)
            }
            Err(error) => {
                sighting.holding = match error.kind() {
                    StoreErrorKind::NotFound => return (sighting, None),
                    // It answers and yet cannot read what it has: a bad sector, a file blown up.
                    StoreErrorKind::Failed => Holding::Corrupt,
                    _ => Holding::Unknown,
                };
                sighting.error = Some(error);
                (sighting, None)
            }
        }
    }
}
