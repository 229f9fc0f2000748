//! What a place is made of: an `object_store`, where in it, and how its calls are waited for.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use object_store::{ObjectStore, memory::InMemory, path::Path, signer::Signer};
use portreto_core::replica::StoreError;
use url::Url;

use super::{
    Wiring,
    directory::Directory,
    location,
    patience::{Patience, within},
    remote::{self, quick::Quick},
};

#[derive(Debug)]
pub(super) struct Backend {
    kind: Kind,
    pub(super) patience: Patience,
}

#[derive(Debug)]
enum Kind {
    /// A local directory, which may be missing.
    Directory(Directory),
    /// Anything else, under a prefix.
    Bucket(Bucket),
}

/// A bucket, or memory.
#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) store: Arc<dyn ObjectStore>,
    /// What small objects are written with first, where there is such.
    pub(super) quick: Option<Quick>,
    pub(super) prefix: Path,
    /// Makes URLs that need no credentials, where the service has such.
    pub(super) signer: Option<Arc<dyn Signer>>,
    /// Whether large objects go there in parts.
    pub(super) takes_parts: bool,
    /// Whether the service knows puts that only make what is not there.
    pub(super) creates: bool,
}

/// `memory:NAME` within this process: what a test or a trial keeps, nothing else depends on it.
static NAMED: LazyLock<Mutex<HashMap<String, Arc<InMemory>>>> = LazyLock::new(Mutex::default);

impl Backend {
    pub(super) fn open(url: &Url, wiring: &Wiring) -> Result<Self, StoreError> {
        let patience = |usual: Patience| match wiring.answer {
            Some(answer) => usual.with_answer(answer),
            None => usual,
        };
        if let Some(path) = location::directory(url) {
            let directory = Directory::new(path);
            let kind = Kind::Directory(directory);
            return Ok(Self { kind, patience: patience(Patience::DIRECTORY) });
        }
        let usual = patience(Patience::BUCKET);
        let (bucket, patience) = if url.scheme() == "memory" {
            let memory = match url.path().trim_matches('/') {
                "" => Arc::default(),
                name => {
                    let mut named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
                    named.entry(name.to_owned()).or_default().clone()
                }
            };
            let (prefix, signer) = (Path::default(), None);
            let (takes_parts, creates) = (false, true);
            (Bucket { store: memory, quick: None, prefix, signer, takes_parts, creates }, usual)
        } else {
            remote::open(url, wiring, usual)?
        };
        Ok(Self { kind: Kind::Bucket(bucket), patience })
    }

    /// The object store and the prefix of everything in it.
    ///
    /// # Errors
    ///
    /// Offline when the directory is missing, or does not say so in time.
    pub(super) async fn handle(&self) -> Result<(Arc<dyn ObjectStore>, &Path), StoreError> {
        static ROOT: LazyLock<Path> = LazyLock::new(Path::default);
        match &self.kind {
            Kind::Directory(directory) => Ok((directory.files(self.patience).await?, &ROOT)),
            Kind::Bucket(bucket) => Ok((bucket.store.clone(), &bucket.prefix)),
        }
    }

    pub(super) fn directory(&self) -> Option<&Directory> {
        match &self.kind {
            Kind::Directory(directory) => Some(directory),
            Kind::Bucket(_) => None,
        }
    }

    pub(super) fn bucket(&self) -> Option<&Bucket> {
        match &self.kind {
            Kind::Directory(_) => None,
            Kind::Bucket(bucket) => Some(bucket),
        }
    }

    /// Waits for `work` no longer than `limit`. A directory's goes on when nobody waits any more, because nothing
    /// can stop it; see [`super::lanes::Lanes`].
    ///
    /// # Errors
    ///
    /// Offline when there is no answer by then.
    pub(super) async fn wait<T: Send + 'static>(
        &self,
        limit: Duration,
        place: &str,
        what: &str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.kind {
            Kind::Directory(directory) => directory.lanes().run(limit, place, what, work).await,
            Kind::Bucket(_) => within(limit, place, what, work).await,
        }
    }
}
