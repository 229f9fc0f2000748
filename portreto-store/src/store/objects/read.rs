//! Reading: as long as bytes arrive, and no more of them than there may be.

use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use object_store::ObjectStoreExt;
use portreto_core::replica::{StoreError, StoreErrorKind};

use super::{Objects, path};
use crate::store::patience::{Patience, within};

impl Objects {
    /// All bytes of an object that is no larger than `most`.
    pub(super) async fn read(
        &self,
        name: &str,
        what: &str,
        most: u64,
    ) -> Result<object_store::Result<Bytes>, StoreError> {
        let (store, prefix) = self.handle().await?;
        let path = path(prefix, name);
        let found = match self.ask(0, what, async move { store.get(&path).await }).await? {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        let size = found.meta.size;
        if size > most {
            let why = format!("{name} has {size} bytes, more than the {most} that it can have");
            return Err(self.failed(&why));
        }
        let read = if self.inner.backend.directory().is_some() {
            // One system call; and the file's own length is what counts.
            self.ask(size, what, found.bytes()).await?
        } else {
            let pieces = found.into_stream();
            arriving(pieces, size, self.inner.backend.patience, (&self.inner.name, what)).await?
        };
        match read {
            Ok(bytes) if (bytes.len() as u64) < size => Err(StoreError::new(
                StoreErrorKind::Offline,
                format!(
                    "{} broke off when {what}, after {} of {size} bytes",
                    self.inner.name,
                    bytes.len()
                ),
            )),
            Ok(bytes) if bytes.len() as u64 > size => {
                Err(self
                    .failed(&format!("{name} has more bytes than the {size} that were announced")))
            }
            other => Ok(other),
        }
    }
}

/// Collects a body as long as pieces of it arrive.
async fn arriving(
    mut pieces: BoxStream<'_, object_store::Result<Bytes>>,
    size: u64,
    patience: Patience,
    (place, what): (&str, &str),
) -> Result<object_store::Result<Bytes>, StoreError> {
    let whole = async {
        let mut first = Bytes::new();
        let mut all = Vec::new();
        loop {
            match within(patience.answer(), place, what, pieces.next()).await? {
                Some(Ok(piece)) if first.is_empty() => first = piece,
                Some(Ok(piece)) => {
                    if all.is_empty() {
                        // `size` is bounded by the caller.
                        all.reserve_exact(size as usize);
                        all.extend_from_slice(&first);
                    }
                    all.extend_from_slice(&piece);
                    if all.len() as u64 > size {
                        return Ok(Ok(all.into()));
                    }
                }
                Some(Err(error)) => return Ok(Err(error)),
                None if all.is_empty() => return Ok(Ok(first)),
                None => return Ok(Ok(all.into())),
            }
        }
    };
    within(patience.transfer(size), place, what, whole).await?
}
