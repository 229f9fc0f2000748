//! Table `request_keys`: names that senders gave to requests.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portreto_core::Digest;

use super::{
    Catalog,
    database::{retried, sql},
};
use crate::error::Result;

impl Catalog {
    /// Remembers what a request of this name has in it. Gives whether it is what it was before, or new. Names older than `lasts` are
    /// forgotten.
    pub(crate) async fn name_request(
        &self,
        owner: &str,
        name: &str,
        content: &Digest,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<bool> {
        let lasts = SignedDuration::try_from(lasts).unwrap_or(SignedDuration::MAX);
        let before = now.checked_sub(lasts).unwrap_or(Timestamp::MIN);
        retried!(async {
            let mut tx = self.write().await?;
            sql("DELETE FROM request_keys WHERE since <= $1")
                .bind(before.as_microsecond())
                .execute(&mut tx)
                .await?;
            sql("INSERT INTO request_keys (owner, name, content, since) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT DO NOTHING")
            .bind(owner)
            .bind(name)
            .bind(content.to_string())
            .bind(now.as_microsecond())
            .execute(&mut tx)
            .await?;
            let query = "SELECT content FROM request_keys WHERE owner = $1 AND name = $2";
            let row = sql(query).bind(owner).bind(name).fetch_one(&mut tx).await?;
            let there: String = row.try_get("content")?;
            tx.commit().await?;
            Ok(there == content.to_string())
        })
    }
}
