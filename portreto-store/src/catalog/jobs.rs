//! Table `jobs`: transforms asked for with an upload, so that an interrupted one is not forgotten.

use jiff::Timestamp;
use portreto_core::{Digest, ENGINE_VERSION, Transform};
use sqlx::SqliteConnection;

use super::row::count;
use crate::{error::Result, image::Variant};

/// The identity of a job and of the variant it makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobKey {
    pub(crate) original: Digest,
    pub(crate) transform: String,
    pub(crate) engine_version: u32,
}

impl JobKey {
    /// What this engine would make of `original` by `transform`.
    pub(crate) fn new(original: Digest, transform: &Transform) -> Self {
        Self { original, transform: transform.to_string(), engine_version: ENGINE_VERSION }
    }

    /// The job that made `variant`.
    pub(crate) fn of(variant: &Variant) -> Self {
        let Variant { original, transform, engine_version, .. } = variant.clone();
        Self { original, transform, engine_version }
    }
}

/// Asks for a job, unless it was asked for before; one that failed is asked for again.
pub(super) async fn enqueue(db: &mut SqliteConnection, job: &JobKey, now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO jobs (original, transform, engine_version, state, changed) \
         VALUES ($1, $2, $3, 'queued', $4) ON CONFLICT (original, transform, engine_version) \
         DO UPDATE SET state = 'queued', reason = NULL, changed = excluded.changed \
         WHERE jobs.state = 'failed'",
    )
    .bind(job.original.to_string())
    .bind(&job.transform)
    .bind(i64::from(job.engine_version))
    .bind(now.as_microsecond())
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a job, if there is one: done, or failed for a reason.
pub(super) async fn finish(
    db: &mut SqliteConnection,
    job: &JobKey,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE jobs SET state = $4, reason = $5, changed = $6 \
         WHERE original = $1 AND transform = $2 AND engine_version = $3",
    )
    .bind(job.original.to_string())
    .bind(&job.transform)
    .bind(i64::from(job.engine_version))
    .bind(if reason.is_none() { "done" } else { "failed" })
    .bind(reason)
    .bind(now.as_microsecond())
    .execute(db)
    .await?;
    Ok(())
}

/// Removes all jobs of an original.
pub(super) async fn forget(db: &mut SqliteConnection, original: &Digest) -> Result<()> {
    let query = "DELETE FROM jobs WHERE original = $1";
    sqlx::query(query).bind(original.to_string()).execute(db).await?;
    Ok(())
}

/// How many wait.
pub(super) async fn queued(db: &mut SqliteConnection) -> Result<u64> {
    let query = "SELECT count(*) AS n FROM jobs WHERE state = 'queued'";
    count(&sqlx::query(query).fetch_one(db).await?, "n")
}
