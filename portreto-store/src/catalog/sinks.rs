//! Tables `sinks` and `dead_letters`: how far each sink is, and who brings events to it.
//!
//! What somebody does to a sink is fenced by its holder: whoever comes after the lease was taken over, or after the sink was set back,
//! changes nothing.

use std::time::Duration;

use super::database::{Connection, Row, count, sql};
use crate::{
    error::Result,
    event::{Cursor, DeadLetter, Event, SinkClaim, SinkState},
};

/// Lets `holder` bring events to a sink, unless somebody else does or it is not to be tried yet. One that is new begins after `cursor`.
pub(super) async fn claim(
    db: &mut Connection,
    name: &str,
    holder: &str,
    lease: Duration,
    new: Cursor,
) -> Result<Option<SinkClaim>> {
    sql("INSERT INTO sinks ({cursor}, name) VALUES ({cursor_value}, $3) ON CONFLICT DO NOTHING")
        .bind(new.tx)
        .bind(new.position)
        .bind(name)
        .execute(db)
        .await?;
    let row = sql(
        "UPDATE sinks SET holder = $2, lease = {now} + $3 WHERE name = $1 AND due <= {now} \
         AND (holder IS NULL OR holder = $2 OR lease < {now}) RETURNING {tx} AS transaction_id, position, failures",
    )
    .bind(name)
    .bind(holder)
    .bind(micros(lease))
    .fetch_optional(db)
    .await?;
    let claimed =
        |row: &Row| Ok(SinkClaim { cursor: cursor(row)?, failures: count(row, "failures")? });
    row.as_ref().map(claimed).transpose()
}

/// So many events more were delivered, and all up to `to` dealt with. Gives whether the sink is still this holder's, whose lease is prolonged.
pub(super) async fn advance(
    db: &mut Connection,
    name: &str,
    holder: &str,
    lease: Duration,
    to: Cursor,
    n_delivered: u64,
) -> Result<bool> {
    let changed = sql(
        "UPDATE sinks SET ({cursor}) = ({cursor_value}), delivered = delivered + $3, failures = 0, reason = NULL, \
         lease = {now} + $4 WHERE name = $5 AND holder = $6",
    )
    .bind(to.tx)
    .bind(to.position)
    .bind(i64::try_from(n_delivered).unwrap_or(i64::MAX))
    .bind(micros(lease))
    .bind(name)
    .bind(holder)
    .execute(db)
    .await?;
    Ok(changed > 0)
}

/// Writes down what went wrong; nobody is to try again before `delay` has passed.
pub(super) async fn fail(
    db: &mut Connection,
    name: &str,
    holder: &str,
    reason: &str,
    delay: Duration,
) -> Result<()> {
    sql("UPDATE sinks SET failures = failures + 1, reason = $3, due = {now} + $4, holder = NULL \
         WHERE name = $1 AND holder = $2")
    .bind(name)
    .bind(holder)
    .bind(reason)
    .bind(micros(delay))
    .execute(db)
    .await?;
    Ok(())
}

/// Others may bring events to it.
pub(super) async fn release(db: &mut Connection, name: &str, holder: &str) -> Result<()> {
    let query = "UPDATE sinks SET holder = NULL WHERE name = $1 AND holder = $2";
    sql(query).bind(name).bind(holder).execute(db).await?;
    Ok(())
}

/// Has a sink begin again after `cursor`, at once. Gives whether there is one of that name.
pub(super) async fn rewind(db: &mut Connection, name: &str, to: Cursor) -> Result<bool> {
    let changed = sql(
        "UPDATE sinks SET ({cursor}) = ({cursor_value}), failures = 0, reason = NULL, due = 0, holder = NULL \
         WHERE name = $3",
    )
    .bind(to.tx)
    .bind(to.position)
    .bind(name)
    .execute(db)
    .await?;
    Ok(changed > 0)
}

/// Forgets a sink, and what it would not have.
pub(super) async fn remove(db: &mut Connection, name: &str) -> Result<bool> {
    sql("DELETE FROM dead_letters WHERE sink = $1").bind(name).execute(db).await?;
    Ok(sql("DELETE FROM sinks WHERE name = $1").bind(name).execute(db).await? > 0)
}

pub(super) async fn bury(
    db: &mut Connection,
    name: &str,
    event: &Event,
    reason: &str,
) -> Result<()> {
    sql("INSERT INTO dead_letters (sink, event, kind, subject, time, data, reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING")
    .bind(name)
    .bind(event.id.to_string())
    .bind(&event.kind)
    .bind(&event.subject)
    .bind(event.time.as_microsecond())
    .bind(event.data.to_string())
    .bind(reason)
    .execute(db)
    .await?;
    Ok(())
}

/// What a sink would not have, by time.
pub(super) async fn dead(db: &mut Connection, name: &str, limit: u32) -> Result<Vec<DeadLetter>> {
    let rows = sql(
        "SELECT event AS id, kind, subject, time, data, reason, CAST(0 AS BIGINT) AS transaction_id, CAST(0 AS BIGINT) AS position \
                    FROM dead_letters WHERE sink = $1 ORDER BY time, event LIMIT $2",
    )
    .bind(name)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    let letter = |row: &Row| {
        Ok(DeadLetter { event: super::events::from_row(row)?, reason: row.try_get("reason")? })
    };
    rows.iter().map(letter).collect()
}

/// All sinks, by name.
pub(super) async fn all(db: &mut Connection) -> Result<Vec<(SinkState, Cursor)>> {
    let rows = sql("SELECT name, {tx} AS transaction_id, position, failures, reason, delivered, \
         (SELECT count(*) FROM dead_letters WHERE sink = name) AS dead FROM sinks ORDER BY name")
    .fetch_all(db)
    .await?;
    let state = |row: &Row| {
        let state = SinkState {
            name: row.try_get("name")?,
            delivered: count(row, "delivered")?,
            behind: 0,
            dead: count(row, "dead")?,
            failures: count(row, "failures")?,
            reason: row.try_get("reason")?,
        };
        Ok((state, cursor(row)?))
    };
    rows.iter().map(state).collect()
}

/// The place of an event, or of the last one that was dealt with.
pub(super) fn cursor(row: &Row) -> Result<Cursor> {
    Ok(Cursor { tx: row.try_get("transaction_id")?, position: row.try_get("position")? })
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
