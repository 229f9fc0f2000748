//! Listing a folder of a few files in one go.

use std::{
    io,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use portreto_core::replica::Key;
use walkdir::WalkDir;

/// The files below `folder` of the store at `root`, by their paths there, with their lengths in bytes; none when the store
/// has no marker, since that is no empty one. Half-written files are left out. `n_seen` counts along.
pub(super) fn list(
    root: &Path,
    folder: &str,
    n_seen: &AtomicU64,
) -> io::Result<Option<Vec<(String, u64)>>> {
    match root.join(Key::MARKER_PATH).metadata() {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut files = Vec::new();
    for entry in WalkDir::new(root.join(folder)).min_depth(1).follow_links(true) {
        n_seen.fetch_add(1, Ordering::Relaxed);
        let found = entry.and_then(|entry| Ok((entry.metadata()?, entry)));
        let (metadata, entry) = match found {
            Ok(found) => found,
            // Files come and go while a store is in use; a link may lead nowhere.
            Err(error) if super::gone(&error) => continue,
            Err(error) => return Err(error.into()),
        };
        if !metadata.is_file() || is_half_written(&entry.file_name().to_string_lossy()) {
            continue;
        }
        if let Ok(path) = entry.path().strip_prefix(root) {
            // What is no Unicode is none of ours.
            let parts = path.iter().map(|part| part.to_string_lossy());
            files.push((parts.collect::<Vec<_>>().join("/"), metadata.len()));
        }
    }
    Ok(Some(files))
}

/// Whether `object_store` may be writing it, under a name that it hides from its own listings: `NAME#1`.
fn is_half_written(name: &str) -> bool {
    name.split_once('#').is_some_and(|(_, number)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, sync::Arc};

    use futures::TryStreamExt;
    use object_store::{ObjectStore, local::LocalFileSystem};

    use super::*;

    #[tokio::test]
    async fn it_lists_what_object_store_does() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let n_seen = AtomicU64::new(0);
        assert!(list(&root, "blobs/aa", &n_seen).unwrap().is_none(), "there is no marker");
        fs::write(root.join(Key::MARKER_PATH), "{}").unwrap();
        assert_eq!(list(&root, "blobs/aa", &n_seen).unwrap(), Some(Vec::new()));
        fs::create_dir_all(root.join("blobs/aa/deep/deeper")).unwrap();
        fs::create_dir_all(root.join("blobs/aab")).unwrap();
        for name in ["aa/one", "aa/one#1", "aa/one#x", "aa/deep/two", "aa/deep/deeper/3", "aab/no"]
        {
            fs::write(root.join("blobs").join(name), name).unwrap();
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/nowhere", root.join("blobs/aa/astray")).unwrap();
            std::os::unix::fs::symlink(root.join("blobs/aa/one"), root.join("blobs/aa/link"))
                .unwrap();
        }
        let store = Arc::new(LocalFileSystem::new_with_prefix(&root).unwrap());
        let theirs: Vec<_> = store.list(Some(&"blobs/aa".into())).try_collect().await.unwrap();
        let name = |path: &object_store::path::Path| path.as_ref().replace("%23", "#");
        let theirs: BTreeSet<_> = theirs.iter().map(|o| (name(&o.location), o.size)).collect();
        let ours = list(&root, "blobs/aa", &n_seen).unwrap().unwrap();
        assert_eq!(ours.into_iter().collect::<BTreeSet<_>>(), theirs);
        assert!(theirs.len() >= 4 && n_seen.into_inner() > 5);
    }
}
