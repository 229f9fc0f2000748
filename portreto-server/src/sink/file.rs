//! A file of JSON Lines: the activity log.

use std::{
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use url::Url;

use super::{Failure, Letter, Sink, SinkError};

/// Appends to a file, which is opened anew each time, so that it may be moved away meanwhile.
pub(super) struct Lines {
    path: PathBuf,
}

impl Lines {
    pub(super) fn new(name: &str, url: &Url) -> Result<Self, SinkError> {
        let path = url.to_file_path().map_err(|()| {
            SinkError::new(format!(
                "sinks.{name}.url: {url} is no file: file:///the/whole/path.jsonl"
            ))
        })?;
        Ok(Self { path })
    }
}

#[async_trait]
impl Sink for Lines {
    async fn deliver(&mut self, letters: &[Letter]) -> (usize, Option<Failure>) {
        let mut lines = Vec::new();
        for letter in letters {
            lines.extend_from_slice(letter.json.to_string().as_bytes());
            lines.push(b'\n');
        }
        let path = self.path.clone();
        let written = tokio::task::spawn_blocking(move || append(&path, &lines)).await;
        match written {
            Ok(Ok(())) => (letters.len(), None),
            Ok(Err(error)) => (0, Some(Failure::Away(format!("{}: {error}", self.path.display())))),
            Err(error) => (0, Some(Failure::Away(error.to_string()))),
        }
    }
}

/// Durable when it returns. What a failure has left of a line is ended, so that the next one can be read.
fn append(path: &Path, lines: &[u8]) -> io::Result<()> {
    let mut file = File::options().append(true).create(true).open(path)?;
    let before = file.metadata()?.len();
    let written = file.write_all(lines).and_then(|()| file.sync_data());
    if written.is_err() {
        let _ = file.set_len(before);
    }
    written
}
