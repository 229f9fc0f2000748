//! Files that were found kept: a run with nothing to do reads none of them again.
//!
//! What is trusted, exactly: that a file whose device, inode, length and times (of its content and of its
//! entry, in nanoseconds) are those it had when it was read has the same bytes; and that stores keep what
//! they acknowledged. Not trusted: anything once the set of stores has changed or one of them is away, an
//! image that was deleted, an original that `scrub` or `repair` found lost, and a file that was changed so
//! shortly before it was read that its times would not tell (the caller leaves those out).

use portreto_core::{Digest, replica::StoreId};

use super::Portreto;
use crate::{
    error::Result,
    image::{Image, ImageId},
};

/// What a file system says of a file, and where the file is; hashes of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    pub(crate) place: [u8; 16],
    pub(crate) stamp: [u8; 16],
}

impl FileState {
    /// The file `name` in `directory`, of which the file system says `facts`: all that changes with its
    /// content, in an order of the caller's.
    #[must_use]
    pub fn new(directory: &[u8], name: &[u8], facts: &[u64]) -> Self {
        // The directory's hash first: files of one directory are neighbors in the catalog.
        let mut place = [0; 16];
        place[..8].copy_from_slice(&Digest::of(directory).as_bytes()[..8]);
        place[8..].copy_from_slice(&Digest::of(name).as_bytes()[..8]);
        let facts: Vec<u8> = facts.iter().flat_map(|fact| fact.to_le_bytes()).collect();
        let mut stamp = [0; 16];
        stamp.copy_from_slice(&Digest::of(&facts).as_bytes()[..16]);
        Self { place, stamp }
    }
}

impl Portreto {
    /// The images that these files were found to be, and still are as far as can be told without reading
    /// them; none for the others, and for all while a store is away.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn known_files(&self, files: &[FileState]) -> Result<Vec<Option<Image>>> {
        match self.present_stores() {
            Some(stores) => self.inner.catalog.images_of_files(files, &stores).await,
            None => Ok(vec![None; files.len()]),
        }
    }

    /// Remembers that these files, in this state, are these images, which were acknowledged.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn remember_files(&self, files: &[(FileState, ImageId)]) -> Result<()> {
        match self.present_stores() {
            Some(stores) if !files.is_empty() => self.inner.catalog.put_files(files, &stores).await,
            _ => Ok(()),
        }
    }

    /// What says which stores there are and what they are for; none while one of them is away.
    fn present_stores(&self) -> Option<[u8; 16]> {
        let mut text = String::new();
        let mut stores: Vec<(StoreId, String)> = Vec::new();
        for attached in self.inner.replicas.stores() {
            if attached.away.is_some() {
                return None;
            }
            let entry = attached.entry;
            stores.push((entry.id, format!("{} {}\n", entry.uuid, entry.state.as_str())));
        }
        stores.sort();
        text.extend(stores.into_iter().map(|(_, line)| line));
        let mut hash = [0; 16];
        hash.copy_from_slice(&Digest::of(text.as_bytes()).as_bytes()[..16]);
        Some(hash)
    }
}
