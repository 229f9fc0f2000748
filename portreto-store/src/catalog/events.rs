//! Table `events`: the outbox.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::{images::ROWS, jobs::JobKey};
use crate::{
    error::{Error, ErrorKind, Result},
    image::{Image, Variant},
};

pub(super) async fn images_uploaded(
    db: &mut SqliteConnection,
    images: &[(Uuid, &Image)],
) -> Result<()> {
    let row = |(id, image): &(Uuid, &Image)| {
        let subject = image.id.to_string();
        Row::new(*id, "portreto.image.uploaded", &subject, image.created, *image)
    };
    insert(db, images.iter().map(row).collect::<Result<_>>()?).await
}

pub(super) async fn image_deleted(
    db: &mut SqliteConnection,
    id: Uuid,
    image: &Image,
    now: Timestamp,
) -> Result<()> {
    let subject = image.id.to_string();
    insert(db, vec![Row::new(id, "portreto.image.deleted", &subject, now, image)?]).await
}

pub(super) async fn variant_created(
    db: &mut SqliteConnection,
    id: Uuid,
    variant: &Variant,
    now: Timestamp,
) -> Result<()> {
    let subject = variant.variant_key().to_string();
    insert(db, vec![Row::new(id, "portreto.variant.created", &subject, now, variant)?]).await
}

pub(super) async fn job_failed(
    db: &mut SqliteConnection,
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

async fn insert(db: &mut SqliteConnection, mut events: Vec<Row>) -> Result<()> {
    while !events.is_empty() {
        let rest = events.split_off(events.len().min(ROWS));
        let is_one = events.len() == 1;
        let mut query =
            QueryBuilder::<Sqlite>::new("INSERT INTO events (id, kind, subject, time, data) ");
        query.push_values(events, |mut row, event| {
            row.push_bind(event.id.to_string())
                .push_bind(event.kind)
                .push_bind(event.subject)
                .push_bind(event.time.as_microsecond())
                .push_bind(event.data);
        });
        query.build().persistent(is_one).execute(&mut *db).await?;
        events = rest;
    }
    Ok(())
}
