//! Making a new store.

use std::sync::Arc;

use jiff::Timestamp;
use portreto_core::replica::{StoreError, StoreErrorKind};

use crate::store::{self, Marker, Place, StoreEntry, Survey};

/// Makes `entry.url` the store that `entry` says. Making the same store again is `Ok`.
///
/// # Errors
///
/// `Denied` when something else is there: files that are not ours, or another store (attach that one by
/// the identity in its marker, which [`Place::survey`] tells); others when the place does not answer.
pub async fn initialise(
    entry: &StoreEntry,
    created: Timestamp,
    peers: Vec<StoreEntry>,
) -> Result<Arc<dyn Place>, StoreError> {
    let place = store::open(&entry.url)?;
    initialise_at(&*place, entry, created, peers).await?;
    Ok(place)
}

/// The same at a place that is open already.
///
/// # Errors
///
/// As for [`initialise`].
pub async fn initialise_at(
    place: &dyn Place,
    entry: &StoreEntry,
    created: Timestamp,
    peers: Vec<StoreEntry>,
) -> Result<(), StoreError> {
    let url = &entry.url;
    let refuse = |why: String| Err(StoreError::new(StoreErrorKind::Denied, why));
    match place.survey().await? {
        Survey::Empty => place.found(&Marker::new(entry, created, peers)).await,
        Survey::Store(marker) if marker.id == entry.id && marker.uuid == entry.uuid => Ok(()),
        Survey::Store(marker) => refuse(format!(
            "{url} is a store already, {} with the identity {}: choose an empty place",
            marker.id, marker.uuid
        )),
        Survey::Unmarked { reason } => refuse(format!("{reason}: choose an empty place")),
        Survey::Newer { reason } => refuse(reason),
        Survey::Foreign { example } => {
            refuse(format!("{url} is not empty, {example} is there: choose an empty place"))
        }
    }
}
