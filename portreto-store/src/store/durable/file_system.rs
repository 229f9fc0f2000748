//! What is known of a file system, and one sync for everything that was written to it.
//!
//! `syncfs` writes everything that anybody has written to the file system. With many small files that is far cheaper
//! than a sync for each: entries of files and directories that lie in one block are written once, and the disk is
//! told once to empty its cache. It reports errors of writing since Linux 5.8 (man 2 syncfs), and is only trusted
//! where it is known to do what it says: file systems in user space or on a network may do nothing.

#[cfg(target_os = "linux")]
pub(super) use self::linux::{known, sync, unwritten_bytes};
#[cfg(not(target_os = "linux"))]
pub(super) use self::others::{known, sync, unwritten_bytes};

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs::{self, File},
        io,
        os::unix::fs::MetadataExt,
    };

    use rustix::fs::{fstatfs, syncfs};

    /// ext2 to ext4, XFS, Btrfs, F2FS and tmpfs, by their numbers in `linux/magic.h`.
    const KNOWN: [u64; 5] = [0xEF53, 0x5846_5342, 0x9123_683E, 0xF2F5_2010, 0x0102_1994];

    /// The number of the file system that a directory is on, if it is of a kind that can be trusted.
    pub(crate) fn known(directory: &File) -> Option<u64> {
        // The type of the field differs between machines, and the numbers have 32 bits.
        let kind = fstatfs(directory).ok()?.f_type as u64 & 0xFFFF_FFFF;
        KNOWN.contains(&kind).then(|| directory.metadata().ok()).flatten().map(|found| found.dev())
    }

    /// What waits in memory to be written to any disk.
    pub(crate) fn unwritten_bytes() -> Option<u64> {
        let text = fs::read_to_string("/proc/meminfo").ok()?;
        let kib = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
        };
        Some((kib("Dirty:")? + kib("Writeback:")?) * 1024)
    }

    /// Everything that was written before is durable when this returns.
    pub(crate) fn sync(directory: &File) -> io::Result<()> {
        syncfs(directory)?;
        // The last that `syncfs` does is to write what describes the files. On file systems without a journal the
        // disk is not told to empty its cache after that; the sync of a directory does it.
        directory.sync_all()
    }
}

#[cfg(not(target_os = "linux"))]
mod others {
    use std::{fs::File, io};

    pub(crate) fn known(_: &File) -> Option<u64> {
        None
    }

    pub(crate) fn unwritten_bytes() -> Option<u64> {
        None
    }

    pub(crate) fn sync(_: &File) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
