//! Table `stores`.

use std::collections::BTreeMap;

use portreto_core::replica::StoreId;

use super::database::{Connection, Row, count, parsed, sql};
use crate::{error::Result, store::StoreEntry};

pub(super) async fn all(db: &mut Connection) -> Result<Vec<StoreEntry>> {
    let rows = sql("SELECT * FROM stores ORDER BY id").fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            Ok(StoreEntry {
                id: parsed(row, "id")?,
                uuid: parsed(row, "uuid")?,
                url: row.try_get("url")?,
                state: parsed(row, "state")?,
                weight: count(row, "weight")?,
            })
        })
        .collect()
}

pub(super) async fn put(db: &mut Connection, entry: &StoreEntry) -> Result<()> {
    sql("INSERT INTO stores (id, uuid, url, state, weight) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET uuid = excluded.uuid, url = excluded.url, \
         state = excluded.state, weight = excluded.weight")
    .bind(entry.id.as_str())
    .bind(entry.uuid.to_string())
    .bind(&entry.url)
    .bind(entry.state.as_str())
    .bind(i64::from(entry.weight))
    .execute(db)
    .await?;
    Ok(())
}

/// What is known of which store's conditional puts.
pub(super) async fn conditional_puts(db: &mut Connection) -> Result<BTreeMap<StoreId, bool>> {
    let known = "SELECT id, conditional_puts FROM stores WHERE conditional_puts IS NOT NULL";
    let rows = sql(known).fetch_all(db).await?;
    let known = |row: &Row| Ok((parsed(row, "id")?, row.try_get::<i64>("conditional_puts")? != 0));
    rows.iter().map(known).collect()
}

pub(super) async fn set_conditional_puts(
    db: &mut Connection,
    id: &StoreId,
    honored: bool,
) -> Result<()> {
    sql("UPDATE stores SET conditional_puts = $1 WHERE id = $2")
        .bind(i64::from(honored))
        .bind(id.as_str())
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn remove(db: &mut Connection, id: &StoreId) -> Result<()> {
    sql("DELETE FROM stores WHERE id = $1").bind(id.as_str()).execute(db).await?;
    Ok(())
}
