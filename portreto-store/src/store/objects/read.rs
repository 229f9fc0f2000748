//! Reading: as long as bytes arrive, and no more of them than there may be.

use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use object_store::ObjectStoreExt;
use portreto_core::{
    Digest,
    replica::{Key, StoreError, StoreErrorKind},
};

use super::{Objects, path};
use crate::{
    envelope::MAX_ENVELOPE_BYTES,
    replicas::Reason,
    store::{
        Seen,
        directory::{Contents, Directory, Request},
        patience::{Patience, within},
    },
};

/// The largest blob that is read back, in bytes. A file that something else blew up must not take all
/// memory before its digest can be found wrong.
const MAX_BLOB_BYTES: u64 = 2 << 30;

impl Objects {
    /// What is under `key`, hashed on the way; kept if `keep` says so.
    pub(super) async fn contents(&self, key: &Key, keep: bool) -> Result<Contents, StoreError> {
        let request = request(key, keep);
        let what = format!("reading {}", request.name);
        let patience = self.inner.backend.patience;
        let read = match self.inner.backend.directory() {
            Some(directory) => {
                directory.read(vec![request.clone()], patience, &what).await?.remove(0)
            }
            None => self.arriving(&request, &what).await?,
        };
        self.whole(key, &request, read).await
    }

    /// The same for many keys of a directory, one after the other, without the bytes of blobs.
    pub(super) async fn look_at_files(
        &self,
        directory: &Directory,
        keys: &[Key],
    ) -> Vec<Result<Seen, StoreError>> {
        let keeps = |key: &Key| !matches!(key, Key::Blob(_));
        let requests: Vec<Request> = keys.iter().map(|key| request(key, keeps(key))).collect();
        let (patience, what) = (self.inner.backend.patience, "reading what is to be checked");
        let read = match directory.read(requests.clone(), patience, what).await {
            Ok(read) => read,
            Err(error) => {
                let reason = Reason(&error).to_string();
                let each = || Err(StoreError::new(error.kind(), reason.as_str()));
                return keys.iter().map(|_| each()).collect();
            }
        };
        let mut seen = Vec::with_capacity(keys.len());
        for ((key, request), read) in keys.iter().zip(&requests).zip(read) {
            seen.push(self.whole(key, request, read).await.map(|contents| seen_in(key, contents)));
        }
        seen
    }

    /// What was read, if it is an object in full and no larger than it can be.
    async fn whole(
        &self,
        key: &Key,
        Request { name, most, .. }: &Request,
        read: object_store::Result<Contents>,
    ) -> Result<Contents, StoreError> {
        let contents = match read {
            Ok(contents) => contents,
            Err(error) => {
                return Err(self.unanswered(&format!("reading {name}"), key, error).await);
            }
        };
        let Contents { length, size, .. } = contents;
        if size > *most {
            let why = format!("{name} has {size} bytes, more than the {most} that it can have");
            return Err(self.failed(&why));
        }
        if length < size {
            return Err(StoreError::new(
                StoreErrorKind::Offline,
                format!(
                    "{} broke off when reading {name}, after {length} of {size} bytes",
                    self.inner.name
                ),
            ));
        }
        if length > size {
            let why = format!("{name} has more bytes than the {size} that were announced");
            return Err(self.failed(&why));
        }
        Ok(contents)
    }

    /// The same from a bucket, as long as pieces of the body arrive.
    pub(super) async fn arriving(
        &self,
        Request { name, most, keep }: &Request,
        what: &str,
    ) -> Result<object_store::Result<Contents>, StoreError> {
        let (store, prefix) = self.handle().await?;
        let path = path(prefix, name);
        let found = match self.ask(0, what, async move { store.get(&path).await }).await? {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        let size = found.meta.size;
        if size > *most {
            let (bytes, hash) = (Bytes::new(), blake3::hash(&[]));
            return Ok(Ok(Contents { bytes, hash, length: 0, size }));
        }
        let (patience, place) = (self.inner.backend.patience, &self.inner.name);
        let whole = collect(found.into_stream(), (size, *keep), patience, (place, what));
        within(patience.transfer(size), place, what, whole).await?
    }
}

fn request(key: &Key, keep: bool) -> Request {
    let most = match key {
        Key::Blob(_) | Key::SetAside { .. } => MAX_BLOB_BYTES,
        _ => MAX_ENVELOPE_BYTES as u64,
    };
    Request { name: key.to_string(), most, keep }
}

/// What was found under a key, as far as it was kept.
pub(super) fn seen_in(key: &Key, Contents { bytes, hash, length, .. }: Contents) -> Seen {
    let digest = Digest::from_bytes(*hash.as_bytes());
    Seen { length, ..Seen::new(key, bytes, digest) }
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
