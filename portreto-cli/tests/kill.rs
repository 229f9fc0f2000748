//! kill -9 in the middle of an upload, over and over: nothing that was reported as added is missing, nothing
//! is kept twice over, nothing is left lying about.
//!
//! `PORTRETO_KILLS` and `PORTRETO_KILL_FILES` make it longer (50 and 500 for a thorough run), `PORTRETO_KILL_SEED`
//! repeats one.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "cli/home.rs"]
#[allow(dead_code, reason = "the other tests use the rest of it")]
mod home;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::{BufRead, BufReader},
    process::Stdio,
    time::{Duration, Instant},
};

use home::{Home, small_picture, tree};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;

#[test]
fn what_was_reported_as_added_survives_every_kill() {
    let n_kills = number("PORTRETO_KILLS", 8);
    let n_files = number("PORTRETO_KILL_FILES", 120);
    let seed = number("PORTRETO_KILL_SEED", rand::random::<u32>());
    println!("PORTRETO_KILLS={n_kills} PORTRETO_KILL_FILES={n_files} PORTRETO_KILL_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed.into());

    let home = Home::new();
    let mut pictures = BTreeMap::new();
    for number in 0..n_files {
        let (name, bytes) = (format!("{number:04}.png"), small_picture(number));
        home.write(&format!("in/{name}"), &bytes);
        pictures.insert(name, bytes);
    }
    // How long one run takes, in a home of its own: the kills are spread over so much time.
    let whole = {
        let other = Home::new();
        let started = Instant::now();
        let input = home.path("in");
        other.ok(&["upload", input.to_str().unwrap(), "-t", TRANSFORM]);
        started.elapsed()
    };

    let mut acknowledged = BTreeSet::new();
    let mut n_finished = 0;
    for kill in 0..n_kills {
        // Three of four after so many new pictures, spread over the whole upload whatever the speed of the
        // machine; the fourth at any time, the very beginning included.
        let left = n_files - acknowledged.len() as u32;
        let moment = if kill % 4 < 3 {
            Moment::Added(random.random_range(0..=2 * left / (n_kills - kill)))
        } else {
            Moment::Elapsed(whole.mul_f64(random.random_range(0.0..0.8)))
        };
        let (finished, reported) = upload_and_kill(&home, moment);
        n_finished += u32::from(finished);
        acknowledged.extend(reported);

        if home.home().join("catalog.sqlite").exists() {
            let listed = digests(&home);
            assert!(acknowledged.is_subset(&listed), "kill {kill}: an image is missing");
        } else {
            assert!(acknowledged.is_empty(), "kill {kill}: the catalog is missing");
        }
        if kill % 4 == 3 {
            // What was begun may lack a copy, but not what was acknowledged: it is read back whole.
            assert_acknowledged_is_good(&home, &acknowledged);
        }
    }
    println!("{n_kills} kills, {n_finished} of them too late, {} acknowledged", acknowledged.len());

    let run = home.ok(&["upload", "in", "--json", "-t", TRANSFORM]);
    let statuses: BTreeSet<_> = run.json().iter().filter_map(status).collect();
    assert!(statuses.is_subset(&["added", "already-there"].map(str::to_owned).into()), "{run}");
    assert_eq!(home.ls().len(), pictures.len(), "each picture once");
    assert_eq!(digests(&home).len(), pictures.len());
    let run = home.run(&["scrub"]);
    assert_eq!(run.code, Some(0), "{run}");
    home.ok(&["repair"]);
    home.ok(&["scrub"]);
    home.assert_gives_back(&pictures);
    assert_no_leftovers(&home);
}

const TRANSFORM: &str = "resize:8x,png";

/// When to kill.
#[derive(Clone, Copy)]
enum Moment {
    /// After so many pictures were reported as added.
    Added(u32),
    /// After so much time.
    Elapsed(Duration),
}

/// Uploads, and kills it at this moment. Tells whether it had come to its end, and the digests it reported as
/// kept.
fn upload_and_kill(home: &Home, moment: Moment) -> (bool, Vec<String>) {
    let mut child = home
        .command(&["upload", "in", "--json", "-t", TRANSFORM])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut reported = Vec::new();
    match moment {
        Moment::Added(n_added) => {
            let mut n_seen = 0;
            while n_seen < n_added
                && let Some(line) = output.next()
            {
                let line = line.unwrap();
                n_seen += u32::from(line.contains(r#""status":"added""#));
                reported.push(line);
            }
        }
        Moment::Elapsed(after) => wait_for_its_end(&mut child, after),
    }
    child.kill().unwrap();
    // What it had written before it died is still in the pipe; the last line may be cut.
    reported.extend(output.map_while(Result::ok));
    let finished = child.wait().unwrap().success();
    let digest = |line: &String| {
        let line: Value = serde_json::from_str(line).ok()?;
        let is_kept = matches!(line["status"].as_str(), Some("added" | "already-there"));
        is_kept.then(|| line["digest"].as_str().unwrap().to_owned())
    };
    (finished, reported.iter().filter_map(digest).collect())
}

/// Waits for the process, no longer than `at_most`.
fn wait_for_its_end(child: &mut std::process::Child, at_most: Duration) {
    let started = Instant::now();
    while started.elapsed() < at_most && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
}

fn digests(home: &Home) -> BTreeSet<String> {
    home.ls().iter().map(|image| image["digest"].as_str().unwrap().to_owned()).collect()
}

fn assert_acknowledged_is_good(home: &Home, acknowledged: &BTreeSet<String>) {
    if acknowledged.is_empty() {
        return;
    }
    let report = home.run(&["scrub", "--json"]).json().remove(0);
    for finding in report["findings"].as_array().unwrap() {
        let key = finding["key"].as_str().unwrap();
        let digest = key.rsplit('/').next().unwrap();
        let is_blob = key.starts_with("blobs/");
        assert!(
            !(is_blob && acknowledged.contains(digest)),
            "acknowledged and not whole: {finding}"
        );
    }
}

/// Nothing in the stores but what the layout names, and every blob what its name says.
fn assert_no_leftovers(home: &Home) {
    for directory in home.stores().values() {
        // Which of them are there depends on how the images were grouped.
        let spaces = ["blobs", "bundles", "records", "variants"].map(|space| directory.join(space));
        for space in spaces.iter().filter(|space| space.exists()) {
            for path in tree(space) {
                let name = path.file_name().unwrap().to_str().unwrap();
                let stem = name.strip_suffix(".json").unwrap_or(name);
                let plain = stem.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
                assert!(plain, "left over: {}", path.display());
            }
        }
        let set_aside = directory.join("set-aside");
        assert!(!set_aside.exists() || tree(&set_aside).is_empty(), "no bytes were ever bad");
    }
    let spare = files_in_home(home).into_iter().filter(|name| name.contains(".new")).count();
    assert_eq!(spare, 0);
}

fn files_in_home(home: &Home) -> Vec<String> {
    let entries = std::fs::read_dir(home.home()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn status(line: &Value) -> Option<String> {
    line["status"].as_str().map(str::to_owned)
}

fn number(name: &str, default: u32) -> u32 {
    match env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number")),
        Err(_) => default,
    }
}
