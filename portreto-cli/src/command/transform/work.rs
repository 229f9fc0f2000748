//! The jobs, on all cores.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{Result, bail, ensure};
use portreto_core::{Assets, Limits, Transform, probe, render_with};

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
    pub(super) transform: Transform,
    /// The pictures of its watermarks.
    pub(super) assets: Assets,
    pub(super) limits: Limits,
    pub(super) existing: Existing,
    pub(super) interrupt: Interrupt,
    pub(super) n_threads: usize,
}

/// Bytes that a pixel takes while it is transformed: 16 bits in four channels, before and after.
const BYTES_PER_PIXEL: u64 = 16;

impl Work {
    /// Does the jobs, several at once, and hands over what became of each as it is done.
    ///
    /// Plain threads rather than a work-stealing pool: they wait for memory, and a thread of a pool that waits
    /// could be the one that holds it.
    pub(super) fn run(&self, done: impl Fn(Outcome) + Send + Sync) {
        let memory = Budget::new(self.limits.memory_bytes);
        let outputs = self.jobs.iter().map(|job| job.output.clone()).collect();
        let outputs = Mutex::new(outputs);
        let next = AtomicUsize::new(0);
        let n_threads = self.n_threads.min(self.jobs.len()).max(1);
        thread::scope(|scope| {
            for _ in 0..n_threads {
                scope.spawn(|| {
                    while !self.interrupt.is_asked()
                        && let Some(job) = self.jobs.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        done(self.outcome(job, &memory, &outputs));
                    }
                });
            }
        });
    }

    fn outcome(&self, job: &Job, memory: &Budget, outputs: &Mutex<HashSet<PathBuf>>) -> Outcome {
        let work = || self.job(job, memory, outputs);
        let (output, became) = match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok((output, became))) => (Some(output), became),
            Ok(Err(error)) => (None, failed(&error)),
            Err(_) => (None, Became::Failed("the image engine broke down".to_owned())),
        };
        Outcome { input: job.input.clone(), output, bytes: job.bytes, became }
    }

    fn job(
        &self,
        job: &Job,
        memory: &Budget,
        outputs: &Mutex<HashSet<PathBuf>>,
    ) -> Result<(PathBuf, Became)> {
        let Content::Picture(bytes) = read(&job.input, &self.limits)? else {
            bail!("not a picture any more");
        };
        let info = probe(&bytes, &self.limits)?;
        let n_pixels = u64::from(info.width) * u64::from(info.height);
        let loan = memory.take(n_pixels * BYTES_PER_PIXEL);
        let transform = filled(&self.transform, &job.input);
        let rendered = render_with(&bytes, &transform, &self.limits, &self.assets)?;
        drop((bytes, loan));

        let output = output_for(job, rendered.format);
        if output != job.output {
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
