//! A crash at each durable step in turn, of everything that changes a store: nothing that was acknowledged is
//! missing, and the same command again brings it to its end.
//!
//! `PORTRETO_CRASH_STRIDE` is how far apart two crashes may be, in steps: 6, and the farther the later, for repair takes
//! hundreds; with 1 none is left out.
//! `PORTRETO_CRASH_SEED` repeats a run. Release builds have no steps to die at: there the test says so.

#![cfg(unix)]
#![expect(clippy::print_stdout, reason = "how many there were, and with which seed")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "cli/home.rs"]
#[allow(dead_code, reason = "the other tests use the rest of it")]
mod home;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    process::Command,
};

use home::{Home, files_in, small_picture, tree};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;

/// Pictures by name.
type Pictures = BTreeMap<String, Vec<u8>>;

/// What is tried: a home as it is before, a command, and what must hold.
struct Scenario {
    home: Home,
    command: Vec<String>,
    /// What is kept before, and must be whatever happens.
    kept: Pictures,
    /// What there is when the command has come to its end.
    end: Pictures,
}

impl Scenario {
    /// A home with the pictures of these numbers, and those that are to be there in the end.
    fn new(before: &[u32], end: &[u32]) -> Self {
        let home = Home::new();
        if !before.is_empty() {
            for (name, bytes) in pictures(before) {
                home.write(&format!("before/{name}"), &bytes);
            }
            let how =
                if before.len() < 8 { ["-t", "resize:8x,png"].as_slice() } else { &["--no-look"] };
            home.ok(&[&["upload", "before"], how].concat());
        }
        let kept: Vec<u32> = before.iter().copied().filter(|n| end.contains(n)).collect();
        Self { home, command: Vec::new(), kept: pictures(&kept), end: pictures(end) }
    }

    fn command(mut self, command: &[&str]) -> Self {
        self.command = command.iter().map(|&arg| arg.to_owned()).collect();
        self
    }

    /// Crashes at one step after another, from the same beginning, until there are no more.
    fn crash_everywhere(self) {
        let stride = number("PORTRETO_CRASH_STRIDE", 6).max(1);
        let seed = number("PORTRETO_CRASH_SEED", rand::random());
        println!("PORTRETO_CRASH_STRIDE={stride} PORTRETO_CRASH_SEED={seed}");
        let mut random = StdRng::seed_from_u64(seed.into());
        let (home, before) = (self.home.home(), self.home.path("home.before"));
        copy(&home, &before);
        let (mut at, mut n_crashes) = (0, 0);
        loop {
            let reach = if stride == 1 || at == 0 { 1 } else { stride.max(at) };
            at += random.random_range(1..=reach);
            if home.exists() {
                fs::remove_dir_all(&home).unwrap();
            }
            copy(&before, &home);
            let mut command = self.home.command(&self.args());
            let output = command.env("PORTRETO_CRASH_AT", at.to_string()).output().unwrap();
            if output.status.code().is_some() {
                // It came to its end before there was such a step.
                assert!(output.status.success(), "{output:?}");
                break;
            }
            n_crashes += 1;
            self.check(at, &String::from_utf8(output.stdout).unwrap());
        }
        println!("{:?}: {n_crashes} crashes among {at} steps", self.command);
        if cfg!(debug_assertions) {
            assert!(n_crashes > 0);
        } else {
            println!("not tested: this build has no steps to die at");
        }
    }

    fn check(&self, at: u32, stdout: &str) {
        let told = format!("crash at step {at} of {:?}", self.command);
        let mut must = self.kept.clone();
        let lines = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        for line in lines.filter(|line| line["status"] == "added") {
            let name = line["name"].as_str().or(line["path"].as_str()).unwrap();
            let name = name.rsplit('/').next().unwrap();
            must.insert(name.to_owned(), self.end[name].clone());
        }
        if self.home.home().join("catalog.sqlite").exists() {
            let there = self.there();
            for (name, bytes) in &must {
                assert_eq!(there.get(name), Some(bytes), "{told}: {name} is not what was kept");
            }
            let allowed: BTreeSet<_> = self.kept.keys().chain(self.end.keys()).collect();
            assert!(there.len() <= allowed.len() + 1, "{told}");
        } else if self.command[0] != "rebuild" {
            assert!(must.is_empty(), "{told}: the catalog is missing");
        }

        // The same again; what it did before the crash may have been all of it.
        let again = self.home.run(&self.args());
        let done = ["rm", "store", "rebuild"].contains(&self.command[0].as_str());
        assert!(again.code == Some(0) || done, "{told}: {again}");
        self.home.ok(&["repair"]);
        self.home.ok(&["scrub"]);
        assert_eq!(self.there(), self.end, "{told}");
    }

