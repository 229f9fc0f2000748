//! What became of one file, and of all.

use std::path::PathBuf;

use portreto_core::Format;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::plan::Job;
use crate::output::{Talk, path_text};

/// What became of one file.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) input: PathBuf,
    /// Where the result is, or would be.
    pub(super) output: Option<PathBuf>,
    /// The input's length, bytes; 0 behind the first of several results of one input.
    pub(super) bytes: u64,
    pub(super) became: Became,
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Became {
    Written(Made),
    /// The same bytes were there.
    AlreadyThere(Made),
    WouldWrite,
    Skipped(&'static str),
    Failed(String),
}

/// What a result is like.
#[derive(Debug, Serialize)]
pub(super) struct Made {
    pub(super) format: Format,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Length of the result.
    pub(super) bytes: usize,
}

impl Outcome {
    /// What a job would become: an outcome for each of its results. The first has the input's length, so that the sum is right.
    pub(super) fn planned(job: Job) -> impl Iterator<Item = Self> {
        let lengths = std::iter::once(job.bytes).chain(std::iter::repeat(0));
        job.outputs.into_iter().zip(lengths).map(move |(output, bytes)| {
            let input = job.input.clone();
            Self { input, output: Some(output), bytes, became: Became::WouldWrite }
        })
    }

    /// One word, the same in every output.
    pub(super) fn status(&self) -> &'static str {
        match self.became {
            Became::Written(_) => "written",
            Became::AlreadyThere(_) => "already-there",
            Became::WouldWrite => "would-write",
            Became::Skipped(_) => "skipped",
            Became::Failed(_) => "failed",
        }
    }
}

/// One file as scripts read it.
#[derive(Serialize)]
struct Line<'a> {
    input: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    status: &'static str,
    #[serde(flatten)]
    made: Option<&'a Made>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (made, error) = match &self.became {
            Became::Written(made) | Became::AlreadyThere(made) => (Some(made), None),
            Became::WouldWrite => (None, None),
            Became::Skipped(why) => (None, Some(*why)),
            Became::Failed(why) => (None, Some(why.as_str())),
        };
        Line {
            input: &path_text(&self.input),
            output: self.output.as_deref().map(path_text).as_deref(),
            status: self.status(),
            made,
            error,
        }
        .serialize(serializer)
    }
}

/// What became of all.
#[derive(Debug, Default)]
pub(super) struct Summary {
    written: usize,
    already_there: usize,
    skipped: usize,
    pub(super) failed: usize,
}

impl Summary {
    pub(super) fn add(&mut self, outcome: &Outcome) {
        *match outcome.became {
            Became::Written(_) | Became::WouldWrite => &mut self.written,
            Became::AlreadyThere(_) => &mut self.already_there,
            Became::Skipped(_) => &mut self.skipped,
            Became::Failed(_) => &mut self.failed,
        } += 1;
    }

    /// Says it to the person at the terminal.
    pub(super) fn tell(&self, talk: &Talk, dry_run: bool) {
        let Self { written, already_there, skipped, failed } = self;
        let verb = if dry_run { "to be written" } else { "written" };
        talk.note(format!(
            "{written} {verb}, {already_there} already there, {skipped} skipped, {failed} failed"
        ));
    }
}

impl Serialize for Summary {
    /// `{"summary": {…}}`, unlike the object of any file.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Counts {
            written: usize,
            already_there: usize,
            skipped: usize,
            failed: usize,
        }
        let Self { written, already_there, skipped, failed } = *self;
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("summary", &Counts { written, already_there, skipped, failed })?;
        map.end()
    }
}
