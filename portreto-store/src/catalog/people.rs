//! Tables `people`, `sessions`, `refresh_tokens`, `api_keys` and `failed_logins`.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portreto_core::Digest;

use super::{
    Catalog,
    database::{Row, parsed, retried, sql, time},
};
use crate::{
    error::Result,
    person::{ApiKey, Person, Scope},
};

/// What became of a refresh token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refreshed {
    /// It was good; it is used now, and the next one of its session is kept.
    Good { person: String, session: String },
    /// There is no such token, or its session is over.
    Unknown,
    /// It was used before: somebody has copied it. Its session is over now.
    Reused { person: String },
}

impl Catalog {
    /// Gives whether the name was free.
    pub(crate) async fn insert_person(&self, person: &Person, password: &str) -> Result<bool> {
        let mut tx = self.write().await?;
        let done = sql("INSERT INTO people (id, name, password, created) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING")
        .bind(&person.id)
        .bind(&person.name)
        .bind(password)
        .bind(person.created.as_microsecond())
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(done > 0)
    }

    /// The person with this name, and the hash of the password.
    pub(crate) async fn person_named(&self, name: &str) -> Result<Option<(Person, String)>> {
        let mut db = self.read().await?;
        let row = sql("SELECT * FROM people WHERE name = $1").bind(name);
        row.fetch_optional(&mut db)
            .await?
            .map(|row| {
                let person = Person {
                    id: row.try_get("id")?,
                    name: row.try_get("name")?,
                    created: time(&row, "created")?,
                };
                Ok((person, row.try_get("password")?))
            })
            .transpose()
    }

