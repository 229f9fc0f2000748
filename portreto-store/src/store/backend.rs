//! What a place is made of: an `object_store` and where in it.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use object_store::{ObjectStore, memory::InMemory, path::Path};
use portreto_core::replica::StoreError;
use url::Url;

use super::{directory::Directory, location, remote};

#[derive(Debug)]
pub(super) enum Backend {
    /// A local directory, which may be missing.
    Directory(Directory),
    /// Anything else, under a prefix.
    Bucket(Arc<dyn ObjectStore>, Path),
}

/// `memory:NAME` within this process: what a test or a trial keeps, nothing else depends on it.
static NAMED: LazyLock<Mutex<HashMap<String, Arc<InMemory>>>> = LazyLock::new(Mutex::default);

impl Backend {
    pub(super) fn open(url: &Url) -> Result<Self, StoreError> {
        if let Some(path) = location::directory(url) {
            return Ok(Self::Directory(Directory::new(path)));
        }
        if url.scheme() == "memory" {
            let memory = match url.path().trim_matches('/') {
                "" => Arc::default(),
                name => {
                    let mut named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
                    named.entry(name.to_owned()).or_default().clone()
                }
            };
            return Ok(Self::Bucket(memory, Path::default()));
        }
        let (store, prefix) = remote::open(url)?;
        Ok(Self::Bucket(store, prefix))
    }

    /// The object store and the prefix of everything in it.
    ///
    /// # Errors
    ///
    /// Offline when the directory is missing.
    pub(super) fn handle(&self) -> Result<(Arc<dyn ObjectStore>, &Path), StoreError> {
        static ROOT: LazyLock<Path> = LazyLock::new(Path::default);
        match self {
            Self::Directory(directory) => Ok((directory.files()?, &ROOT)),
            Self::Bucket(store, prefix) => Ok((store.clone(), prefix)),
        }
    }

    pub(super) fn directory(&self) -> Option<&Directory> {
        match self {
            Self::Directory(directory) => Some(directory),
            Self::Bucket(..) => None,
        }
    }
}
