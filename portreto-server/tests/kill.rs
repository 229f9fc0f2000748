//! The program killed in the middle of uploads and jobs, again and again: what it said it kept is kept, and no job is lost.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use portreto_core::Digest;
use portreto_store::{JobFilter, JobState, Options, Portreto};
use serde_json::Value;

/// As often as it is killed, unless `PORTRETO_KILLS` says another number.
const ROUNDS: u64 = 8;
const CLIENTS: u32 = 3;

fn start(home: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_portreto-server"))
        .env_clear()
        .args(["--anonymous", "--listen", "127.0.0.1:0", "--log-format", "json", "--home"])
        .arg(home)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let addr = loop {
        let mut line = String::new();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended before it listened");
        let line: Value = serde_json::from_str(&line).unwrap();
        let message = line["fields"]["message"].as_str().unwrap_or_default();
        if let Some(addr) = message.strip_prefix("listening on http://") {
            break addr.to_owned();
        }
    };
    // Read to its end, so that the server never waits for us.
    thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    (child, addr)
}

/// The answer, if a whole one came.
fn upload(addr: &str, picture: &[u8]) -> Option<Value> {
    let mut stream = TcpStream::connect(addr).ok()?;
    let head = format!(
        "POST /images?transform=resize:16x16,png HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: image/jpeg\r\n\
         Content-Length: {}\r\n\r\n",
        picture.len()
    );
    stream.write_all(&[head.as_bytes(), picture].concat()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let acknowledged = head.starts_with("HTTP/1.1 20");
    acknowledged.then(|| serde_json::from_str(body).ok())?
}

#[test]
fn what_was_acknowledged_holds_after_kills_in_the_middle() {
    let home = tempfile::tempdir().unwrap();
    let n_sent = AtomicU32::new(0);
    let acknowledged = Mutex::new(Vec::new());
    let rounds = std::env::var("PORTRETO_KILLS").map_or(ROUNDS, |text| text.parse().unwrap());
    for round in 0..rounds {
        let (mut child, addr) = start(home.path());
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    loop {
                        let n = n_sent.fetch_add(1, Ordering::Relaxed);
                        let picture = portreto_samples::jpeg_with_orientation(1, 40 + n, 40);
                        let Some(answer) = upload(&addr, &picture) else { break };
                        acknowledged.lock().unwrap().push((Digest::of(&picture), answer));
                    }
                });
            }
            // Another moment in each round.
            thread::sleep(Duration::from_millis(40 + 35 * (round % ROUNDS)));
            child.kill().unwrap();
            child.wait().unwrap();
        });
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(!acknowledged.is_empty());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let portreto = Portreto::open(Options::new(home.path())).await.unwrap();
        for (digest, answer) in &acknowledged {
            let image = answer["image"]["id"].as_str().or(answer["id"].as_str()).unwrap();
            let image = portreto.image("", image.parse().unwrap()).await.unwrap();
            assert_eq!(image.digest, *digest);
            assert_eq!(Digest::of(&portreto.original(&image).await.unwrap()), *digest);
            for job in answer["jobs"].as_array().into_iter().flatten() {
                let job = portreto.job("", job["id"].as_str().unwrap().parse().unwrap()).await;
                let (job, _) = job.unwrap();
                assert!(
                    matches!(job.state, JobState::Queued | JobState::Running | JobState::Done),
                    "{job:?}"
                );
                assert_eq!(
                    portreto.made_by(&job).await.unwrap().is_some(),
                    job.state == JobState::Done
                );
            }
        }
        // Each image has its job, and each job that is done its variant, once.
        let filter = JobFilter::default();
        let jobs = portreto.jobs(&filter, None, 100_000).await.unwrap().jobs;
        let stats = portreto.stats().await.unwrap();
        assert_eq!(jobs.len() as u64, stats.images);
        let n_done = jobs.iter().filter(|job| job.state == JobState::Done).count();
        assert_eq!(n_done as u64, stats.variants);
        // Whatever is queued is done by the next worker.
        let waiting: Vec<_> =
            jobs.into_iter().filter(|job| job.state == JobState::Queued).collect();
        let worker = portreto.clone();
        let _work = tokio::spawn(async move { worker.work(2, std::future::pending()).await });
        for job in waiting {
            let done = portreto.await_end(job, Duration::from_mins(1)).await.unwrap().unwrap();
            assert_eq!(done.state, JobState::Done, "{done:?}");
        }
    });
}
