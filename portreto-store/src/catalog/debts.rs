//! Table `debts`: what stores owe.

use jiff::Timestamp;
use portreto_core::replica::{Key, StoreId};

use super::database::{Connection, Row, count, parsed, sql, unreadable};
use crate::error::Result;

/// A store that should have a copy of a key, or should not have it any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Debt {
    /// The store.
    pub(crate) store: StoreId,
    /// The key.
    pub(crate) key: Key,
}

/// A debt as it stood when it was read.
#[derive(Debug, Clone)]
pub(crate) struct Owed {
    pub(crate) debt: Debt,
    /// When it was last made, and no two times the same: what is owed again meanwhile is not this debt any more.
    since: i64,
}

pub(super) async fn insert(db: &mut Connection, debt: &Debt, now: Timestamp) -> Result<()> {
    sql("INSERT INTO debts (store, path, since) VALUES ($1, $2, $3) ON CONFLICT (store, path) DO UPDATE SET since = \
         CASE WHEN excluded.since > debts.since THEN excluded.since ELSE debts.since + 1 END")
        .bind(debt.store.as_str())
        .bind(debt.key.to_string())
        .bind(now.as_microsecond())
        .execute(db)
        .await?;
    Ok(())
}

/// Forgets a debt, unless it was made again since it was read.
pub(super) async fn delete(db: &mut Connection, Owed { debt, since }: &Owed) -> Result<()> {
    sql("DELETE FROM debts WHERE store = $1 AND path = $2 AND since = $3")
        .bind(debt.store.as_str())
        .bind(debt.key.to_string())
        .bind(*since)
        .execute(db)
        .await?;
    Ok(())
}

/// Forgets what a store owes.
pub(super) async fn delete_of(db: &mut Connection, store: &StoreId) -> Result<()> {
    let query = "DELETE FROM debts WHERE store = $1";
    sql(query).bind(store.as_str()).execute(db).await?;
    Ok(())
}

/// The debts after this one, by store and path.
pub(super) async fn page(
    db: &mut Connection,
    after: Option<&Debt>,
    limit: u32,
) -> Result<Vec<Owed>> {
    let query = "SELECT store, path, since FROM debts WHERE (store, path) > ($1, $2) ORDER BY store, path LIMIT $3";
    let rows = sql(query)
        .bind(after.map_or("", |debt| debt.store.as_str()))
        .bind(after.map_or_else(String::new, |debt| debt.key.to_string()))
        .bind(i64::from(limit))
        .fetch_all(db)
        .await?;
    let owed = |row: &Row| {
        let path: &str = row.try_get("path")?;
        let key = Key::parse(path).ok_or_else(|| unreadable("path", path))?;
        let debt = Debt { store: parsed(row, "store")?, key };
        Ok(Owed { debt, since: row.try_get("since")? })
    };
    rows.iter().map(owed).collect()
}

pub(super) async fn total(db: &mut Connection) -> Result<u64> {
    let row = sql("SELECT count(*) AS n FROM debts").fetch_one(db).await?;
    count(&row, "n")
}
