//! Table `garbage`: blobs that nothing refers to, on their way out.

use std::collections::HashMap;

use jiff::Timestamp;
use portreto_core::Digest;

use super::{
    database::{Connection, Query, parsed, sql, time},
    images::ROWS,
};
use crate::error::Result;

/// How far on its way out a blob is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Nothing refers to it; its bytes are there.
    Marked,
    /// Its bytes are being removed, or have been.
    Condemned,
}

/// Marks a blob, unless it is marked.
pub(super) async fn mark(db: &mut Connection, digest: &Digest, now: Timestamp) -> Result<()> {
    sql("INSERT INTO garbage (digest, state, since) VALUES ($1, 'marked', $2) \
         ON CONFLICT DO NOTHING")
    .bind(digest.to_string())
    .bind(now.as_microsecond())
    .execute(db)
    .await?;
    Ok(())
}

/// Clears the marks of blobs that are wanted again, and gives what they were.
pub(super) async fn reclaim(
    db: &mut Connection,
    digests: &[Digest],
) -> Result<HashMap<Digest, Mark>> {
    let mut marks = HashMap::new();
    for chunk in digests.chunks(ROWS) {
        let mut query = Query::of("DELETE FROM garbage WHERE digest IN (");
        query.push_list(chunk.iter().map(Digest::to_string)).push(") RETURNING digest, state");
        for row in query.kept(chunk.len() == 1).fetch_all(&mut *db).await? {
            marks.insert(parsed(&row, "digest")?, mark_of(row.try_get("state")?));
        }
    }
    Ok(marks)
}

/// The same for one blob.
pub(super) async fn reclaim_one(db: &mut Connection, digest: &Digest) -> Result<Option<Mark>> {
    Ok(reclaim(db, std::slice::from_ref(digest)).await?.remove(digest))
}

/// How far a blob is. Nobody else changes it until the transaction ends.
pub(super) async fn state(db: &mut Connection, digest: &Digest) -> Result<Option<Mark>> {
    let query = "SELECT state FROM garbage WHERE digest = $1 {locked}";
    let row = sql(query).bind(digest.to_string()).fetch_optional(db).await?;
    row.map(|row| Ok(mark_of(row.try_get("state")?))).transpose()
}

/// Condemns a blob marked before `before` (or condemned already). Gives whether it is condemned.
pub(super) async fn condemn(
    db: &mut Connection,
    digest: &Digest,
    before: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let done = sql("UPDATE garbage SET state = 'condemned', since = $3 \
         WHERE digest = $1 AND (state = 'condemned' OR since <= $2)")
    .bind(digest.to_string())
    .bind(before.as_microsecond())
    .bind(now.as_microsecond())
    .execute(db)
    .await?;
    Ok(done > 0)
}

pub(super) async fn all(db: &mut Connection) -> Result<Vec<(Digest, Mark, Timestamp)>> {
    let rows = sql("SELECT * FROM garbage ORDER BY digest").fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            Ok((parsed(row, "digest")?, mark_of(row.try_get("state")?), time(row, "since")?))
        })
        .collect()
}

/// Forgets blobs condemned before `before`: no upload that began earlier can still be under way.
pub(super) async fn forget_condemned(db: &mut Connection, before: Timestamp) -> Result<()> {
    sql("DELETE FROM garbage WHERE state = 'condemned' AND since <= $1")
        .bind(before.as_microsecond())
        .execute(db)
        .await?;
    Ok(())
}

fn mark_of(state: &str) -> Mark {
    if state == "marked" { Mark::Marked } else { Mark::Condemned }
}
