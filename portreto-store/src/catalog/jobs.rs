//! Table `jobs`: transforms asked for, and who works on them.
//!
//! Leases and delays are by the clock of the database, which all workers share.

use std::time::Duration;

use jiff::Timestamp;
use portreto_core::{Digest, ENGINE_VERSION, Transform};
use uuid::Uuid;

use super::database::{Connection, Query, Row, count, parsed, sql, time};
use crate::{
    error::Result,
    image::Variant,
    job::{Job, JobId, JobState, JobStep},
};

/// The turns of one owner's jobs are this far apart, microseconds: who asks for ten thousand variants at once stands in line with them,
/// and not before who asks for one.
const TURN: i64 = 100_000;

/// The identity of a job and of the variant it makes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

/// A job to be asked for.
#[derive(Debug, Clone)]
pub(crate) struct NewJob {
    pub(crate) id: Uuid,
    pub(crate) key: JobKey,
    pub(crate) owner: String,
    pub(crate) priority: i32,
    /// How long no worker is to begin it.
    pub(crate) delay: Duration,
    pub(crate) attempts: u32,
}

/// A job that a worker has, and which attempt it is.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) id: JobId,
    pub(crate) key: JobKey,
    pub(crate) attempt: i64,
    /// Two may think that the same attempt is theirs, when the database has forgotten the first one's beginning.
    pub(crate) worker: String,
    pub(crate) last: bool,
}

/// Asks for a job. One that has ended is asked for again; one that waits is not made to wait longer.
pub(super) async fn enqueue(db: &mut Connection, job: &NewJob, now: Timestamp) -> Result<()> {
    sql(
        "INSERT INTO jobs (id, original, transform, engine_version, owner, state, priority, turn, attempt, \
         last_attempt, due, created, changed) VALUES ($1, $2, $3, $4, $5, 'queued', $6, \
         {greater}($7, coalesce((SELECT max(turn) FROM jobs WHERE owner = $5 \
         AND state IN ('queued', 'running')), 0) + $8), 0, $9, {now} + $10, $7, $7) \
         ON CONFLICT (original, transform, engine_version) DO UPDATE SET state = 'queued', worker = NULL, \
         reason = CASE jobs.state WHEN 'queued' THEN jobs.reason END, \
         priority = CASE jobs.state WHEN 'queued' THEN {greater}(jobs.priority, excluded.priority) \
         ELSE excluded.priority END, \
         turn = CASE jobs.state WHEN 'queued' THEN jobs.turn ELSE excluded.turn END, \
         last_attempt = CASE jobs.state WHEN 'queued' THEN jobs.last_attempt \
         ELSE jobs.attempt + excluded.last_attempt END, \
         due = CASE jobs.state WHEN 'queued' THEN {lesser}(jobs.due, excluded.due) ELSE excluded.due END, \
         changed = CASE jobs.state WHEN 'queued' THEN jobs.changed ELSE excluded.changed END \
         WHERE jobs.state <> 'running'",
    )
    .bind(job.id.to_string())
    .bind(job.key.original.to_string())
    .bind(&job.key.transform)
    .bind(i64::from(job.key.engine_version))
    .bind(&job.owner)
    .bind(i64::from(job.priority))
    .bind(now.as_microsecond())
    .bind(TURN)
    .bind(i64::from(job.attempts))
    .bind(micros(job.delay))
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a job whoever has it, if there is one: done, or failed for a reason.
pub(super) async fn finish(
    db: &mut Connection,
    job: &JobKey,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sql("UPDATE jobs SET state = $4, reason = $5, worker = NULL, changed = $6 \
         WHERE original = $1 AND transform = $2 AND engine_version = $3")
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
pub(super) async fn forget(db: &mut Connection, original: &Digest) -> Result<()> {
    let query = "DELETE FROM jobs WHERE original = $1";
    sql(query).bind(original.to_string()).execute(db).await?;
    Ok(())
}

/// How many wait, and how many run.
pub(super) async fn under_way(db: &mut Connection) -> Result<(u64, u64)> {
    let row = sql("SELECT (SELECT count(*) FROM jobs WHERE state = 'queued') AS queued, \
         (SELECT count(*) FROM jobs WHERE state = 'running') AS running")
    .fetch_one(db)
    .await?;
    Ok((count(&row, "queued")?, count(&row, "running")?))
}

/// How many are in each state, and since when the oldest one waits.
pub(super) async fn census(
    db: &mut Connection,
) -> Result<(Vec<(JobState, u64)>, Option<Timestamp>)> {
    let rows = sql("SELECT state, count(*) AS n FROM jobs GROUP BY state");
    let rows = rows.fetch_all(&mut *db).await?;
    let counts = rows.iter().map(|row| Ok((parsed(row, "state")?, count(row, "n")?)));
    let counts = counts.collect::<Result<_>>()?;
    Ok((counts, oldest(db).await?))
}

/// Since when the oldest one waits.
pub(super) async fn oldest(db: &mut Connection) -> Result<Option<Timestamp>> {
    let query = "SELECT changed AS at FROM jobs WHERE state = 'queued' ORDER BY changed LIMIT 1";
    sql(query).fetch_optional(db).await?.map(|row| time(&row, "at")).transpose()
}

/// Whether there is anything to begin, or to give up, for a worker of this engine.
pub(super) async fn any_due(db: &mut Connection) -> Result<bool> {
    let query = "SELECT 1 FROM jobs WHERE state IN ('queued', 'running') AND due <= {now} \
                 AND engine_version = $1 LIMIT 1";
    let row = sql(query).bind(i64::from(ENGINE_VERSION)).fetch_optional(db).await?;
    Ok(row.is_some())
}

/// Begins the job whose turn it is, counting the attempt, unless there is none. One statement, so that it needs no transaction
/// around it; those who come at the same time pass over each other's rows.
pub(super) async fn claim(
    db: &mut Connection,
    worker: &str,
    lease: Duration,
    now: Timestamp,
) -> Result<Option<Claim>> {
    let row = sql(
        "UPDATE jobs SET state = 'running', attempt = attempt + 1, worker = $1, step = NULL, changed = $3, \
         due = {now} + $2 WHERE id = (SELECT id FROM jobs WHERE state IN ('queued', 'running') \
         AND due <= {now} AND attempt < last_attempt AND engine_version = $4 \
         ORDER BY turn - priority * 60000000 LIMIT 1 {if_free}) \
         RETURNING id, original, transform, engine_version, attempt, last_attempt",
    )
    .bind(worker)
    .bind(micros(lease))
    .bind(now.as_microsecond())
    .bind(i64::from(ENGINE_VERSION))
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let key = JobKey {
            original: parsed(&row, "original")?,
            transform: row.try_get("transform")?,
            engine_version: count(&row, "engine_version")?,
        };
        let attempt: i64 = row.try_get("attempt")?;
        let last = attempt >= row.try_get("last_attempt")?;
        Ok(Claim { id: parsed(&row, "id")?, key, attempt, worker: worker.to_owned(), last })
    })
    .transpose()
}

