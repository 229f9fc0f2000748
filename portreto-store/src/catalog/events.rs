//! Table `events`: the outbox.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::jobs::JobKey;
use crate::{
    error::{Error, ErrorKind, Result},
    image::{Image, Variant},
};

pub(super) async fn image_uploaded(
    db: &mut SqliteConnection,
    id: Uuid,
    image: &Image,
) -> Result<()> {
    let subject = image.id.to_string();
    insert(db, id, "portreto.image.uploaded", &subject, image.created, image).await
}

pub(super) async fn image_deleted(
    db: &mut SqliteConnection,
    id: Uuid,
    image: &Image,
    now: Timestamp,
) -> Result<()> {
    insert(db, id, "portreto.image.deleted", &image.id.to_string(), now, image).await
}

pub(super) async fn variant_created(
    db: &mut SqliteConnection,
    id: Uuid,
    variant: &Variant,
    now: Timestamp,
) -> Result<()> {
    let subject = variant.variant_key().to_string();
    insert(db, id, "portreto.variant.created", &subject, now, variant).await
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
    insert(db, id, "portreto.job.failed", &original.to_string(), now, &data).await
}

async fn insert(
    db: &mut SqliteConnection,
    id: Uuid,
    kind: &str,
    subject: &str,
    time: Timestamp,
    data: &(impl Serialize + Sync),
) -> Result<()> {
    let data = serde_json::to_string(data).map_err(|source| {
        Error::new(ErrorKind::Internal, "cannot write an event").with_source(source)
    })?;
    sqlx::query("INSERT INTO events (id, kind, subject, time, data) VALUES ($1, $2, $3, $4, $5)")
        .bind(id.to_string())
        .bind(kind)
        .bind(subject)
        .bind(time.as_microsecond())
        .bind(data)
        .execute(db)
        .await?;
    Ok(())
}
