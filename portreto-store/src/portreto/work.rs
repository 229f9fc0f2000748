//! Workers: they begin jobs, make variants, and say what became of it.

use std::{pin::pin, time::Duration};

use bytes::Bytes;
use portreto_core::{Rendered, Transform, render_with, replica::Key};
use tokio::{sync::watch, task::JoinSet};

use super::{Portreto, variant::made};
use crate::{
    catalog::{Claim, Completed},
    error::{Error, ErrorKind, Result},
    image::Variant,
    job::{JobState, JobStep},
    tally::operation_names,
};

/// How long an idle worker waits between two looks into the queue: other processes' jobs are not heard of.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long a worker waits when the catalog does not answer.
const CATALOG_PAUSE: Duration = Duration::from_secs(2);
/// The longest wait before a job is tried again.
const MAX_BACKOFF: Duration = Duration::from_mins(5);

/// How long a step may take before anybody is told of it.
const NOTICEABLE: Duration = Duration::from_millis(250);

/// Why no variant came of an attempt.
enum Attempt {
    Kept,
    /// The job is somebody else's by now, or was taken back.
    Lost,
    /// The worker is to stop.
    Stopped,
    Failed(Error),
}

impl Portreto {
    /// Runs jobs, `workers` of them at a time, until `stop` is ready. Jobs under way are then handed back: they are queued again,
    /// and the attempt does not count.
    pub async fn work(&self, workers: usize, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let name = format!("{}-{}", std::process::id(), self.inner.ids.next().simple());
        let mut running = JoinSet::new();
        let mut bell = self.inner.bell.listen();
        let mut stop = pin!(stop);
        loop {
            while running.try_join_next().is_some() {}
            let pause = if running.len() >= workers {
                None
            } else {
                match self.claim(&name).await {
                    Ok(Some(claim)) => {
                        self.inner.bell.ring();
                        let (this, stopped) = (self.clone(), stopped.clone());
                        running.spawn(async move { Box::pin(this.run(claim, stopped)).await });
                        // Another one may be due; but the signal to stop comes first.
                        Some(Duration::ZERO)
                    }
                    Ok(None) => Some(LOOK_AGAIN),
                    Err(error) => {
                        tracing::warn!(error = error.with_causes(), "cannot look for jobs");
                        Some(CATALOG_PAUSE)
                    }
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => break,
                _ = running.join_next(), if !running.is_empty() && pause != Some(Duration::ZERO) => {}
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
                _ = bell.changed(), if pause == Some(LOOK_AGAIN) => {}
            }
        }
        stopping.send_replace(true);
        while running.join_next().await.is_some() {}
    }

    async fn claim(&self, worker: &str) -> Result<Option<Claim>> {
        let now = self.inner.clock.now();
        self.inner
            .catalog
            .claim(worker, self.inner.terms.lease, now, || self.inner.ids.next())
            .await
    }

    /// One attempt at a job, and what became of it written down.
    async fn run(&self, claim: Claim, mut stopped: watch::Receiver<bool>) {
        let attempt = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => Attempt::Stopped,
            () = self.hold(&claim) => Attempt::Lost,
            attempt = self.attempt(&claim) => attempt,
        };
        let (now, event) = (self.inner.clock.now(), self.inner.ids.next());
        let catalog = &self.inner.catalog;
        let told = match attempt {
            Attempt::Kept => Ok(()),
            Attempt::Lost => {
                tracing::info!(job = %claim.id, attempt = claim.attempt, "a job was taken from its worker");
                Ok(())
            }
            Attempt::Stopped => catalog.hand_back(&claim, now).await,
            Attempt::Failed(error) => {
                let reason = error.with_causes();
                tracing::warn!(job = %claim.id, attempt = claim.attempt, reason, "a job failed");
                let hopeless = matches!(
                    error.kind(),
                    ErrorKind::BadInput | ErrorKind::NotAnImage | ErrorKind::NotFound
                );
                if hopeless || claim.last {
                    let state = if hopeless { JobState::Failed } else { JobState::Dead };
                    catalog.give_up(&claim, state, &reason, now, event).await.map(|_| ())
                } else {
                    // The last bits of an id are random.
                    let delay =
                        backoff(self.inner.terms.backoff, claim.attempt, event.as_u128() as u32);
                    catalog.retry(&claim, &reason, delay, now).await
                }
            }
        };
        if let Err(error) = told {
            // Its lease will run out.
            tracing::warn!(job = %claim.id, error = error.with_causes(), "the end of an attempt is not written");
        }
        self.inner.bell.ring();
    }

