//! What became of all of them.

use std::time::Instant;

use indicatif::HumanBytes;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::outcome::{Became, Outcome};
use crate::output::{Talk, path_text};

/// Counts, and the failures to be told at the end.
pub(super) struct Summary {
    started: Instant,
    counts: Counts,
    failures: Vec<(String, String)>,
}

#[derive(Debug, Default, Serialize)]
struct Counts {
    added: usize,
    already_there: usize,
    skipped: usize,
    failed: usize,
    /// Variants that could not be made of files that are there.
    failed_variants: usize,
    /// Bytes of the files that were added.
    bytes: u64,
}

/// How many failures are kept to be told at the end; more are counted only.
const MAX_FAILURES: usize = 10_000;

impl Summary {
    pub(super) fn new() -> Self {
        Self { started: Instant::now(), counts: Counts::default(), failures: Vec::new() }
    }

    pub(super) fn add(&mut self, outcome: &Outcome) {
        let failures = outcome.failures();
        let counts = &mut self.counts;
        match outcome.became {
            Became::Added { .. } | Became::WouldAdd(_) => {
                counts.added += 1;
                counts.bytes += outcome.bytes;
            }
            Became::AlreadyThere { .. } | Became::IsThere(_) => counts.already_there += 1,
            Became::Skipped(_) => counts.skipped += 1,
            Became::Failed(_) => counts.failed += 1,
        }
        if !matches!(outcome.became, Became::Failed(_)) {
            counts.failed_variants += failures.len();
        }
        let room = MAX_FAILURES.saturating_sub(self.failures.len());
        let path = path_text(&outcome.path);
        let lines = failures.into_iter().take(room).map(|why| (path.clone().into_owned(), why));
        self.failures.extend(lines);
    }

    pub(super) fn n_failed(&self) -> usize {
        self.counts.failed + self.counts.failed_variants
    }

    /// Says it to the person at the terminal. `listed` means that the failures were shown already.
    pub(super) fn tell(&self, talk: &Talk, dry_run: bool, interrupted: bool, listed: bool) {
        if !listed {
            for (path, why) in &self.failures {
                talk.failure(path, why);
            }
            if self.failures.len() == MAX_FAILURES {
                talk.note("more failed; --json lists them all");
            }
        }
        let Counts { added, already_there, skipped, failed, failed_variants, bytes } = self.counts;
        let verb = if dry_run { "to be added" } else { "added" };
        let variants = match failed_variants {
            0 => String::new(),
            1 => ", 1 variant failed".to_owned(),
            n => format!(", {n} variants failed"),
        };
        talk.note(format!(
            "{added} {verb} ({}), {already_there} already there, {skipped} skipped, {failed} failed\
             {variants}, in {:.1} s",
            HumanBytes(bytes),
            self.started.elapsed().as_secs_f64(),
        ));
        if interrupted {
            talk.warning("interrupted");
            talk.hint("the same command again goes on where this one stopped");
        }
    }
}

impl Serialize for Summary {
    /// `{"summary": {…}}`, unlike the object of any file.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("summary", &self.counts)?;
        map.end()
    }
}
