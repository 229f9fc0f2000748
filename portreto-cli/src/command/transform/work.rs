//! The jobs, on all cores.

use std::{
    collections::HashSet,
    iter,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use portreto_core::{Assets, Limits, Rendered, Transform, probe, render_many_with, render_with};

use super::{
    budget::Budget,
    failed,
    outcome::{Became, Made, Outcome},
    overlay::filled,
    plan::{Job, output_for},
};
use crate::{
    files::{Content, Existing, make_directory, read, write},
    interrupt::Interrupt,
    output::path_text,
};

/// Jobs, and all that is needed to do them.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) jobs: Vec<Job>,
    /// What becomes each of a job's outputs.
    pub(super) transforms: Vec<Transform>,
    /// The pictures of their watermarks.
    pub(super) assets: Assets,
    pub(super) limits: Limits,
    pub(super) existing: Existing,
    pub(super) interrupt: Interrupt,
    pub(super) n_threads: usize,
}

/// Bytes that a pixel takes while it is transformed: 16 bits in four channels, before and after.
const BYTES_PER_PIXEL: u64 = 16;

impl Work {
    /// Does the jobs, several at once, and hands over what became of each, and its place, as it is done.
    ///
    /// Plain threads rather than a work-stealing pool: they wait for memory, and a thread of a pool that waits
    /// could be the one that holds it.
    pub(super) fn run(&self, done: impl Fn(usize, Vec<Outcome>) + Send + Sync) {
        let memory = Budget::new(self.limits.memory_bytes);
        let outputs = self.jobs.iter().flat_map(|job| job.outputs.iter().cloned()).collect();
        let outputs = Mutex::new(outputs);
        let next = AtomicUsize::new(0);
        let n_threads = self.n_threads.min(self.jobs.len()).max(1);
        thread::scope(|scope| {
            for _ in 0..n_threads {
                scope.spawn(|| {
                    while !self.interrupt.is_asked() {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let Some(job) = self.jobs.get(place) else { break };
                        done(place, self.outcomes(job, &memory, &outputs));
                    }
                });
            }
        });
    }

    fn outcomes(
        &self,
        job: &Job,
        memory: &Budget,
        outputs: &Mutex<HashSet<PathBuf>>,
    ) -> Vec<Outcome> {
        let work = || self.job(job, memory, outputs);
        let results = match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(results)) => results,
            Ok(Err(error)) => vec![Err(error)],
            Err(_) => vec![Err(anyhow!("the image engine broke down"))],
        };
        let lengths = iter::once(job.bytes).chain(iter::repeat(0));
        let outcome = |(result, bytes)| {
            let (output, became) = match result {
                Ok((output, became)) => (Some(output), became),
                Err(error) => (None, failed(&error)),
            };
            Outcome { input: job.input.clone(), output, bytes, became }
        };
        results.into_iter().zip(lengths).map(outcome).collect()
    }

    /// What became of each output; one error when it is the same for all.
    fn job(
        &self,
        job: &Job,
        memory: &Budget,
        outputs: &Mutex<HashSet<PathBuf>>,
    ) -> Result<Vec<Result<(PathBuf, Became)>>> {
        let Content::Picture(bytes, _) = read(&job.input, &self.limits)? else {
            bail!("not a picture any more");
        };
        let info = probe(&bytes, &self.limits)?;
        let n_pixels = u64::from(info.width) * u64::from(info.height);
        let loan = memory.take(n_pixels * BYTES_PER_PIXEL);
        let transforms: Vec<Transform> =
            self.transforms.iter().map(|transform| filled(transform, &job.input)).collect();
        let rendered = match &transforms[..] {
            [one] => vec![render_with(&bytes, one, &self.limits, &self.assets)],
            several => render_many_with(&bytes, several, &self.limits, &self.assets),
        };
        drop((bytes, loan));
        if rendered.iter().all(Result::is_err) {
            let first = rendered.into_iter().next().context("a transform for each file")?;
            return first.map(|_| Vec::new()).map_err(Into::into);
        }
        let results = job.outputs.iter().zip(rendered);
        Ok(results.map(|(output, rendered)| self.keep(job, output, &rendered?, outputs)).collect())
    }

    /// Writes one result to where it belongs.
    fn keep(
        &self,
        job: &Job,
        planned: &Path,
        rendered: &Rendered,
        outputs: &Mutex<HashSet<PathBuf>>,
    ) -> Result<(PathBuf, Became)> {
        let output = output_for(job, planned, rendered.format);
        if output != planned {
            let mut outputs = outputs.lock().unwrap_or_else(PoisonError::into_inner);
            let is_free = outputs.insert(output.clone());
            ensure!(is_free, "it becomes {}, and so does another file", path_text(&output));
        }
        make_directory(output.parent().unwrap_or(Path::new("")))?;
        let made = Made {
            format: rendered.format,
            width: rendered.width,
            height: rendered.height,
            bytes: rendered.bytes.len(),
        };
        let is_written = write(&output, &rendered.bytes, self.existing)?;
        Ok((output, if is_written { Became::Written(made) } else { Became::AlreadyThere(made) }))
    }
}
