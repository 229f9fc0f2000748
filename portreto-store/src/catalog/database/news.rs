//! Word to other processes that something has changed. SQLite has nothing of the kind: there they look.

use sqlx::postgres::{PgListener, PgPoolOptions};

use super::{Database, Server};
use crate::error::Result;

const CHANNEL: &str = "portreto";

impl Database {
    /// Tells all processes that listen.
    pub(in crate::catalog) async fn tell(&self) -> Result<()> {
        if let Self::Postgres(server) = self {
            let mut db = server.presence.acquire(&server.writers).await?;
            sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(&mut *db).await?;
        }
        Ok(())
    }

    /// Calls `heard` each time a process has told something, and once at the beginning, since nobody knows what was told
    /// before. Returns when the line is broken.
    pub(in crate::catalog) async fn hear(&self, heard: impl Fn()) -> Result<()> {
        let Self::Postgres(Server { options, .. }) = self else { return Ok(()) };
        let line = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let line = line.connect_lazy_with(options.as_ref().clone());
        let mut listener = PgListener::connect_with(&line).await?;
        listener.listen(CHANNEL).await?;
        heard();
        while listener.try_recv().await?.is_some() {
            heard();
        }
        Ok(())
    }
}
