//! What the records in the stores say, read for a catalog that does not know it.

use portreto_core::replica::Key;
use serde::de::DeserializeOwned;

use crate::{
    bundle,
    catalog::{Catalogued, Tombstone},
    envelope,
    error::{Error, ErrorKind, Result},
    image::Variant,
    replicas::Replicas,
};

/// What one object says.
#[derive(Debug)]
pub(super) enum Found {
    Tombstone(Tombstone),
    /// One by itself, or all of a bundle.
    Images(Vec<Catalogued>),
    Variant(Variant),
    /// It is no record.
    Nothing,
}

/// Reads what is kept under `key`.
///
/// # Errors
///
/// When no store has it whole, or it does not say what a record of its kind should.
pub(super) async fn read(replicas: &Replicas, key: &Key) -> Result<Found> {
    Ok(match key {
        Key::Tombstone { .. } => Found::Tombstone(record(replicas, key).await?.0),
        Key::Record { .. } => {
            let (image, revision) = record(replicas, key).await?;
            Found::Images(vec![Catalogued { image, revision, bundle: None }])
        }
        Key::Bundle(digest) => {
            let records = bundle::open(digest, &replicas.get(key).await?)?;
            Found::Images(Catalogued::in_bundle(records, digest).collect())
        }
        Key::Variant { .. } => Found::Variant(record(replicas, key).await?.0),
        Key::Blob(_) | Key::Marker | Key::SetAside { .. } => Found::Nothing,
    })
}

/// The payload of a record and its revision.
async fn record<T: DeserializeOwned>(replicas: &Replicas, key: &Key) -> Result<(T, u64)> {
    let bytes = replicas.get(key).await?;
    let opened = envelope::open(key, &bytes)?;
    let payload = serde_json::from_str(opened.payload.get()).map_err(|source| {
        let message = format!("{key} does not say what a record of its kind should");
        Error::new(ErrorKind::Unreadable, message).with_source(source)
    })?;
    Ok((payload, opened.revision))
}
