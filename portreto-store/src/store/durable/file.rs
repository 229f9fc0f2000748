//! One file.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::Durable;
use crate::crash;

/// A file that has its bytes and not yet its name.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) path: PathBuf,
    staging: PathBuf,
    pub(super) bytes: u64,
}

impl Durable {
    /// Writes one file, with syncs of its own.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        crash::step();
        let (staged, file) = self.stage(name, bytes)?;
        let synced = sync(&file);
        drop(file);
        crash::step();
        if let Err(error) = synced {
            staged.discard();
            return Err(error);
        }
        staged.publish()?;
        crash::step();
        let directory = self.directory_of(&staged.path);
        sync_directory(directory)?;
        self.sync_names(directory)?;
        crash::step();
        Ok(())
    }

    /// Writes the bytes to a staging file, `PATH#N`, and makes the directories it needs. Nothing is synced.
    pub(super) fn stage(&self, name: &str, bytes: &[u8]) -> io::Result<(Staged, File)> {
        let path = self.root.join(name);
        let (mut file, staging) = self.create(&path)?;
        let staged = Staged { path, staging, bytes: bytes.len() as u64 };
        match file.write_all(bytes) {
            Ok(()) => Ok((staged, file)),
            Err(error) => {
                staged.discard();
                Err(error)
            }
        }
    }

    fn create(&self, path: &Path) -> io::Result<(File, PathBuf)> {
        let mut number = 1_u32;
        loop {
            let mut staging = path.as_os_str().to_owned();
            staging.push(format!("#{number}"));
            let staging = PathBuf::from(staging);
            match File::options().write(true).create_new(true).open(&staging) {
                Ok(file) => return Ok((file, staging)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                // Not made yet, or removed by a delete next door that left it empty.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.make(self.directory_of(path))?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes a directory below the root, which itself is never made.
    fn make(&self, directory: &Path) -> io::Result<()> {
        if directory == self.root {
            return Err(io::ErrorKind::NotFound.into());
        }
        match fs::create_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make(self.directory_of(directory))?;
                self.make(directory)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => {
                made?;
                self.made().insert(directory.to_owned());
                Ok(())
            }
        }
    }

    /// Makes the names of all directories down to this one durable that were made here.
    fn sync_names(&self, directory: &Path) -> io::Result<()> {
        for made in directory.ancestors().take_while(|ancestor| *ancestor != self.root) {
            if self.made().contains(made) {
                sync_directory(self.directory_of(made))?;
                self.made().remove(made);
            }
        }
        Ok(())
    }
}

impl Staged {
    /// Gives the file its name.
    pub(super) fn publish(&self) -> io::Result<()> {
        fs::rename(&self.staging, &self.path).inspect_err(|_| self.discard())
    }

    /// Removes the staging file. One that stays is swept by `repair`.
    pub(super) fn discard(&self) {
        let _ = fs::remove_file(&self.staging);
    }
}

/// Elsewhere than on Unix a directory cannot be synced, and need not be.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { sync(&File::open(path)?) } else { Ok(()) }
}

fn sync(file: &File) -> io::Result<()> {
    if crash::syncs() { file.sync_all() } else { Ok(()) }
}