    fn n_bundles(&self) -> usize {
        let stores = self.home.stores();
        let directories = stores.values().map(|store| store.join("bundles"));
        directories
            .filter(|directory| directory.exists())
            .map(|directory| tree(&directory).len())
            .sum()
    }

    /// What can be got out.
    fn there(&self) -> Pictures {
        let restored = tempfile::tempdir().unwrap();
        self.home.ok(&["get", "--all", "-o", restored.path().to_str().unwrap()]);
        files_in(restored.path())
    }

    fn args(&self) -> Vec<&str> {
        self.command.iter().map(String::as_str).collect()
    }
}

#[test]
fn upload_into_a_new_home() {
    let scenario = Scenario::new(&[], &[1, 2]);
    for (name, bytes) in &scenario.end {
        scenario.home.write(&format!("in/{name}"), bytes);
    }
    scenario.command(&["upload", "in", "--json", "-t", "resize:8x,png"]).crash_everywhere();
}

#[test]
fn upload_of_more() {
    let scenario = Scenario::new(&[1], &[1, 2]);
    for (name, bytes) in &scenario.end {
        scenario.home.write(&format!("in/{name}"), bytes);
    }
    scenario.command(&["upload", "in", "--json", "-t", "resize:8x,png"]).crash_everywhere();
}

/// So many that their records go into bundles.
fn many() -> Vec<u32> {
    (1..=40).collect()
}

#[test]
fn upload_of_many_together() {
    let scenario = Scenario::new(&[], &many());
    for (name, bytes) in &scenario.end {
        scenario.home.write(&format!("in/{name}"), bytes);
    }
    let scenario = scenario.command(&["upload", "in", "--json", "--no-look"]);
    scenario.crash_everywhere();
}

#[test]
fn repair_of_a_bundle_with_one_that_was_removed() {
    let scenario = Scenario::new(&many(), &many()[1..]);
    assert!(scenario.n_bundles() > 0);
    let id = scenario.home.id_of("0001.png");
    scenario.home.ok(&["rm", &id]);
    scenario.command(&["repair"]).crash_everywhere();
}

#[test]
fn removal_of_one_of_two() {
    let scenario = Scenario::new(&[1, 2], &[2]);
    let id = scenario.home.id_of("0001.png");
    scenario.command(&["rm", &id]).crash_everywhere();
}

#[test]
fn repair_of_a_store_that_was_emptied() {
    let scenario = Scenario::new(&[1, 2], &[1, 2]);
    let stores = scenario.home.stores();
    fs::remove_dir_all(stores.values().next().unwrap()).unwrap();
    scenario.command(&["repair"]).crash_everywhere();
}

#[test]
fn repair_after_a_drain() {
    let scenario = Scenario::new(&[1, 2], &[1, 2]);
    let third = scenario.home.home().join("third");
    scenario.home.ok(&["store", "add", third.to_str().unwrap()]);
    let first = scenario.home.stores().keys().next().unwrap().clone();
    scenario.home.ok(&["store", "drain", &first, "--later"]);
    scenario.command(&["repair"]).crash_everywhere();
}

#[test]
fn drain_of_a_store() {
    let scenario = Scenario::new(&[1, 2], &[1, 2]);
    let third = scenario.home.home().join("third");
    scenario.home.ok(&["store", "add", third.to_str().unwrap()]);
    let first = scenario.home.stores().keys().next().unwrap().clone();
    scenario.command(&["store", "drain", &first]).crash_everywhere();
}

#[test]
fn addition_of_a_store() {
    let scenario = Scenario::new(&[1], &[1]);
    let third = scenario.home.home().join("third");
    scenario.command(&["store", "add", third.to_str().unwrap()]).crash_everywhere();
}

#[test]
fn rebuild_of_a_lost_catalog() {
    let scenario = Scenario::new(&[1, 2], &[1, 2]);
    for name in ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"] {
        let path = scenario.home.home().join(name);
        if path.exists() {
            fs::remove_file(path).unwrap();
        }
    }
    scenario.command(&["rebuild"]).crash_everywhere();
}

fn pictures(numbers: &[u32]) -> Pictures {
    numbers.iter().map(|&n| (format!("{n:04}.png"), small_picture(n))).collect()
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    if from.exists() {
        assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
    }
}

fn number(name: &str, default: u32) -> u32 {
    match env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number")),
        Err(_) => default,
    }
}
