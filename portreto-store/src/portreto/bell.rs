//! Tells whoever waits that some job has changed: in this process, and in others that share a catalog on PostgreSQL. Polling is
//! the truth; this makes it quick.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};

use crate::catalog::Catalog;

/// Other processes are told no more often than this: each telling takes a lock of the whole database server.
const TELL_EVERY: Duration = Duration::from_millis(50);
/// How long to wait before listening again after the line broke.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// Rings when some job was asked for, or changed.
#[derive(Debug, Default)]
pub(super) struct Bell {
    here: watch::Sender<()>,
    /// Rung here, and not yet told to others.
    others: Notify,
}

impl Bell {
    pub(super) fn ring(&self) {
        self.here.send_replace(());
        self.others.notify_one();
    }

    /// Hears every ring from now on.
    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.here.subscribe()
    }
}

/// Carries rings between processes until it is dropped.
#[derive(Debug)]
pub(super) struct News(Vec<JoinHandle<()>>);

impl News {
    pub(super) fn of(catalog: &Catalog, bell: &Arc<Bell>) -> Self {
        if !catalog.is_shared() {
            return Self(Vec::new());
        }
        let tell = tokio::spawn(tell(catalog.clone(), bell.clone()));
        let hear = tokio::spawn(hear(catalog.clone(), bell.clone()));
        Self(vec![tell, hear])
    }
}

impl Drop for News {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

async fn tell(catalog: Catalog, bell: Arc<Bell>) {
    loop {
        bell.others.notified().await;
        if let Err(error) = catalog.tell_others().await {
            tracing::debug!(error = error.with_causes(), "other processes are not told of jobs");
        }
        tokio::time::sleep(TELL_EVERY).await;
    }
}

async fn hear(catalog: Catalog, bell: Arc<Bell>) {
    loop {
        let rung = || bell.here.send_replace(());
        if let Err(error) = catalog.hear_others(rung).await {
            tracing::debug!(error = error.with_causes(), "other processes are not heard");
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
    }
}
