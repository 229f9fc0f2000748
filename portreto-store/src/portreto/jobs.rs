//! Asking for variants that workers make, and what became of them.

use std::time::Duration;

use jiff::Timestamp;
use portreto_core::{Digest, Transform};

use super::{Portreto, variant::filled};
use crate::{
    catalog::{Beat, JobKey, NewJob},
    error::{Error, ErrorKind, Result},
    image::{Image, Variant},
    job::{Job, JobId, JobState},
};

/// How long between two looks at a job that is waited for, when nothing is heard of it in this process.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The most jobs that are counted before one.
const MOST_AHEAD: u32 = 1_000;

/// A variant that was asked for.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// It is kept.
    Kept(Variant),
    /// A worker will make it.
    Queued(Job),
}

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only jobs on pictures of this owner.
    pub owner: Option<String>,
    /// Only jobs on this original.
    pub original: Option<Digest>,
    /// Only jobs in this state.
    pub state: Option<JobState>,
}

/// Some jobs, newest first.
#[derive(Debug, Clone)]
pub struct JobPage {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Where the next page begins; none at the end.
    pub next: Option<JobId>,
}

/// The queue at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCensus {
    /// How many jobs are in each state; states without any are left out.
    pub counts: Vec<(JobState, u64)>,
    /// How long the oldest job that is queued has waited.
    pub oldest: Option<Duration>,
}

/// What the catalog can tell in the same time however large it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulse {
    /// Images.
    pub images: u64,
    /// Jobs that wait.
    pub queued: u64,
    /// Jobs that run.
    pub running: u64,
    /// How long the oldest job that is queued has waited.
    pub oldest: Option<Duration>,
    /// Copies and deletions that stores owe.
    pub owed: u64,
}

