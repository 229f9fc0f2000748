//! The numbers of `benches/queue-speed`, on a PostgreSQL of their own: `measure-queue jobs N ROUNDS` is how fast jobs go through
//! the queue, `measure-queue size SMALL LARGE` how much longer the catalog's questions take when there are more images.

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
    time::{Duration, Instant},
};

use portreto_scratch_postgres::Server;
use portreto_store::speed::{Ending, Process};
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Rows that are generated in one statement.
const AT_ONCE: i64 = 250_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let number = |text: &str| text.parse::<u32>().map_err(|_| format!("{text} is no number"));
    let done: Result<()> = runtime.block_on(async {
        match arguments[..] {
            ["jobs", jobs, rounds] => queue(number(jobs)?, number(rounds)?).await,
            ["size", small, large] => size(number(small)?, number(large)?).await,
            _ => Err("usage: measure-queue jobs N ROUNDS | size SMALL LARGE".into()),
        }
    });
    done.map_or_else(|error| failed(&*error), |()| ExitCode::SUCCESS)
}

fn failed(error: &(dyn std::error::Error + Send + Sync)) -> ExitCode {
    let _ = writeln!(io::stderr(), "measure-queue: {error}");
    ExitCode::FAILURE
}

/// Prints a line of a table.
fn say(line: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

/// Jobs a second, with the server waiting for its disk as in earnest. Each worker has connections of its own, as processes
/// have.
async fn queue(jobs: u32, rounds: u32) -> Result<()> {
    let server = Server::start(true)?;
    say("| jobs a second | 1 worker | 2 | 4 | 8 |\n|---|---|---|---|---|")?;
    for (name, ending) in [
        ("begun and ended, no-op", Ending::Nothing),
        ("begun and ended, with its variant and event", Ending::Variant),
    ] {
        let mut row = vec![name.to_owned()];
        for workers in [1, 2, 4, 8] {
            let mut speeds = Vec::new();
            for _ in 0..rounds {
                let url = server.database();
                Process::connect(&url).await?.ask(0, jobs).await?;
                let begin = Instant::now();
                let done =
                    together(&url, workers, |process, _| async move { process.work(ending).await });
                if done.await?.into_iter().sum::<u32>() != jobs {
                    return Err("jobs were lost or done twice".into());
                }
                speeds.push(f64::from(jobs) / begin.elapsed().as_secs_f64());
            }
            row.push(format!("{:.0}", median(speeds)));
        }
        say(&format!("| {} |", row.join(" | ")))?;
    }
    let mut row = vec!["asked for, one in a transaction".to_owned()];
    for clients in [1, 2, 4, 8] {
        let mut speeds = Vec::new();
        for _ in 0..rounds {
            let url = server.database();
            drop(Process::connect(&url).await?);
            let (each, begin) = (jobs / clients, Instant::now());
            let ask =
                |process: Process, n: u32| async move { process.ask_singly(n * each, each).await };
            together(&url, clients, ask).await?;
            speeds.push(f64::from(each * clients) / begin.elapsed().as_secs_f64());
        }
        row.push(format!("{:.0}", median(speeds)));
    }
    say(&format!("| {} |", row.join(" | ")))
}

/// The same done by several processes at the same time.
async fn together<T: Send + 'static, F>(
    url: &str,
    n: u32,
    work: impl Fn(Process, u32) -> F,
) -> Result<Vec<T>>
where
    F: Future<Output = portreto_store::Result<T>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for n in 0..n {
        tasks.spawn(work(Process::connect(url).await?, n));
    }
    let mut done = Vec::new();
    while let Some(task) = tasks.join_next().await {
        done.push(task??);
    }
    Ok(done)
}

/// The same questions to a small and a large catalog.
async fn size(small: u32, large: u32) -> Result<()> {
    let server = Server::start(false)?;
    let mut catalogs = Vec::new();
    for n in [small, large] {
        let process = Process::connect(&server.database()).await?;
        // Indexes are made when the rows are there, as a restored backup does: in the time of one sort each.
        process.order(DROP).await?;
        let mut from = 0;
        while from < i64::from(n) {
            let to = (from + AT_ONCE).min(i64::from(n));
            process.generate(from, to - 1).await?;
            from = to;
        }
        process.order(CREATE).await?;
        process.ask(0, 10_000).await?;
        process.order("ANALYZE").await?;
        catalogs.push((n, process));
    }
    say(&format!("| median, ms | {small} images | {large} | ratio |\n|---|---|---|---|"))?;
    let times = async |what: u32| -> Result<Vec<f64>> {
        let mut medians = Vec::new();
        for (n, process) in &catalogs {
            let mut times = Vec::new();
            for i in 0..2_200_u32 {
                let somewhere = i.wrapping_mul(2_654_435_761) % n;
                let time = match what {
                    0 => process.page(somewhere).await?,
                    1 => process.lookup(somewhere).await?,
                    _ => process.begin().await?,
                };
                // The first ones fill caches.
                if i >= 200 {
                    times.push(millis(time));
                }
            }
            medians.push(median(times));
        }
        Ok(medians)
    };
    for (what, name) in ["a page of 100 of an owner's images", "is it there already", "begin a job"]
        .into_iter()
        .enumerate()
    {
        let medians = times(what as u32).await?;
        let ratio = medians[1] / medians[0];
        say(&format!("| {name} | {:.3} | {:.3} | {ratio:.2} |", medians[0], medians[1]))?;
    }
    Ok(())
}

const DROP: &str = "ALTER TABLE labels DROP CONSTRAINT labels_image_fkey;
    ALTER TABLE files DROP CONSTRAINT files_image_fkey;
    ALTER TABLE images DROP CONSTRAINT images_pkey, DROP CONSTRAINT images_reversed_key,
        DROP CONSTRAINT images_owner_digest_key;
    DROP INDEX images_by_digest, images_by_owner, images_unseen, images_by_bundle;
    ALTER TABLE jobs DROP CONSTRAINT jobs_pkey, DROP CONSTRAINT jobs_original_transform_engine_version_key;
    DROP INDEX jobs_by_turn, jobs_by_owner, jobs_spent, jobs_by_state;
    ALTER TABLE images DISABLE TRIGGER image_used";

const CREATE: &str = "SET maintenance_work_mem = '1GB';
    ALTER TABLE images ADD PRIMARY KEY (id), ADD UNIQUE (reversed), ADD UNIQUE (owner, digest);
    CREATE INDEX images_by_digest ON images (digest);
    CREATE INDEX images_by_owner ON images (owner, id);
    CREATE INDEX images_unseen ON images (owner, id) WHERE seen = 0;
    CREATE INDEX images_by_bundle ON images (bundle) WHERE bundle IS NOT NULL;
    ALTER TABLE jobs ADD PRIMARY KEY (id), ADD UNIQUE (original, transform, engine_version);
    CREATE INDEX jobs_by_turn ON jobs ((turn - priority * 60000000)) WHERE state IN ('queued', 'running');
    CREATE INDEX jobs_by_owner ON jobs (owner, turn) WHERE state IN ('queued', 'running');
    CREATE INDEX jobs_spent ON jobs (due) WHERE state = 'running' AND attempt >= last_attempt;
    CREATE INDEX jobs_by_state ON jobs (state, id);
    ALTER TABLE images ENABLE TRIGGER image_used";

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The middle one of some measurements.
fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}
