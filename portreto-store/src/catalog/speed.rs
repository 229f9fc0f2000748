//! For benchmarks: the catalog's calls as servers and workers make them, without stores or pictures.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use portreto_core::{Digest, ENGINE_VERSION};
use uuid::Uuid;

use super::{
    Catalog, JobKey, NewJob,
    database::{Connection, sql},
    jobs,
};
use crate::{error::Result, image::Variant, job::JobState, portreto::Filter};

/// One process with a catalog on PostgreSQL.
#[derive(Debug, Clone)]
pub struct Process(Catalog);

/// What becomes of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It is done, and that is all.
    Nothing,
    /// Its variant is catalogued, and the event.
    Variant,
}

impl Process {
    /// # Errors
    ///
    /// The database does not answer.
    pub async fn connect(url: &str) -> Result<Self> {
        Ok(Self(Catalog::connect(url).await?))
    }

    /// Asks for jobs of ten owners, some hundred in a transaction.
    ///
    /// # Errors
    ///
    /// The database does not answer.
    pub async fn ask(&self, from: u32, n: u32) -> Result<()> {
        let jobs: Vec<NewJob> = (from..from + n).map(job).collect();
        for jobs in jobs.chunks(500) {
            let mut tx = self.0.write().await?;
            for job in jobs {
                jobs::enqueue(&mut tx, job, Timestamp::UNIX_EPOCH).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Asks for jobs, each in a transaction of its own.
    ///
    /// # Errors
    ///
    /// The database does not answer.
    pub async fn ask_singly(&self, from: u32, n: u32) -> Result<()> {
        for n in from..from + n {
            self.0.ask(&[job(n)], Timestamp::UNIX_EPOCH).await?;
        }
        Ok(())
    }

    /// Works until there is nothing to do. Gives how many jobs were done.
    ///
    /// # Errors
    ///
    /// The database does not answer.
    pub async fn work(&self, ending: Ending) -> Result<u32> {
        let (mut done, mut idle) = (0, 0);
        // Rows that another one is just about to begin are passed over.
        while idle < 3 {
            let (lease, now) = (Duration::from_secs(30), Timestamp::UNIX_EPOCH);
            let Some(claim) =
                self.0.claim("w", lease, now, || Uuid::from_u128(rand::random())).await?
            else {
                idle += 1;
                continue;
            };
            match ending {
                Ending::Nothing => {
                    let mut db = self.0.write_at_once().await?;
                    jobs::end_held(&mut db, &claim, JobState::Done, None, now).await?;
                }
                Ending::Variant => {
                    let JobKey { original, transform, engine_version } = claim.key.clone();
                    let digest = Digest::of(original.as_bytes());
                    let media_type = "image/png".to_owned();
                    let (width, height, bytes) = (1, 1, 1);
                    let variant = Variant {
                        original,
                        transform,
                        engine_version,
                        digest,
                        media_type,
                        width,
                        height,
                        bytes,
                    };
                    let event = Uuid::from_u128(rand::random());
                    self.0.complete(&claim, &variant, now, event).await?;
                }
            }
            done += 1;
        }
        Ok(done)
    }

    /// Makes images number `from` to `to` of a thousand owners, each with a job that is done, in SQL.
    ///
    /// # Errors
    ///
    /// The database does not do it.
    pub async fn generate(&self, from: i64, to: i64) -> Result<()> {
        for part in [
            // Ids in the order of time, as UUIDs of version 7 are; digests in none.
            "INSERT INTO images (id, reversed, owner, digest, name, media_type, width, height, bytes, created, \
             revision, seen) SELECT id, reverse(replace(id, '-', '')), 'owner ' || (n % 1000), \
             encode(sha256(n::text::bytea), 'hex'), n || '.jpg', 'image/jpeg', 4000, 3000, 4000000, n, 1, 1 \
             FROM (SELECT n, substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(m, 1, 3) || '-8' \
             || substr(m, 4, 3) || '-' || substr(m, 7, 12) AS id FROM (SELECT n, lpad(to_hex(n), 12, '0') AS h, \
             md5(n::text) AS m FROM generate_series($1, $2) AS n) AS parts) AS ids",
            "INSERT INTO jobs (id, original, transform, engine_version, owner, state, priority, turn, attempt, \
             last_attempt, due, created, changed) SELECT 'g' || n, encode(sha256(n::text::bytea), 'hex'), 't', 1, \
             'owner ' || (n % 1000), 'done', 0, n, 1, 5, n, n, n FROM generate_series($1, $2) AS n",
        ] {
            let mut db = self.0.write_at_once().await?;
            sql(part).bind(from).bind(to).execute(&mut db).await?;
        }
        Ok(())
    }

    /// Runs orders that have no values and no answers.
    ///
    /// # Errors
    ///
    /// The database does not do it.
    pub async fn order(&self, orders: &'static str) -> Result<()> {
        if let Connection::Postgres(mut db) = self.0.write_at_once().await? {
            sqlx::raw_sql(orders).execute(&mut *db).await?;
        }
        Ok(())
    }

    /// The time of a page of 100 images of an owner.
    ///
    /// # Errors
    ///
    /// The database does not answer.
    pub async fn page(&self, owner: u32) -> Result<Duration> {
        let filter = Filter { owner: Some(format!("owner {}", owner % 1000)), ..Filter::default() };
        let begin = Instant::now();
        self.0.page(&filter, None, 100).await?;
        Ok(begin.elapsed())
    }

    /// The time of the question whether an owner has these bytes.
    ///
    /// # Errors
    ///
    /// The database does not answer.
    pub async fn lookup(&self, n: u32) -> Result<Duration> {
        // Every second one is there.
        let digest = if n.is_multiple_of(2) {
            sha256_of(&self.0, n).await?
        } else {
            Digest::of(&n.to_le_bytes())
        };
        let owner = format!("owner {}", n % 1000);
        let begin = Instant::now();
        self.0.image_of(&owner, &digest).await?;
        Ok(begin.elapsed())
    }

    /// The time of beginning a job.
    ///
    /// # Errors
    ///
    /// The database does not answer.
    pub async fn begin(&self) -> Result<Duration> {
        let (lease, now) = (Duration::from_secs(30), Timestamp::UNIX_EPOCH);
        let begin = Instant::now();
        self.0.claim("w", lease, now, || Uuid::from_u128(rand::random())).await?;
        Ok(begin.elapsed())
    }
}

async fn sha256_of(catalog: &Catalog, n: u32) -> Result<Digest> {
    let query =
        sql("SELECT encode(sha256($1::bytea), 'hex') AS digest").bind(n.to_string().into_bytes());
    let row = query.fetch_one(&mut catalog.read().await?).await?;
    super::database::parsed(&row, "digest")
}

fn job(n: u32) -> NewJob {
    NewJob {
        id: Uuid::from_u128(rand::random()),
        key: JobKey {
            original: Digest::of(&n.to_le_bytes()),
            transform: "resize:320x320:inside,jpg".to_owned(),
            engine_version: ENGINE_VERSION,
        },
        owner: format!("owner {}", n % 10),
        priority: 0,
        delay: Duration::ZERO,
        attempts: 5,
    }
}