    /// Begins a session with its first refresh token; those that are over are forgotten.
    pub(crate) async fn open_session(
        &self,
        session: &str,
        person: &str,
        token: &Digest,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<()> {
        retried!(async {
            let mut tx = self.write().await?;
            sql("DELETE FROM sessions WHERE expires <= $1")
                .bind(now.as_microsecond())
                .execute(&mut tx)
                .await?;
            sql("INSERT INTO sessions (id, person, expires) VALUES ($1, $2, $3)")
                .bind(session)
                .bind(person)
                .bind(later(now, lasts))
                .execute(&mut tx)
                .await?;
            sql("INSERT INTO refresh_tokens (digest, session) VALUES ($1, $2)")
                .bind(token.to_string())
                .bind(session)
                .execute(&mut tx)
                .await?;
            tx.commit().await?;
            Ok(())
        })
    }

    /// Uses a refresh token; `next` is the one that follows it.
    pub(crate) async fn refresh(
        &self,
        token: &Digest,
        next: &Digest,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<Refreshed> {
        retried!(async {
            let mut tx = self.write().await?;
            // The session's row is who is first: of two uses of one token at the same time, the other one waits here, and
            // then finds it used.
            let row = sql("SELECT id, person FROM sessions WHERE expires > $2 \
                 AND id = (SELECT session FROM refresh_tokens WHERE digest = $1) {locked}")
            .bind(token.to_string())
            .bind(now.as_microsecond())
            .fetch_optional(&mut tx)
            .await?;
            let Some(row) = row else { return Ok(Refreshed::Unknown) };
            let (session, person): (String, String) = (row.try_get("id")?, row.try_get("person")?);
            let used = sql("SELECT used FROM refresh_tokens WHERE digest = $1");
            let used = used.bind(token.to_string()).fetch_one(&mut tx).await?;
            if used.try_get::<Option<i64>>("used")?.is_some() {
                sql("DELETE FROM sessions WHERE id = $1").bind(&session).execute(&mut tx).await?;
                tx.commit().await?;
                return Ok(Refreshed::Reused { person });
            }
            sql("UPDATE refresh_tokens SET used = $2 WHERE digest = $1")
                .bind(token.to_string())
                .bind(now.as_microsecond())
                .execute(&mut tx)
                .await?;
            sql("INSERT INTO refresh_tokens (digest, session) VALUES ($1, $2)")
                .bind(next.to_string())
                .bind(&session)
                .execute(&mut tx)
                .await?;
            sql("UPDATE sessions SET expires = $2 WHERE id = $1")
                .bind(&session)
                .bind(later(now, lasts))
                .execute(&mut tx)
                .await?;
            tx.commit().await?;
            Ok(Refreshed::Good { person, session })
        })
    }

    /// Ends a session.
    pub(crate) async fn close_session(&self, session: &str) -> Result<()> {
        let mut tx = self.write().await?;
        sql("DELETE FROM sessions WHERE id = $1").bind(session).execute(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether a session of this person goes on.
    pub(crate) async fn session_is_open(
        &self,
        session: &str,
        person: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let mut db = self.read().await?;
        let query = "SELECT 1 FROM sessions WHERE id = $1 AND person = $2 AND expires > $3";
        let row = sql(query).bind(session).bind(person).bind(now.as_microsecond());
        Ok(row.fetch_optional(&mut db).await?.is_some())
    }

    pub(crate) async fn insert_api_key(&self, key: &ApiKey, digest: &Digest) -> Result<()> {
        let mut tx = self.write().await?;
        sql("INSERT INTO api_keys (id, digest, person, name, scope, created) \
             VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(&key.id)
        .bind(digest.to_string())
        .bind(&key.person)
        .bind(&key.name)
        .bind(key.scope.name())
        .bind(key.created.as_microsecond())
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The key with these bytes.
    pub(crate) async fn api_key(&self, digest: &Digest) -> Result<Option<ApiKey>> {
        let mut db = self.read().await?;
        let row = sql("SELECT * FROM api_keys WHERE digest = $1").bind(digest.to_string());
        row.fetch_optional(&mut db).await?.as_ref().map(read_key).transpose()
    }

    /// The keys of a person, oldest first.
    pub(crate) async fn api_keys(&self, person: &str) -> Result<Vec<ApiKey>> {
        let mut db = self.read().await?;
        let rows = sql("SELECT * FROM api_keys WHERE person = $1 ORDER BY id").bind(person);
        rows.fetch_all(&mut db).await?.iter().map(read_key).collect()
    }

    /// Gives whether the person had such a key.
    pub(crate) async fn delete_api_key(&self, person: &str, id: &str) -> Result<bool> {
        let mut tx = self.write().await?;
        let query = "DELETE FROM api_keys WHERE id = $1 AND person = $2";
        let done = sql(query).bind(id).bind(person).execute(&mut tx).await?;
        tx.commit().await?;
        Ok(done > 0)
    }

    /// Counts an attempt at a login in each bucket, unless one of them is full: then gives how long it will be.
    pub(crate) async fn count_attempt(
        &self,
        buckets: &[(String, u32)],
        now: Timestamp,
        window: Duration,
    ) -> Result<Option<Duration>> {
        retried!(async {
            let mut tx = self.write().await?;
            let window_us = i64::try_from(window.as_micros()).unwrap_or(i64::MAX);
            let begin = now.as_microsecond().saturating_sub(window_us);
            sql("DELETE FROM failed_logins WHERE since <= $1").bind(begin).execute(&mut tx).await?;
            for (bucket, most) in buckets {
                // Counting is asking: of many at once no more get through than there is room for.
                let counted =
                    sql("INSERT INTO failed_logins (bucket, since, count) VALUES ($1, $2, 1) \
                     ON CONFLICT (bucket) DO UPDATE SET count = failed_logins.count + 1 \
                     WHERE failed_logins.count < $3")
                    .bind(bucket)
                    .bind(now.as_microsecond())
                    .bind(i64::from(*most))
                    .execute(&mut tx)
                    .await?;
                if counted == 0 {
                    // What was counted in buckets before this one goes with the transaction.
                    let row = sql("SELECT since FROM failed_logins WHERE bucket = $1");
                    let since = time(&row.bind(bucket).fetch_one(&mut tx).await?, "since")?;
                    let left =
                        u64::try_from(since.as_microsecond().saturating_sub(begin)).unwrap_or(0);
                    return Ok(Some(Duration::from_micros(left)));
                }
            }
            tx.commit().await?;
            Ok(None)
        })
    }

    /// Forgets what was counted in a bucket: the login was good.
    pub(crate) async fn forget_attempts(&self, bucket: &str) -> Result<()> {
        let mut tx = self.write().await?;
        let query = "DELETE FROM failed_logins WHERE bucket = $1";
        sql(query).bind(bucket).execute(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn read_key(row: &Row) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.try_get("id")?,
        person: row.try_get("person")?,
        name: row.try_get("name")?,
        scope: parsed::<Scope>(row, "scope")?,
        created: time(row, "created")?,
    })
}

fn later(now: Timestamp, lasts: Duration) -> i64 {
    let lasts = SignedDuration::try_from(lasts).unwrap_or(SignedDuration::MAX);
    now.checked_add(lasts).unwrap_or(Timestamp::MAX).as_microsecond()
}
