//! The life of a job: transactions that span jobs, variants and events.
//!
//! At least once run, exactly once in effect. The attempt is counted when a job is begun, so that one that brings its worker
//! down is dead in the end. What a worker does to its job is fenced by its name and the number of its attempt: whoever comes after its
//! lease was taken over changes nothing.

use std::{sync::atomic::Ordering, time::Duration};

use jiff::Timestamp;
use portreto_core::Digest;
use uuid::Uuid;

use super::{
    Catalog, Mark,
    database::{Locks, retried},
    events, garbage,
    jobs::{self, Claim, JobKey, NewJob},
    variants,
};
use crate::{
    error::Result,
    image::Variant,
    job::{Job, JobId, JobState, JobStep},
};

/// Jobs whose last attempt has gone silent are looked for when there is nothing else to begin, and once in so many claims.
const CLAIMS_A_LOOK: u32 = 64;

/// What became of the wish to complete a job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Completed {
    /// Its variant is catalogued.
    Done,
    /// It is somebody else's, or nobody's, by now. Nothing was changed.
    Fenced,
    /// The blob was collected while we thought it was there: put it again, then try again.
    Collected,
}

impl Catalog {
    /// Asks for variants that are not there. Gives the job of each, in their order; none for a variant that is catalogued.
    ///
    /// Should a variant be catalogued in between, its job is queued once more: its worker finds the variant.
    pub(crate) async fn ask(&self, wanted: &[NewJob], now: Timestamp) -> Result<Vec<Option<Job>>> {
        retried!(async {
            let mut tx = self.write().await?;
            let mut asked = Vec::with_capacity(wanted.len());
            for job in wanted {
                if variants::find(&mut tx, &job.key).await?.is_some() {
                    asked.push(None);
                } else {
                    jobs::enqueue(&mut tx, job, now).await?;
                    asked.push(jobs::by_key(&mut tx, &job.key).await?);
                }
            }
            tx.commit().await?;
            Ok(asked)
        })
    }

    /// Begins the job whose turn it is; those whose last attempt has gone silent are dead.
    pub(crate) async fn claim(
        &self,
        worker: &str,
        lease: Duration,
        now: Timestamp,
        event: impl Fn() -> Uuid,
    ) -> Result<Option<Claim>> {
        // Where a writer stops all others, idle workers ask without the lock that uploads need.
        if self.db.has_one_writer() && !jobs::any_due(&mut self.read().await?).await? {
            return Ok(None);
        }
        // Should the database forget it, the job is begun by another worker, and this one is fenced.
        let claim = jobs::claim(&mut self.write_hastily().await?, worker, lease, now).await?;
        let n = self.claims.fetch_add(1, Ordering::Relaxed);
        if claim.is_none() || n.is_multiple_of(CLAIMS_A_LOOK) {
            self.bury(now, event).await?;
        }
        Ok(claim)
    }

    /// Ends the jobs whose last attempt has gone silent.
    async fn bury(&self, now: Timestamp, event: impl Fn() -> Uuid) -> Result<()> {
        retried!(async {
            let mut tx = self.write().await?;
            // Nobody else has, or gets, these rows until the end.
            for job in jobs::spent(&mut tx).await? {
                let reason = format!("its worker went silent in each of {} attempts", job.attempts);
                jobs::end(&mut tx, job.id, JobState::Dead, Some(&reason), now).await?;
                let Job { original, transform, engine_version, .. } = job;
                let key = JobKey { original, transform, engine_version };
                events::job_failed(&mut tx, event(), &key, &reason, now).await?;
            }
            tx.commit().await
        })
    }

    /// Prolongs a lease. Gives whether the job is still this worker's.
    pub(crate) async fn beat(&self, claim: &Claim, lease: Duration) -> Result<bool> {
        jobs::beat(&mut self.write_hastily().await?, claim, lease).await
    }

