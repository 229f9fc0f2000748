//! Writing, and finding out what became of it.

use std::sync::Arc;

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload, path::Path};
use portreto_core::replica::{Key, StoreError, StoreErrorKind};

use super::{Objects, path};
use crate::{
    crash,
    store::{directory::Request, multipart, patience::within, remote::quick::Quick},
};

impl Objects {
    pub(super) async fn write(&self, name: &str, bytes: Bytes) -> Result<(), StoreError> {
        let Err(error) = self.write_once(name, &bytes).await else {
            self.unsynced(|names| names.remove(name));
            return Ok(());
        };
        if self.inner.backend.directory().is_some() {
            // A delete next door may have taken the directory away between its making and its use. A sync
            // that failed has left a file that may not last, even if it can be read: it is written anew.
            let again = match error.kind() {
                StoreErrorKind::NotFound | StoreErrorKind::Failed => {
                    self.write_once(name, &bytes).await
                }
                _ => Err(error),
            };
            let may_not_last = matches!(&again, Err(error)
                if matches!(error.kind(), StoreErrorKind::Failed | StoreErrorKind::Offline));
            self.unsynced(|names| {
                if may_not_last { names.insert(name.to_owned()) } else { names.remove(name) }
            });
            return again;
        }
        match error.kind() {
            StoreErrorKind::Offline | StoreErrorKind::Failed if self.has(name, &bytes).await => {
                tracing::debug!(place = %self.inner.name, name, %error, "written, but the answer was lost");
                Ok(())
            }
            _ => Err(error),
        }
    }

    async fn write_once(&self, name: &str, bytes: &Bytes) -> Result<(), StoreError> {
        if let Some(directory) = self.inner.backend.directory() {
            let limit = self.inner.backend.patience.call(bytes.len() as u64);
            return directory.put(limit, name, bytes.clone()).await;
        }
        let (store, prefix) = self.handle().await?;
        let path = path(prefix, name);
        let what = format!("writing {name}");
        let bucket = self.inner.backend.bucket();
        let in_parts = bucket.is_some_and(|bucket| bucket.takes_parts);
        crash::step();
        let written = if in_parts && bytes.len() >= multipart::FROM {
            let limit = self.inner.backend.patience.call(bytes.len() as u64);
            multipart::upload(store, &path, bytes, (limit, &self.inner.name, &what)).await?
        } else {
            self.write_whole(
                store,
                bucket.and_then(|bucket| bucket.quick.as_ref()),
                &path,
                bytes,
                &what,
            )
            .await?
        };
        crash::step();
        written.map_err(|error| self.failure(&what, &error))
    }

    async fn write_whole(
        &self,
        store: Arc<dyn ObjectStore>,
        quick: Option<&Quick>,
        path: &Path,
        bytes: &Bytes,
        what: &str,
    ) -> Result<object_store::Result<()>, StoreError> {
        let put = |store: Arc<dyn ObjectStore>| {
            let (path, payload) = (path.clone(), PutPayload::from_bytes(bytes.clone()));
            self.ask(bytes.len() as u64, what, async move {
                store.put(&path, payload).await.map(|_| ())
            })
        };
        let Some((quick, quickly)) = quick.and_then(|quick| Some((quick, quick.store()?))) else {
            return put(store).await;
        };
        match put(quickly).await? {
            Err(error) if Quick::is_unconfirmed(&error) => {
                let written = put(store).await?;
                if written.is_ok() {
                    tracing::debug!(place = %self.inner.name, %error, "each write is signed from now on");
                    quick.give_up();
                }
                Ok(written)
            }
            written => Ok(written),
        }
    }

    /// Whether these bytes are under `name`, as far as the store answers, in a bucket. What a bucket gives back it
    /// keeps: a write whose answer was lost is done.
    async fn has(&self, name: &str, bytes: &Bytes) -> bool {
        let what = format!("reading {name} back");
        let is_there = async {
            let size = self.ask_head(name, &what).await?.map(|found| found.size);
            if !size.is_ok_and(|size| size == bytes.len() as u64) {
                return Ok::<_, StoreError>(false);
            }
            let most = bytes.len() as u64;
            let whole = Request { name: name.to_owned(), most, keep: true };
            let there = self.arriving(&whole, &what).await?;
            Ok(there.is_ok_and(|there| there.bytes == *bytes))
        };
        // A server that is away has had its time.
        let limit = self.inner.backend.patience.transfer(bytes.len() as u64);
        matches!(within(limit, &self.inner.name, &what, is_there).await, Ok(Ok(true)))
    }

    /// Writes the marker where there is none. Two who found a store in the same bucket at once are told apart where
    /// the place can make an object only if there is none; whether it can is tried by making it twice.
    pub(super) async fn found_anew(&self, bytes: Bytes) -> Result<(), StoreError> {
        let name = Key::MARKER_PATH;
        let what = "founding it";
        let (store, prefix) = self.handle().await?;
        let path = path(prefix, name);
        let create = || {
            let (store, path) = (store.clone(), path.clone());
            let payload = PutPayload::from_bytes(bytes.clone());
            crash::step();
            self.ask(0, what, async move {
                store.put_opts(&path, payload, PutMode::Create.into()).await
            })
        };
        let lost = |answer: &Result<object_store::Result<_>, StoreError>| {
            answer.as_ref().map_or(true, Result::is_err)
        };
        let first = create().await;
        // `AlreadyExists` may be about our own, when the answer to it was lost.
        if lost(&first) && !self.has(name, &bytes).await {
            return match first? {
                Err(error @ object_store::Error::AlreadyExists { .. }) => {
                    let why = "another has made a store of it at the same time";
                    Err(self.failed(why).with_source(error))
                }
                // A directory makes a file only where there is none by a hard link, which FAT, exFAT and some
                // network file systems do not have.
                Err(_) if self.inner.backend.directory().is_some() => self.write(name, bytes).await,
                Err(object_store::Error::NotImplemented { .. }) => self.write(name, bytes).await,
                other => other.map(|_| ()).map_err(|error| self.failure(what, &error)),
            };
        }
        self.try_conditions(bytes).await;
        Ok(())
    }

    /// Finds out whether the service makes an object only where there is none: the marker, which is `bytes` and is there,
    /// must not be made again. Where it cannot be tried, nothing is known.
    pub(super) async fn try_conditions(&self, bytes: Bytes) {
        if self.inner.honors_conditions.get().is_some() {
            return;
        }
        let Ok((store, prefix)) = self.handle().await else { return };
        let path = path(prefix, Key::MARKER_PATH);
        let payload = PutPayload::from_bytes(bytes);
        crash::step();
        let create = async move { store.put_opts(&path, payload, PutMode::Create.into()).await };
        let honors = match self.ask(0, "founding it", create).await {
            Ok(Ok(_)) => false,
            Ok(Err(object_store::Error::AlreadyExists { .. })) => true,
            _ => return,
        };
        if !*self.inner.honors_conditions.get_or_init(|| honors) {
            tracing::warn!(
                place = %self.inner.name,
                "does not know conditional puts: two who make a store of it at the same time are not told apart"
            );
        }
    }
}
