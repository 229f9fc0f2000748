//! Reading: as long as bytes arrive, and no more of them than there may be.

use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use object_store::ObjectStoreExt;
use portreto_core::replica::{StoreError, StoreErrorKind};

use super::{Objects, path};
use crate::store::{
    directory::Contents,
    patience::{Patience, within},
};

impl Objects {
    /// What is in an object that is no larger than `most`, hashed on the way; kept if `keep` says so.
    pub(super) async fn read(
        &self,
        name: &str,
        what: &str,
        most: u64,
        keep: bool,
    ) -> Result<object_store::Result<Contents>, StoreError> {
        let patience = self.inner.backend.patience;
        let read = match self.inner.backend.directory() {
            Some(directory) => directory.read(name, (most, keep), patience, what).await?,
            None => self.arriving(name, what, most, keep).await?,
        };
        let contents = match read {
            Ok(contents) => contents,
            Err(error) => return Ok(Err(error)),
        };
        let Contents { length, size, .. } = contents;
        if size > most {
            let why = format!("{name} has {size} bytes, more than the {most} that it can have");
            return Err(self.failed(&why));
        }
        if length < size {
            return Err(StoreError::new(
                StoreErrorKind::Offline,
                format!(
                    "{} broke off when {what}, after {length} of {size} bytes",
                    self.inner.name
                ),
            ));
        }
        if length > size {
            let why = format!("{name} has more bytes than the {size} that were announced");
            return Err(self.failed(&why));
        }
        Ok(Ok(contents))
    }

    /// The same from a bucket, as long as pieces of the body arrive.
    async fn arriving(
        &self,
        name: &str,
        what: &str,
        most: u64,
        keep: bool,
    ) -> Result<object_store::Result<Contents>, StoreError> {
        let (store, prefix) = self.handle().await?;
        let path = path(prefix, name);
        let found = match self.ask(0, what, async move { store.get(&path).await }).await? {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        let size = found.meta.size;
        if size > most {
            let (bytes, hash) = (Bytes::new(), blake3::hash(&[]));
            return Ok(Ok(Contents { bytes, hash, length: 0, size }));
        }
        let (patience, place) = (self.inner.backend.patience, &self.inner.name);
        let whole = collect(found.into_stream(), (size, keep), patience, (place, what));
        within(patience.transfer(size), place, what, whole).await?
    }
}

/// Collects a body, hashing what has arrived while the rest is on its way.
async fn collect(
    mut pieces: BoxStream<'_, object_store::Result<Bytes>>,
    (size, keep): (u64, bool),
    patience: Patience,
    (place, what): (&str, &str),
) -> Result<object_store::Result<Contents>, StoreError> {
    let mut hasher = blake3::Hasher::new();
    let (mut first, mut all, mut length) = (Bytes::new(), Vec::new(), 0);
    while length <= size {
        let piece = match within(patience.answer(), place, what, pieces.next()).await? {
            Some(Ok(piece)) => piece,
            Some(Err(error)) => return Ok(Err(error)),
            None => break,
        };
        hasher.update(&piece);
        length += piece.len() as u64;
        if !keep {
            continue;
        }
        if first.is_empty() {
            first = piece;
            continue;
        }
        if all.is_empty() {
            // `size` is bounded by the caller.
            all.reserve_exact(size as usize);
            all.extend_from_slice(&first);
        }
        all.extend_from_slice(&piece);
    }
    let bytes = if all.is_empty() { first } else { all.into() };
    Ok(Ok(Contents { bytes, hash: hasher.finalize(), length, size }))
}