    /// Prolongs the lease again and again; returns when the job is no longer ours.
    async fn hold(&self, claim: &Claim) {
        let lease = self.inner.terms.lease;
        loop {
            tokio::time::sleep(lease / 3).await;
            match self.inner.catalog.beat(claim, lease).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(job = %claim.id, error = error.with_causes(), "a lease is not prolonged");
                }
            }
        }
    }

    async fn attempt(&self, claim: &Claim) -> Attempt {
        match self.make(claim).await {
            Ok(Completed::Fenced) => Attempt::Lost,
            Ok(_) => Attempt::Kept,
            Err(error) => Attempt::Failed(error),
        }
    }

    /// Makes the variant of a job, keeps it, and completes the job.
    async fn make(&self, claim: &Claim) -> Result<Completed> {
        let there = self.inner.catalog.variant(&claim.key).await?;
        let (variant, bytes) = if let Some(variant) = there {
            // Made by somebody who did not need the job.
            (variant, None)
        } else {
            let (variant, bytes) = made(&claim.key, self.rendered(claim).await?);
            (variant, Some(bytes))
        };
        self.step(claim, JobStep::Keeping, self.complete(claim, &variant, bytes)).await
    }

    async fn complete(
        &self,
        claim: &Claim,
        variant: &Variant,
        bytes: Option<Bytes>,
    ) -> Result<Completed> {
        loop {
            if let Some(bytes) = &bytes {
                self.put(&variant.blob_key(), bytes.clone()).await?;
            }
            let (now, event) = (self.inner.clock.now(), self.inner.ids.next());
            match self.inner.catalog.complete(claim, variant, now, event).await? {
                Completed::Done => break,
                Completed::Collected => {}
                Completed::Fenced => return Ok(Completed::Fenced),
            }
        }
        if let Err(error) = self.put_variant_record(variant).await {
            // The catalog has it: `repair` writes the record from there.
            tracing::warn!(job = %claim.id, error = error.with_causes(), "a variant's record is not written");
        }
        Ok(Completed::Done)
    }

    async fn rendered(&self, claim: &Claim) -> Result<Rendered> {
        let transform: Transform = claim.key.transform.parse().map_err(|source| {
            let message = "the job's transform cannot be read";
            Error::new(ErrorKind::BadInput, message).with_source(source)
        })?;
        let key = Key::Blob(claim.key.original);
        let original = self.step(claim, JobStep::Reading, self.inner.replicas.get(&key)).await?;
        let assets = self.assets_of(std::slice::from_ref(&transform)).await;
        let limits = self.inner.limits;
        let names = operation_names(std::slice::from_ref(&transform));
        let work = move || render_with(&original, &transform, &limits, &assets);
        Ok(self.step(claim, JobStep::Rendering, self.rendering(names, work)).await??)
    }

    /// Does one step of a job. The catalog is told which one, if it takes a noticeable time: quick jobs need not pay for it.
    async fn step<T>(&self, claim: &Claim, step: JobStep, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        if let Ok(done) = tokio::time::timeout(NOTICEABLE, &mut work).await {
            return done;
        }
        let told = async {
            if let Err(error) = self.inner.catalog.step(claim, step, self.inner.clock.now()).await {
                tracing::debug!(job = %claim.id, error = error.with_causes(), "a step is not written down");
            }
            self.inner.bell.ring();
        };
        tokio::join!(work, told).0
    }
}

/// The wait after the `attempt`-th failure: twice as long each time, and half of it up to one and a half times, by chance, so that what
/// failed together is not tried together.
fn backoff(first: Duration, attempt: i64, chance: u32) -> Duration {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(20);
    let whole = first.saturating_mul(1 << doublings).min(MAX_BACKOFF);
    whole / 2 + whole.mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_and_is_bounded() {
        let second = Duration::from_secs(1);
        assert_eq!(backoff(second, 1, 0), second / 2);
        assert_eq!(backoff(second, 1, u32::MAX), second * 3 / 2);
        assert_eq!(backoff(second, 4, 0), second * 4);
        assert_eq!(backoff(second, 1_000, u32::MAX), MAX_BACKOFF * 3 / 2);
    }
}