    /// Catalogues the variant that a job has made, its bytes kept; variant, event and end of the job at once.
    pub(crate) async fn complete(
        &self,
        claim: &Claim,
        variant: &Variant,
        now: Timestamp,
        event: Uuid,
    ) -> Result<Completed> {
        retried!(async {
            let mut tx = self.write().await?;
            Locks::default().refers(&variant.digest).take(&mut tx).await?;
            let mark = garbage::reclaim_one(&mut tx, &variant.digest).await?;
            if mark == Some(Mark::Condemned) {
                if !jobs::holds(&mut tx, claim).await? {
                    return Ok(Completed::Fenced);
                }
                tx.commit().await?;
                return Ok(Completed::Collected);
            }
            if !jobs::end_held(&mut tx, claim, JobState::Done, None, now).await? {
                return Ok(Completed::Fenced);
            }
            if variants::insert(&mut tx, variant).await? {
                events::variant_created(&mut tx, event, variant, now).await?;
            }
            tx.commit().await?;
            Ok(Completed::Done)
        })
    }

    /// Ends a job that could not be done: `state` is failed or dead.
    pub(crate) async fn give_up(
        &self,
        claim: &Claim,
        state: JobState,
        reason: &str,
        now: Timestamp,
        event: Uuid,
    ) -> Result<Completed> {
        let mut tx = self.write().await?;
        if !jobs::end_held(&mut tx, claim, state, Some(reason), now).await? {
            return Ok(Completed::Fenced);
        }
        events::job_failed(&mut tx, event, &claim.key, reason, now).await?;
        tx.commit().await?;
        Ok(Completed::Done)
    }

    /// Puts a job back after an attempt that failed.
    pub(crate) async fn retry(
        &self,
        claim: &Claim,
        reason: &str,
        delay: Duration,
        now: Timestamp,
    ) -> Result<()> {
        let mut db = self.write_at_once().await?;
        jobs::put_back(&mut db, claim, Some(reason), delay, true, now).await
    }

    /// Puts a job back that was not tried to its end; the attempt does not count.
    pub(crate) async fn hand_back(&self, claim: &Claim, now: Timestamp) -> Result<()> {
        let mut db = self.write_at_once().await?;
        jobs::put_back(&mut db, claim, None, Duration::ZERO, false, now).await
    }

    /// Writes down what a worker does to its job.
    pub(crate) async fn step(&self, claim: &Claim, step: JobStep, now: Timestamp) -> Result<()> {
        jobs::step(&mut self.write_hastily().await?, claim, step, now).await
    }

    /// How many queued jobs have their turn before this one; at most `most` are counted.
    pub(crate) async fn jobs_ahead(&self, id: JobId, most: u32) -> Result<u32> {
        jobs::ahead(&mut self.read().await?, id, most).await
    }

    /// Takes a job back unless it has ended. Gives it as it is now.
    pub(crate) async fn cancel_job(&self, id: JobId, now: Timestamp) -> Result<Option<Job>> {
        let mut tx = self.write().await?;
        jobs::cancel(&mut tx, id, now).await?;
        let job = jobs::by_id(&mut tx, id).await?;
        tx.commit().await?;
        Ok(job)
    }

    /// The job with this id.
    pub(crate) async fn job(&self, id: JobId) -> Result<Option<Job>> {
        jobs::by_id(&mut self.read().await?, id).await
    }

    /// The job that makes, or made, this variant.
    pub(crate) async fn job_of(&self, key: &JobKey) -> Result<Option<Job>> {
        jobs::by_key(&mut self.read().await?, key).await
    }

    /// A page of jobs, newest first.
    pub(crate) async fn jobs(
        &self,
        owner: Option<&str>,
        original: Option<&Digest>,
        state: Option<JobState>,
        before: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>> {
        let mut db = self.read().await?;
        jobs::page(&mut db, owner, original, state, before, limit).await
    }

    /// How many jobs are in each state, and since when the oldest one waits.
    pub(crate) async fn job_census(&self) -> Result<(Vec<(JobState, u64)>, Option<Timestamp>)> {
        jobs::census(&mut self.read().await?).await
    }
}

#[cfg(test)]
mod tests;