impl Portreto {
    /// Asks for variants of an image: each is kept already, or is made by a job. The same variant is one job,
    /// however often it is asked for; one that failed is tried again. `priority`: each step is worth a minute of waiting.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn request(
        &self,
        image: &Image,
        transforms: &[Transform],
        priority: i32,
    ) -> Result<Vec<Wanted>> {
        let mut wanted = Vec::with_capacity(transforms.len());
        for transform in transforms {
            wanted.push(self.inner.catalog.variant(&job_key(image, transform)).await?);
        }
        // Most are there: look without the lock first.
        if wanted.iter().all(Option::is_some) {
            return Ok(wanted.into_iter().flatten().map(Wanted::Kept).collect());
        }
        let jobs = self.new_jobs(image, transforms, priority, Duration::ZERO);
        let asked = self.inner.catalog.ask(&jobs, self.inner.clock.now()).await?;
        self.inner.bell.ring();
        let mut answers = Vec::with_capacity(asked.len());
        for (asked, job) in asked.into_iter().zip(&jobs) {
            answers.push(match asked {
                Some(job) => Wanted::Queued(job),
                None => Wanted::Kept(self.catalogued(&job.key).await?),
            });
        }
        Ok(answers)
    }

    /// The variant of an image if it is catalogued; nothing is made.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn made(&self, image: &Image, transform: &Transform) -> Result<Option<Variant>> {
        self.inner.catalog.variant(&job_key(image, transform)).await
    }

    /// The job of a variant, if it was ever asked for.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn job_for(&self, image: &Image, transform: &Transform) -> Result<Option<Job>> {
        self.inner.catalog.job_of(&job_key(image, transform)).await
    }

    /// A job on a picture of `owner`, and that picture.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is none, or on nobody's picture or another one's; `Catalog`.
    pub async fn job(&self, owner: &str, id: JobId) -> Result<(Job, Image)> {
        if let Some(job) = self.inner.catalog.job(id).await?
            && let Some(image) = self.image_of(owner, &job.original).await?
        {
            return Ok((job, image));
        }
        Err(Error::new(ErrorKind::NotFound, format!("there is no job with the id {id}")))
    }

    /// Up to `limit` jobs, newest first, after the job `after`.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn jobs(
        &self,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: u32,
    ) -> Result<JobPage> {
        let JobFilter { owner, original, state } = filter;
        let catalog = &self.inner.catalog;
        let (owner, original) = (owner.as_deref(), original.as_ref());
        let mut jobs =
            catalog.jobs(owner, original, *state, after, limit.saturating_add(1)).await?;
        let more = jobs.len() > limit as usize;
        jobs.truncate(limit as usize);
        let next = if more { jobs.last().map(|job| job.id) } else { None };
        Ok(JobPage { jobs, next })
    }

    /// Takes back a job that `owner` asked for, unless it has ended. Gives it as it is now.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Conflict` when another owner of the same picture asked for it; `Catalog`.
    pub async fn cancel_job(&self, owner: &str, id: JobId) -> Result<Job> {
        let (job, _) = self.job(owner, id).await?;
        if job.owner != owner {
            let message = format!("the job {id} is wanted by somebody else, too");
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        let job = self.inner.catalog.cancel_job(id, self.inner.clock.now()).await?;
        self.inner.bell.ring();
        job.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no job with the id {id}"))
        })
    }

    /// Asks again for a job that failed, is dead or was taken back. Others stay as they are.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Catalog`.
    pub async fn rerun_job(&self, owner: &str, id: JobId) -> Result<Job> {
        let (job, image) = self.job(owner, id).await?;
        if !job.state.is_final() || job.state == JobState::Done {
            return Ok(job);
        }
        let Job { original, transform, engine_version, priority, .. } = job;
        let new = NewJob {
            id: self.inner.ids.next(),
            key: JobKey { original, transform, engine_version },
            owner: image.owner,
            priority,
            delay: Duration::ZERO,
            attempts: self.inner.terms.attempts,
        };
        self.inner.catalog.ask(&[new], self.inner.clock.now()).await?;
        self.inner.bell.ring();
        Ok(self.job(owner, id).await?.0)
    }

    /// Waits until a job has changed since it was as `seen`, `patience` at most. Gives it as it is then, none when it is gone.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn await_change(&self, seen: &Job, patience: Duration) -> Result<Option<Job>> {
        let mut bell = self.inner.bell.listen();
        let end = tokio::time::Instant::now() + patience;
        loop {
            let job = self.inner.catalog.job(seen.id).await?;
            if job.as_ref() != Some(seen) || tokio::time::Instant::now() >= end {
                return Ok(job);
            }
            let again = end.min(tokio::time::Instant::now() + LOOK_AGAIN);
            let _ = tokio::time::timeout_at(again, bell.changed()).await;
        }
    }

    /// Waits until a job has ended, `patience` at most. Gives it as it is then, none when it is gone.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn await_end(&self, job: Job, patience: Duration) -> Result<Option<Job>> {
        let end = tokio::time::Instant::now() + patience;
        let mut job = job;
        while !job.state.is_final() && tokio::time::Instant::now() < end {
            let left = end - tokio::time::Instant::now();
            match self.await_change(&job, left).await? {
                Some(changed) => job = changed,
                None => return Ok(None),
            }
        }
        Ok(Some(job))
    }

    /// How many queued jobs have their turn before this one; at most 1000 are counted.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn jobs_ahead(&self, job: &Job) -> Result<u32> {
        self.inner.catalog.jobs_ahead(job.id, MOST_AHEAD).await
    }

    /// What a job has made; none unless it is done.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn made_by(&self, job: &Job) -> Result<Option<Variant>> {
        let Job { original, transform, engine_version, .. } = job.clone();
        self.inner.catalog.variant(&JobKey { original, transform, engine_version }).await
    }

    /// The queue at a glance.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn job_census(&self) -> Result<JobCensus> {
        let (counts, oldest) = self.inner.catalog.job_census().await?;
        Ok(JobCensus { counts, oldest: self.waited(oldest) })
    }

    /// Whether the catalog answers, and what it can tell at once.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn pulse(&self) -> Result<Pulse> {
        let Beat { images, queued, running, oldest, owed } = self.inner.catalog.pulse().await?;
        Ok(Pulse { images, queued, running, oldest: self.waited(oldest), owed })
    }

    fn waited(&self, since: Option<Timestamp>) -> Option<Duration> {
        Duration::try_from(self.inner.clock.now().duration_since(since?)).ok()
    }

    pub(super) fn new_jobs(
        &self,
        image: &Image,
        transforms: &[Transform],
        priority: i32,
        delay: Duration,
    ) -> Vec<NewJob> {
        let job = |transform| NewJob {
            id: self.inner.ids.next(),
            key: job_key(image, transform),
            owner: image.owner.clone(),
            priority,
            delay,
            attempts: self.inner.terms.attempts,
        };
        transforms.iter().map(job).collect()
    }

    async fn catalogued(&self, key: &JobKey) -> Result<Variant> {
        self.inner.catalog.variant(key).await?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "the image was deleted meanwhile".to_owned())
        })
    }
}

fn job_key(image: &Image, transform: &Transform) -> JobKey {
    JobKey::new(image.digest, &filled(transform, image))
}
