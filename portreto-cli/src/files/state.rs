//! What the file system says of a file, to tell whether it has changed.

use std::{fs::Metadata, path::Path};

use jiff::{SignedDuration, Timestamp};
use portreto_store::FileState;

/// A file whose times are nearer to the moment when it was read may be changed once more without another
/// time: file systems count in steps, of up to two seconds on FAT. (Git calls such entries racily clean.)
const STEP: SignedDuration = SignedDuration::from_secs(2);

/// The state of the file at `path`; none when there is no absolute path for it.
pub(crate) fn state(path: &Path, metadata: &Metadata) -> Option<FileState> {
    let path = std::path::absolute(path).ok()?;
    let directory = path.parent()?.as_os_str().as_encoded_bytes();
    Some(FileState::new(directory, path.file_name()?.as_encoded_bytes(), &facts(metadata)))
}

/// When a file last changed in any way, nanoseconds since 1970.
pub(crate) fn changed(metadata: &Metadata) -> i128 {
    times(metadata).into_iter().max().unwrap_or(i128::MAX)
}

/// Whether a file with this metadata that was read at `moment` can be told from any later version of it.
pub(crate) fn is_settled(metadata: &Metadata, moment: Timestamp) -> bool {
    let before = moment.as_nanosecond() - STEP.as_nanos();
    times(metadata).into_iter().all(|nanoseconds| nanoseconds < before)
}

#[cfg(unix)]
fn facts(metadata: &Metadata) -> [u64; 5] {
    use std::os::unix::fs::MetadataExt;
    let [modified, changed] = times(metadata);
    [metadata.dev(), metadata.ino(), metadata.len(), modified as u64, changed as u64]
}

/// When content and entry last changed, nanoseconds since 1970. Programs can set the first one as they like
/// and cannot set the second.
#[cfg(unix)]
fn times(metadata: &Metadata) -> [i128; 2] {
    use std::os::unix::fs::MetadataExt;
    let nanoseconds =
        |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
    [
        nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
    ]
}

#[cfg(not(unix))]
fn facts(metadata: &Metadata) -> [u64; 3] {
    let [modified, created] = times(metadata);
    [metadata.len(), modified as u64, created as u64]
}

#[cfg(not(unix))]
fn times(metadata: &Metadata) -> [i128; 2] {
    [metadata.modified(), metadata.created()].map(|time| {
        let since = time.ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        since.map_or(i128::MAX, |since| since.as_nanos() as i128)
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_change_shows() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        let now = || state(&path, &fs::metadata(&path).unwrap()).unwrap();
        fs::write(&path, b"one").unwrap();
        let first = now();
        assert_eq!(now(), first);
        let metadata = fs::metadata(&path).unwrap();
        assert_ne!(state(&directory.path().join("b"), &metadata).unwrap(), first, "another place");
        // Times come in steps; wait for the next one.
        let modified = metadata.modified().unwrap();
        let changed = loop {
            fs::write(&path, b"two").unwrap();
            if fs::metadata(&path).unwrap().modified().unwrap() != modified {
                break now();
            }
        };
        assert_ne!(changed, first);
        // The time of the content set back, as a copying program may do.
        fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), modified);
        if cfg!(unix) {
            assert_ne!(now(), first);
        }
        fs::write(&path, b"three").unwrap();
        assert_ne!(now(), first);
    }

    #[test]
    fn what_changed_just_now_is_not_settled() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, b"x").unwrap();
        let metadata = fs::metadata(&path).unwrap();
        let now = Timestamp::try_from(metadata.modified().unwrap()).unwrap();
        assert!(!is_settled(&metadata, now));
        assert!(!is_settled(&metadata, now + STEP / 2));
        assert!(is_settled(&metadata, now + STEP * 2));
        assert!(!is_settled(&metadata, Timestamp::UNIX_EPOCH), "a clock that went back");
    }
}
