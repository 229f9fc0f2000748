//! Table `verified`: when each shard was last read in full and found well.

use std::collections::HashMap;

use jiff::Timestamp;
use portreto_core::replica::Shard;

use super::database::{Connection, sql, time};
use crate::error::Result;

pub(super) async fn set(db: &mut Connection, shard: Shard, now: Timestamp) -> Result<()> {
    let query = "INSERT INTO verified (shard, time) VALUES ($1, $2) \
                 ON CONFLICT (shard) DO UPDATE SET time = excluded.time";
    sql(query).bind(shard.to_string()).bind(now.as_microsecond()).execute(db).await?;
    Ok(())
}

/// Takes it back.
pub(super) async fn unset(db: &mut Connection, shard: Shard) -> Result<()> {
    sql("DELETE FROM verified WHERE shard = $1").bind(shard.to_string()).execute(db).await?;
    Ok(())
}

pub(super) async fn all(db: &mut Connection) -> Result<HashMap<Shard, Timestamp>> {
    let rows = sql("SELECT shard, time FROM verified").fetch_all(db).await?;
    let mut all = HashMap::new();
    for row in &rows {
        if let Some(shard) = Shard::parse(row.try_get("shard")?) {
            all.insert(shard, time(row, "time")?);
        }
    }
    Ok(all)
}
