//! Table `events`: the outbox.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    database::{self, Connection, Query, count, from_json, parsed, sql, time},
    images::ROWS,
    jobs::JobKey,
    sinks,
};
use crate::{
    error::{Error, ErrorKind, Result},
    event::{Cursor, Event},
    image::{Image, Variant},
};

pub(super) async fn images_uploaded(db: &mut Connection, images: &[(Uuid, &Image)]) -> Result<()> {
    let row = |(id, image): &(Uuid, &Image)| {
        let subject = image.id.to_string();
        Row::new(*id, "portreto.image.uploaded", &subject, image.created, *image)
    };
    insert(db, images.iter().map(row).collect::<Result<_>>()?).await
}

pub(super) async fn image_deleted(
    db: &mut Connection,
    id: Uuid,
    image: &Image,
    now: Timestamp,
) -> Result<()> {
    let subject = image.id.to_string();
    insert(db, vec![Row::new(id, "portreto.image.deleted", &subject, now, image)?]).await
}

pub(super) async fn variant_created(
    db: &mut Connection,
    id: Uuid,
    variant: &Variant,
    now: Timestamp,
) -> Result<()> {
    let subject = variant.variant_key().to_string();
    insert(db, vec![Row::new(id, "portreto.variant.created", &subject, now, variant)?]).await
}

pub(super) async fn job_failed(
    db: &mut Connection,
    id: Uuid,
    job: &JobKey,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    let JobKey { original, transform, engine_version } = job;
    let data = json!({
        "original": original,
        "transform": transform,
        "engine_version": engine_version,
        "reason": reason,
    });
    insert(db, vec![Row::new(id, "portreto.job.failed", &original.to_string(), now, &data)?]).await
}

/// Up to `limit` events after this place, in order. On PostgreSQL those that were written at the same time as others that are not
/// finished come when these are: the place of each is final.
pub(super) async fn after(db: &mut Connection, place: Cursor, limit: u32) -> Result<Vec<Event>> {
    let rows =
        sql("SELECT {tx} AS transaction_id, position, id, kind, subject, time, data FROM events \
                    WHERE ({cursor}) > ({cursor_value}) AND {settled} ORDER BY {cursor} LIMIT $3")
        .bind(place.tx)
        .bind(place.position)
        .bind(i64::from(limit))
        .fetch_all(db)
        .await?;
    rows.iter().map(from_row).collect()
}

/// How many there are after this place, `most` at most.
pub(super) async fn n_after(db: &mut Connection, place: Cursor, most: u32) -> Result<u64> {
    let row = sql("SELECT count(*) AS n FROM (SELECT 1 FROM events WHERE ({cursor}) > ({cursor_value}) LIMIT $3) AS later")
        .bind(place.tx)
        .bind(place.position)
        .bind(i64::from(most))
        .fetch_one(db)
        .await?;
    count(&row, "n")
}

/// The place of the last event; the beginning when there is none.
pub(super) async fn last(db: &mut Connection) -> Result<Cursor> {
    let query = "SELECT {tx} AS transaction_id, position FROM events WHERE {settled} ORDER BY {cursor_desc} LIMIT 1";
    let row = sql(query).fetch_optional(db).await?;
    row.as_ref().map_or(Ok(Cursor::default()), sinks::cursor)
}

/// The place before the first event of this time or later; none when there is no such event.
pub(super) async fn before(db: &mut Connection, time: Timestamp) -> Result<Option<Cursor>> {
    let query = "SELECT {tx} AS transaction_id, position FROM events WHERE time >= $1 ORDER BY {cursor} LIMIT 1";
    let row = sql(query).bind(time.as_microsecond()).fetch_optional(db).await?;
    let place = row.as_ref().map(sinks::cursor).transpose()?;
    Ok(place.map(|first| Cursor { position: first.position - 1, ..first }))
}

/// Forgets the oldest events, if they are older than this; gives how many.
pub(super) async fn forget(db: &mut Connection, before: Timestamp) -> Result<u64> {
    sql("DELETE FROM events WHERE time < $1 AND position IN \
         (SELECT position FROM events ORDER BY position LIMIT 10000)")
    .bind(before.as_microsecond())
    .execute(db)
    .await
}

pub(super) fn from_row(row: &database::Row) -> Result<Event> {
    Ok(Event {
        cursor: sinks::cursor(row)?,
        id: parsed(row, "id")?,
        kind: row.try_get("kind")?,
        subject: row.try_get("subject")?,
        time: time(row, "time")?,
        data: from_json(row, "data")?.unwrap_or_default(),
    })
}

struct Row {
    id: Uuid,
    kind: &'static str,
    subject: String,
    time: Timestamp,
    data: String,
}

impl Row {
    fn new(
        id: Uuid,
        kind: &'static str,
        subject: &str,
        time: Timestamp,
        data: &impl Serialize,
    ) -> Result<Self> {
        let data = serde_json::to_string(data).map_err(|source| {
            Error::new(ErrorKind::Internal, "cannot write an event").with_source(source)
        })?;
        Ok(Self { id, kind, subject: subject.to_owned(), time, data })
    }
}

async fn insert(db: &mut Connection, mut events: Vec<Row>) -> Result<()> {
    while !events.is_empty() {
        let rest = events.split_off(events.len().min(ROWS));
        let is_one = events.len() == 1;
        let mut query = Query::of("INSERT INTO events (id, kind, subject, time, data) ");
        query.push_rows(events.into_iter().map(|event| {
            let Row { id, kind, subject, time, data } = event;
            let (id, time) = (id.to_string().into(), time.as_microsecond().into());
            [id, kind.into(), subject.into(), time, data.into()]
        }));
        query.kept(is_one).execute(&mut *db).await?;
        events = rest;
    }
    Ok(())
}
