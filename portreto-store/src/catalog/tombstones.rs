//! Table `tombstones`: deleted images.

use jiff::Timestamp;
use portreto_core::{
    Digest,
    replica::{Key, Shard},
};
use serde::{Deserialize, Serialize};

use super::database::{Connection, Row, parsed, sql, time};
use crate::{error::Result, image::ImageId};

/// An image was deleted, for ever: the catalog's entry, and the payload of the tombstone in the stores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tombstone {
    /// The image.
    pub(crate) image: ImageId,
    /// Its original.
    pub(crate) original: Digest,
    /// When.
    pub(crate) deleted: Timestamp,
}

impl Tombstone {
    /// Where it is kept, in every store.
    pub(crate) const fn key(&self) -> Key {
        Key::Tombstone { original: self.original, image: self.image.uuid() }
    }
}

pub(super) async fn insert(
    db: &mut Connection,
    image: ImageId,
    original: &Digest,
    deleted: Timestamp,
) -> Result<()> {
    sql("INSERT INTO tombstones (image, original, deleted) VALUES ($1, $2, $3) \
         ON CONFLICT DO NOTHING")
    .bind(image.to_string())
    .bind(original.to_string())
    .bind(deleted.as_microsecond())
    .execute(db)
    .await?;
    Ok(())
}

/// Whether the image was deleted.
pub(super) async fn has(db: &mut Connection, image: ImageId) -> Result<bool> {
    let row = sql("SELECT 1 FROM tombstones WHERE image = $1")
        .bind(image.to_string())
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// The tombstones of images whose originals are in this shard.
pub(super) async fn in_shard(db: &mut Connection, shard: Shard) -> Result<Vec<Tombstone>> {
    let (first, last) = shard.bounds();
    let query = "SELECT * FROM tombstones WHERE original BETWEEN $1 AND $2";
    let rows = sql(query).bind(first.to_string()).bind(last.to_string()).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn find(db: &mut Connection, image: ImageId) -> Result<Option<Tombstone>> {
    let query = "SELECT * FROM tombstones WHERE image = $1";
    let row = sql(query).bind(image.to_string()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Tombstone> {
    Ok(Tombstone {
        image: parsed(row, "image")?,
        original: parsed(row, "original")?,
        deleted: time(row, "deleted")?,
    })
}
