//! Which stores there are: transactions that span stores and what they owe.

use std::collections::BTreeMap;

use portreto_core::replica::StoreId;

use super::{Catalog, database::Locks, debts, stores};
use crate::{
    error::{Error, ErrorKind, Result},
    store::StoreEntry,
};

impl Catalog {
    /// The stores, by id.
    pub(crate) async fn stores(&self) -> Result<Vec<StoreEntry>> {
        stores::all(&mut self.read().await?).await
    }

    /// Catalogues the stores that `found` makes, unless there are any. Gives whether there were none. Of several that do it at
    /// the same time, one does.
    pub(crate) async fn found_stores<F>(&self, found: F) -> Result<bool>
    where
        F: AsyncFnOnce() -> Result<Vec<(StoreEntry, Option<bool>)>>,
    {
        let mut tx = self.write().await?;
        Locks::default().stores().take(&mut tx).await?;
        if !stores::all(&mut tx).await?.is_empty() {
            return Ok(false);
        }
        for (entry, honors_conditions) in found().await? {
            stores::put(&mut tx, &entry).await?;
            if let Some(honored) = honors_conditions {
                stores::set_conditional_puts(&mut tx, &entry.id, honored).await?;
            }
        }
        tx.commit().await?;
        Ok(true)
    }

    /// All stores but this one, which there must be.
    pub(crate) async fn stores_without(&self, id: &StoreId) -> Result<Vec<StoreEntry>> {
        Ok(take_out(self.stores().await?, id)?.1)
    }

    /// Adds a store, unless there is one with its id or URL by now.
    pub(crate) async fn add_store(&self, entry: &StoreEntry) -> Result<()> {
        let mut tx = self.write().await?;
        Locks::default().stores().take(&mut tx).await?;
        let there = stores::all(&mut tx).await?;
        if there.iter().any(|there| there.id == entry.id || there.url == entry.url) {
            let message = format!("somebody else has just added store {}", entry.id);
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        stores::put(&mut tx, entry).await?;
        tx.commit().await
    }

    /// Adds a store or changes its URL, state or weight.
    pub(crate) async fn put_store(&self, entry: &StoreEntry) -> Result<()> {
        let mut tx = self.write().await?;
        stores::put(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Of which stores it is known whether they make a new object only where there was none, and whether they do.
    pub(crate) async fn conditional_puts(&self) -> Result<BTreeMap<StoreId, bool>> {
        stores::conditional_puts(&mut self.read().await?).await
    }

    /// Writes that down of a store.
    pub(crate) async fn set_conditional_puts(&self, id: &StoreId, honored: bool) -> Result<()> {
        let mut tx = self.write().await?;
        stores::set_conditional_puts(&mut tx, id, honored).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Changes a store to what `change` makes of it and of the others, which are what it says until then; none to forget it,
    /// and what it owes.
    pub(crate) async fn change_store<F>(&self, id: &StoreId, change: F) -> Result<()>
    where
        F: FnOnce(StoreEntry, &[StoreEntry]) -> Result<Option<StoreEntry>>,
    {
        let mut tx = self.write().await?;
        Locks::default().stores().take(&mut tx).await?;
        let (entry, others) = take_out(stores::all(&mut tx).await?, id)?;
        if let Some(changed) = change(entry, &others)? {
            stores::put(&mut tx, &changed).await?;
        } else {
            stores::remove(&mut tx, id).await?;
            debts::delete_of(&mut tx, id).await?;
        }
        tx.commit().await
    }
}

/// A store, and the others.
fn take_out(mut stores: Vec<StoreEntry>, id: &StoreId) -> Result<(StoreEntry, Vec<StoreEntry>)> {
    let Some(at) = stores.iter().position(|entry| entry.id == *id) else {
        let message = format!("there is no store with the id {id}");
        return Err(Error::new(ErrorKind::NotFound, message));
    };
    let entry = stores.remove(at);
    Ok((entry, stores))
}
