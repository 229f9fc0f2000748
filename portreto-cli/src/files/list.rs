//! Lists of paths in a file or on stdin, read as they are used: they may be longer than memory.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::output::path_text;

/// A list that is open.
pub(crate) struct List {
    reader: Box<dyn BufRead + Send>,
    name: String,
    end: u8,
}

impl List {
    /// Opens a list of paths, one a line or each with a NUL behind it; `-` is stdin.
    pub(crate) fn open(list: &Path, nul: bool) -> Result<Self> {
        let name = path_text(list).into_owned();
        let reader: Box<dyn BufRead + Send> = if list == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            let file = File::open(list).with_context(|| format!("cannot read the list {name}"))?;
            Box::new(BufReader::new(file))
        };
        Ok(Self { reader, name, end: if nul { 0 } else { b'\n' } })
    }
}

impl Iterator for List {
    type Item = Result<PathBuf>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut line = Vec::new();
            let cannot = || format!("cannot read the list {}", self.name);
            match self.reader.read_until(self.end, &mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(error).with_context(cannot)),
            }
            if line.last() == Some(&self.end) {
                line.pop();
            }
            if self.end == b'\n' && line.last() == Some(&b'\r') {
                line.pop();
            }
            if !line.is_empty() {
                return Some(path_of(line).with_context(cannot));
            }
        }
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "the twin for other systems can fail")]
fn path_of(line: Vec<u8>) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Ok(std::ffi::OsString::from_vec(line).into())
}

#[cfg(not(unix))]
fn path_of(line: Vec<u8>) -> Result<PathBuf> {
    Ok(String::from_utf8(line).context("a path is not UTF-8")?.into())
}
