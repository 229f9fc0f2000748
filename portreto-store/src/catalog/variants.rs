//! Table `variants`.

use std::collections::HashMap;

use portreto_core::{Digest, replica::Shard};

use super::{
    database::{Connection, Query, Row, count, integer, parsed, sql},
    jobs::JobKey,
};
use crate::{error::Result, image::Variant};

/// Variants that are looked for in one statement.
const ASKED_AT_ONCE: usize = 16;

/// Gives whether it was new.
pub(super) async fn insert(db: &mut Connection, variant: &Variant) -> Result<bool> {
    let done = sql(
        "INSERT INTO variants (original, transform, engine_version, digest, media_type, width, \
         height, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(variant.original.to_string())
    .bind(&variant.transform)
    .bind(i64::from(variant.engine_version))
    .bind(variant.digest.to_string())
    .bind(&variant.media_type)
    .bind(i64::from(variant.width))
    .bind(i64::from(variant.height))
    .bind(integer(variant.bytes))
    .execute(db)
    .await?;
    Ok(done > 0)
}

pub(super) async fn find(db: &mut Connection, key: &JobKey) -> Result<Option<Variant>> {
    let row = sql(
        "SELECT * FROM variants WHERE original = $1 AND transform = $2 AND engine_version = $3",
    )
    .bind(key.original.to_string())
    .bind(&key.transform)
    .bind(i64::from(key.engine_version))
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// The same for several, in their order.
pub(super) async fn find_all(db: &mut Connection, keys: &[JobKey]) -> Result<Vec<Option<Variant>>> {
    if let [key] = keys {
        return Ok(vec![find(db, key).await?]);
    }
    let mut found = HashMap::with_capacity(keys.len());
    for chunk in keys.chunks(ASKED_AT_ONCE) {
        let mut query = Query::of("SELECT * FROM variants WHERE ");
        // Always as many, so that it is one statement to the database; the last one again and again costs nothing.
        let padding = chunk.iter().rev().take(1).cycle();
        for (n, key) in chunk.iter().chain(padding).take(ASKED_AT_ONCE).enumerate() {
            query.push(if n == 0 { "(original = " } else { " OR (original = " });
            query.push_bind(key.original.to_string());
            query.push(" AND transform = ").push_bind(key.transform.clone());
            query.push(" AND engine_version = ").push_bind(i64::from(key.engine_version));
            query.push(")");
        }
        for row in &query.fetch_all(&mut *db).await? {
            let variant = read(row)?;
            found.insert(JobKey::of(&variant), variant);
        }
    }
    Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
}

pub(super) async fn of(db: &mut Connection, original: &Digest) -> Result<Vec<Variant>> {
    let query = "SELECT * FROM variants WHERE original = $1 ORDER BY transform, engine_version";
    let rows = sql(query).bind(original.to_string()).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// The variants whose originals are in this shard.
pub(super) async fn in_shard(db: &mut Connection, shard: Shard) -> Result<Vec<Variant>> {
    let (first, last) = shard.bounds();
    let query = "SELECT * FROM variants WHERE original BETWEEN $1 AND $2";
    let rows = sql(query).bind(first.to_string()).bind(last.to_string()).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// The digests of variants that are in this shard themselves.
pub(super) async fn bytes_in_shard(db: &mut Connection, shard: Shard) -> Result<Vec<Digest>> {
    let (first, last) = shard.bounds();
    let query = "SELECT DISTINCT digest FROM variants WHERE digest BETWEEN $1 AND $2";
    let rows = sql(query).bind(first.to_string()).bind(last.to_string()).fetch_all(db).await?;
    rows.iter().map(|row| parsed(row, "digest")).collect()
}

/// Removes all variants of an original and gives them.
pub(super) async fn take(db: &mut Connection, original: &Digest) -> Result<Vec<Variant>> {
    let variants = of(db, original).await?;
    let query = "DELETE FROM variants WHERE original = $1";
    sql(query).bind(original.to_string()).execute(db).await?;
    Ok(variants)
}

/// A variant with these bytes.
pub(super) async fn with_bytes(db: &mut Connection, digest: &Digest) -> Result<Option<Variant>> {
    let query = "SELECT * FROM variants WHERE digest = $1 LIMIT 1";
    let row = sql(query).bind(digest.to_string()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Variants, and their distinct bytes.
pub(super) async fn totals(db: &mut Connection) -> Result<(u64, u64)> {
    let row = sql(
        "SELECT (SELECT count(*) FROM variants) AS n, (SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM \
         (SELECT DISTINCT digest, bytes FROM variants) AS blobs) AS bytes",
    )
    .fetch_one(db)
    .await?;
    Ok((count(&row, "n")?, count(&row, "bytes")?))
}

fn read(row: &Row) -> Result<Variant> {
    Ok(Variant {
        original: parsed(row, "original")?,
        transform: row.try_get("transform")?,
        engine_version: count(row, "engine_version")?,
        digest: parsed(row, "digest")?,
        media_type: row.try_get("media_type")?,
        width: count(row, "width")?,
        height: count(row, "height")?,
        bytes: count(row, "bytes")?,
    })
}