/// Jobs whose last attempt has gone silent.
pub(super) async fn spent(db: &mut Connection) -> Result<Vec<Job>> {
    let rows = sql(
        "SELECT * FROM jobs WHERE state = 'running' AND attempt >= last_attempt AND due <= {now} \
         LIMIT 100 {if_free}",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Prolongs a lease. Gives whether the job is still this worker's.
pub(super) async fn beat(db: &mut Connection, claim: &Claim, lease: Duration) -> Result<bool> {
    let done = sql(
        "UPDATE jobs SET due = {now} + $3 WHERE id = $1 AND attempt = $2 AND worker = $4 AND state = 'running'",
    )
    .bind(claim.id.to_string())
    .bind(claim.attempt)
    .bind(micros(lease))
    .bind(&claim.worker)
    .execute(db)
    .await?;
    Ok(done > 0)
}

/// Writes down what a worker does to its job.
pub(super) async fn step(
    db: &mut Connection,
    claim: &Claim,
    step: JobStep,
    now: Timestamp,
) -> Result<()> {
    let query = "UPDATE jobs SET step = $3, changed = $4 WHERE id = $1 AND attempt = $2 \
                 AND worker = $5 AND state = 'running'";
    sql(query)
        .bind(claim.id.to_string())
        .bind(claim.attempt)
        .bind(step.name())
        .bind(now.as_microsecond())
        .bind(&claim.worker)
        .execute(db)
        .await?;
    Ok(())
}

/// How many queued jobs have their turn before this one; at most `most` are counted.
pub(super) async fn ahead(db: &mut Connection, id: JobId, most: u32) -> Result<u32> {
    let row = sql("SELECT count(*) AS n FROM (SELECT 1 FROM jobs WHERE state = 'queued' AND \
         turn - priority * 60000000 < (SELECT turn - priority * 60000000 FROM jobs WHERE id = $1) \
         LIMIT $2) AS before")
    .bind(id.to_string())
    .bind(i64::from(most))
    .fetch_one(db)
    .await?;
    count(&row, "n")
}

/// Whether the job is still this worker's. An expired lease that nobody has taken over still holds.
pub(super) async fn holds(db: &mut Connection, claim: &Claim) -> Result<bool> {
    let query =
        "SELECT 1 FROM jobs WHERE id = $1 AND attempt = $2 AND worker = $3 AND state = 'running'";
    let row = sql(query).bind(claim.id.to_string()).bind(claim.attempt).bind(&claim.worker);
    Ok(row.fetch_optional(db).await?.is_some())
}

/// Ends a job for the worker that has it. Gives whether it was still this worker's; an expired lease that nobody has taken over
/// still holds.
pub(super) async fn end_held(
    db: &mut Connection,
    claim: &Claim,
    state: JobState,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let query = "UPDATE jobs SET state = $3, reason = $4, worker = NULL, changed = $5 \
                 WHERE id = $1 AND attempt = $2 AND worker = $6 AND state = 'running'";
    let done = sql(query)
        .bind(claim.id.to_string())
        .bind(claim.attempt)
        .bind(state.name())
        .bind(reason)
        .bind(now.as_microsecond())
        .bind(&claim.worker)
        .execute(db)
        .await?;
    Ok(done > 0)
}

/// Takes a job back unless it has ended.
pub(super) async fn cancel(db: &mut Connection, id: JobId, now: Timestamp) -> Result<()> {
    let query = "UPDATE jobs SET state = 'canceled', reason = NULL, worker = NULL, changed = $2 \
                 WHERE id = $1 AND state IN ('queued', 'running')";
    sql(query).bind(id.to_string()).bind(now.as_microsecond()).execute(db).await?;
    Ok(())
}

/// Ends a job in a state, for a reason.
pub(super) async fn end(
    db: &mut Connection,
    id: JobId,
    state: JobState,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let query =
        "UPDATE jobs SET state = $2, reason = $3, worker = NULL, changed = $4 WHERE id = $1";
    sql(query)
        .bind(id.to_string())
        .bind(state.name())
        .bind(reason)
        .bind(now.as_microsecond())
        .execute(db)
        .await?;
    Ok(())
}

/// Puts a job back into the queue. `counted`: whether the attempt counts.
pub(super) async fn put_back(
    db: &mut Connection,
    claim: &Claim,
    reason: Option<&str>,
    delay: Duration,
    counted: bool,
    now: Timestamp,
) -> Result<()> {
    sql("UPDATE jobs SET state = 'queued', worker = NULL, reason = $3, changed = $5, \
         last_attempt = last_attempt + $6, due = {now} + $4 \
         WHERE id = $1 AND attempt = $2 AND worker = $7 AND state = 'running'")
    .bind(claim.id.to_string())
    .bind(claim.attempt)
    .bind(reason)
    .bind(micros(delay))
    .bind(now.as_microsecond())
    .bind(i64::from(!counted))
    .bind(&claim.worker)
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn by_id(db: &mut Connection, id: JobId) -> Result<Option<Job>> {
    let row = sql("SELECT * FROM jobs WHERE id = $1").bind(id.to_string());
    row.fetch_optional(db).await?.as_ref().map(read).transpose()
}

pub(super) async fn by_key(db: &mut Connection, key: &JobKey) -> Result<Option<Job>> {
    let query = "SELECT * FROM jobs WHERE original = $1 AND transform = $2 AND engine_version = $3";
    let row = sql(query)
        .bind(key.original.to_string())
        .bind(&key.transform)
        .bind(i64::from(key.engine_version))
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Up to `limit` jobs on pictures of `owner` (none: anybody's), newest first, before the job `before`.
pub(super) async fn page(
    db: &mut Connection,
    owner: Option<&str>,
    original: Option<&Digest>,
    state: Option<JobState>,
    before: Option<JobId>,
    limit: u32,
) -> Result<Vec<Job>> {
    let mut query = Query::of("SELECT * FROM jobs WHERE true");
    if let Some(owner) = owner {
        query.push(" AND EXISTS (SELECT 1 FROM images WHERE digest = jobs.original AND owner = ");
        query.push_bind(owner.to_owned()).push(")");
    }
    if let Some(original) = original {
        query.push(" AND original = ").push_bind(original.to_string());
    }
    if let Some(state) = state {
        query.push(" AND state = ").push_bind(state.name());
    }
    if let Some(before) = before {
        query.push(" AND id < ").push_bind(before.to_string());
    }
    query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(limit));
    query.fetch_all(db).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Job> {
    let state: JobState = parsed(row, "state")?;
    let step: Option<String> = row.try_get("step")?;
    let step = step.and_then(|name| JobStep::ALL.into_iter().find(|step| step.name() == name));
    Ok(Job {
        id: parsed(row, "id")?,
        original: parsed(row, "original")?,
        transform: row.try_get("transform")?,
        engine_version: count(row, "engine_version")?,
        owner: row.try_get("owner")?,
        state,
        step: step.filter(|_| state == JobState::Running),
        priority: count(row, "priority")?,
        attempts: count(row, "attempt")?,
        reason: row.try_get("reason")?,
        created: time(row, "created")?,
        changed: time(row, "changed")?,
    })
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
