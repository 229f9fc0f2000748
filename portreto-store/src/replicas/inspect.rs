//! Looking at all copies of one key.

use std::{collections::HashMap, slice, sync::Arc};

use bytes::Bytes;
use futures::future::join_all;
use portreto_core::replica::{Holder, Holding, Key, StoreError, StoreErrorKind, StoreId};

use super::{Member, Members, Reached, Refusal, Replicas, Version, check::check_hashed};
use crate::{
    mutant::{self, Mutant},
    store::Seen,
};

/// What to do about one store when a key is inspected.
#[derive(Debug)]
pub(crate) enum Look {
    /// Read what it has.
    Read,
    /// Read what it has, and forget the bytes of a blob: whether they are right is all that is asked.
    Verify,
    /// It is known to have nothing.
    Absent,
    /// It did not say what it has.
    Unknown,
    /// This came of it when it was verified together with others: see [`Replicas::look_at`].
    Seen(Result<Seen, StoreError>),
}

/// What stores have of many keys, taken out by who is to judge it.
#[derive(Debug, Default)]
pub(crate) struct Looked(HashMap<StoreId, HashMap<Key, Result<Seen, StoreError>>>);

impl Looked {
    /// What came of looking at this copy, the first time that it is asked for.
    pub(crate) fn take(&mut self, store: &StoreId, key: &Key) -> Option<Result<Seen, StoreError>> {
        self.0.get_mut(store)?.remove(key)
    }
}

/// All copies of one key, in the order of its placement.
#[derive(Debug)]
pub(crate) struct Inspection {
    pub(crate) sightings: Vec<Sighting>,
    /// The right bytes, the newest version of them; none of a blob that was only verified.
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
    /// How many bytes were read.
    pub(crate) length: u64,
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

    /// A store that was there and did not say what it has, and why.
    pub(crate) fn unread(&self) -> Option<(&StoreId, &StoreError)> {
        self.sightings.iter().find_map(|sighting| {
            let is_unread = sighting.reached.is_some() && sighting.holding == Holding::Unknown;
            Some((sighting.member.id(), sighting.error.as_ref()?)).filter(|_| is_unread)
        })
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
    /// Looks at the copies that these stores have, each store's one after the other.
    pub(crate) async fn look_at(&self, copies: Vec<(Arc<Member>, Vec<Key>)>) -> Looked {
        let looks = copies.into_iter().filter(|(_, keys)| !keys.is_empty());
        let looks = looks.map(|(member, keys)| async move {
            // Who judges finds out why not.
            let Ok(reached) = self.reached(&member).await else { return None };
            let seen = reached.place.look_at(&keys).await;
            Some((member.id().clone(), keys.into_iter().zip(seen).collect()))
        });
        Looked(join_all(looks).await.into_iter().flatten().collect())
    }

    /// Reads and checks every copy of `key` that `look` does not rule out.
    pub(crate) async fn inspect(
        &self,
        members: &Members,
        key: &Key,
        mut look: impl FnMut(&Member) -> Look,
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
            inspection.bytes_read += sighting.length;
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
        let mut sighting = Sighting {
            member,
            reached: None,
            holding: Holding::Unknown,
            found: None,
            length: 0,
            error: None,
        };
        if matches!(look, Look::Unknown) {
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
        let seen = match look {
            Look::Absent | Look::Unknown => return (sighting, None),
            Look::Seen(seen) => seen,
            Look::Verify => {
                let mut seen = reached.place.look_at(slice::from_ref(key)).await;
                let nothing = || StoreError::new(StoreErrorKind::Failed, "it was not looked at");
                seen.pop().unwrap_or_else(|| Err(nothing()))
            }
            Look::Read => reached.place.get_with_digest(key).await.map(|(bytes, digest)| {
                let length = bytes.len() as u64;
                Seen { digest, length, bytes: Some(bytes) }
            }),
        };
        match reached.noted_check(seen) {
            Ok(Seen { digest, length, bytes }) => {
                let version = match (&bytes, key) {
                    (None, Key::Blob(expected)) => {
                        (digest == *expected).then(|| Version::of_blob(expected))
                    }
                    _ => check_hashed(key, bytes.as_deref().unwrap_or_default(), digest),
                };
                sighting.length = length;
                sighting.found = bytes;
                sighting.holding = Holding::Corrupt;
                let unverified = || mutant::is(Mutant::RepairUnverified).then_some(Version::NEWEST);
                (sighting, version.or_else(unverified))
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
