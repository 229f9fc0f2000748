//! A file appears whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use anyhow::{Context, Result};

use crate::output::{hinted, path_text};

/// What may happen to a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays. If it has other bytes than the new one, that is an error.
    Keep,
    /// The new one takes its place.
    Replace,
}

/// Writes `bytes` to `path` by way of a temporary file beside it. Tells whether anything was written:
/// a file that has these bytes already is left alone.
///
/// # Errors
///
/// When another file is there and `existing` keeps it, and when the disk does not take the bytes.
pub(crate) fn write(path: &Path, bytes: &[u8], existing: Existing) -> Result<bool> {
    if has_bytes(path, bytes) {
        return Ok(false);
    }
    let cannot = || format!("cannot write {}", path_text(path));
    let differs = || format!("another file is in the way at {}", path_text(path));
    if existing == Existing::Keep && fs::symlink_metadata(path).is_ok() {
        return Err(hinted(anyhow::anyhow!(differs()), FORCE));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".portreto-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut file = builder.tempfile_in(directory.unwrap_or(Path::new("."))).with_context(cannot)?;
    file.write_all(bytes).with_context(cannot)?;
    let result = match existing {
        Existing::Keep => file.persist_noclobber(path),
        Existing::Replace => file.persist(path),
    };
    match result {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(hinted(anyhow::Error::from(error.error).context(differs()), FORCE))
        }
        Err(error) => Err(error.error).with_context(cannot),
    }
}

/// Makes a directory and those above it, if they are not there.
pub(crate) fn make_directory(path: &Path) -> Result<()> {
    if path.as_os_str().is_empty() {
        return Ok(());
    }
    fs::create_dir_all(path)
        .with_context(|| format!("cannot make the directory {}", path_text(path)))
}

const FORCE: &str = "--force overwrites";

fn has_bytes(path: &Path, bytes: &[u8]) -> bool {
    let same = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.len() != bytes.len() as u64 {
            return Ok(false);
        }
        let mut chunk = vec![0; 1 << 16];
        let mut rest = bytes;
        while !rest.is_empty() {
            let n = file.read(&mut chunk)?;
            if n == 0 || !rest.starts_with(&chunk[..n]) {
                return Ok(false);
            }
            rest = &rest[n..];
        }
        Ok(true)
    };
    same().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_only_when_asked() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        assert!(write(&path, b"one", Existing::Keep).unwrap());
        assert!(!write(&path, b"one", Existing::Keep).unwrap(), "it is there already");
        assert!(write(&path, b"two", Existing::Keep).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert!(write(&path, b"two", Existing::Replace).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left over");
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_as_readable_as_any_other() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("plain"), b"").unwrap();
        write(&directory.path().join("ours"), b"", Existing::Keep).unwrap();
        let mode = |name| fs::metadata(directory.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode("ours"), mode("plain"));
    }
}
