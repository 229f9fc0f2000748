//! What the system has in memory of a disk.

use std::{fs::File, path::Path};

use rustix::fs::{Advice, fadvise};
use walkdir::WalkDir;

use crate::Result;

/// Puts the contents of all files below `path` out of memory: the next who reads them reads the disk. Names and
/// sizes stay known.
pub(crate) fn forget(path: &Path) -> Result<()> {
    for entry in WalkDir::new(path) {
        let entry = entry?;
        if entry.file_type().is_file() {
            let file = File::open(entry.path())?;
            // What is not on the disk yet would stay.
            file.sync_all()?;
            fadvise(&file, 0, None, Advice::DontNeed)?;
        }
    }
    Ok(())
}
