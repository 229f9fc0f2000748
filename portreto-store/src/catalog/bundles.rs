//! Which images have their records in which bundle.

use portreto_core::{Digest, replica::Shard};

use super::{
    database::{Connection, parsed, sql},
    images,
    images::Catalogued,
};
use crate::{error::Result, image::ImageId};

pub(super) async fn is_referred_to(db: &mut Connection, bundle: &Digest) -> Result<bool> {
    let query = "SELECT 1 FROM images WHERE bundle = $1 LIMIT 1";
    Ok(sql(query).bind(bundle.to_string()).fetch_optional(db).await?.is_some())
}

/// The images of a bundle as they are now.
pub(super) async fn images_of(db: &mut Connection, bundle: &Digest) -> Result<Vec<Catalogued>> {
    let query = "SELECT * FROM images WHERE bundle = $1 ORDER BY id";
    let rows = sql(query).bind(bundle.to_string()).fetch_all(&mut *db).await?;
    images::with_labels(db, &rows).await
}

pub(super) async fn in_shard(db: &mut Connection, shard: Shard) -> Result<Vec<Digest>> {
    let (first, last) = shard.bounds();
    let query = "SELECT DISTINCT bundle FROM images WHERE bundle BETWEEN $1 AND $2";
    let rows = sql(query).bind(first.to_string()).bind(last.to_string()).fetch_all(db).await?;
    rows.iter().map(|row| parsed(row, "bundle")).collect()
}

pub(super) async fn leave(db: &mut Connection, image: ImageId) -> Result<()> {
    let query = "UPDATE images SET bundle = NULL WHERE id = $1";
    sql(query).bind(image.to_string()).execute(db).await?;
    Ok(())
}

/// Its images have records of their own from now on.
pub(super) async fn dissolve(db: &mut Connection, bundle: &Digest) -> Result<()> {
    let query = "UPDATE images SET bundle = NULL WHERE bundle = $1";
    sql(query).bind(bundle.to_string()).execute(&mut *db).await?;
    let query = "DELETE FROM broken_bundles WHERE digest = $1";
    sql(query).bind(bundle.to_string()).execute(db).await?;
    Ok(())
}

/// Remembers that one of its images was deleted.
pub(super) async fn break_up(db: &mut Connection, bundle: &Digest) -> Result<()> {
    let query = "INSERT INTO broken_bundles (digest) VALUES ($1) ON CONFLICT DO NOTHING";
    sql(query).bind(bundle.to_string()).execute(db).await?;
    Ok(())
}

pub(super) async fn broken(db: &mut Connection) -> Result<Vec<Digest>> {
    let rows = sql("SELECT digest FROM broken_bundles ORDER BY digest").fetch_all(db).await?;
    rows.iter().map(|row| parsed(row, "digest")).collect()
}
