//! The power goes in the middle of an upload, over and over: what was reported as added is there afterwards. And the
//! control: without syncs it is not, so that the test would notice.
//!
//! The home is on a file system in a file. The upload is stopped, the file is copied as it is (what the kernel has not
//! written yet is not in it, as it would not be on a disk), the upload is killed, and the copy is mounted in the place
//! of the disk, for the next cut. Needs root and loop devices, and says so where they are not allowed.
//!
//! `PORTRETO_CUTS` makes it longer (20), `PORTRETO_CUT_SEED` repeats one.

#![cfg(target_os = "linux")]
#![expect(clippy::print_stdout, reason = "how many there were, and with which seed")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "cli/home.rs"]
#[allow(dead_code, reason = "the other tests use the rest of it")]
mod home;

use std::{
    collections::BTreeSet,
    env, fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

use home::{Home, small_picture, tree};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;

/// A disk of 64 MiB has room for what is uploaded before so many cuts.
const CUTS_A_DISK: u32 = 40;

/// A file system in a file, mounted where a home will be; gone when dropped.
struct Disk {
    directory: tempfile::TempDir,
    mounted_at: PathBuf,
}

impl Disk {
    fn mount(at: PathBuf) -> Option<Self> {
        let disk = Self { directory: tempfile::tempdir().unwrap(), mounted_at: at };
        fs::create_dir(&disk.mounted_at).unwrap();
        let image = disk.image();
        fs::File::create(&image).unwrap().set_len(64 << 20).unwrap();
        let made = disk.succeeds(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image));
        (made && disk.attach()).then_some(disk)
    }

    fn image(&self) -> PathBuf {
        self.directory.path().join("image")
    }

    fn attach(&self) -> bool {
        let mut command = Command::new("mount");
        self.succeeds(command.args(["-o", "loop"]).arg(self.image()).arg(&self.mounted_at))
    }

    fn detach(&self) -> bool {
        self.succeeds(Command::new("umount").arg(&self.mounted_at))
    }

    /// What is on the disk at this moment, of which two copies are made until they are the same: then nothing was
    /// written in between.
    fn snapshot(&self) -> PathBuf {
        let copy = |name: &str| {
            let to = self.directory.path().join(name);
            let mut command = Command::new("cp");
            assert!(self.succeeds(command.arg("--sparse=always").arg(self.image()).arg(&to)));
            to
        };
        let mut last = copy("first");
        for i in 0..50 {
            let next = copy(if i % 2 == 0 { "second" } else { "first" });
            if self.succeeds(Command::new("cmp").arg("-s").args([&last, &next])) {
                return next;
            }
            last = next;
        }
        panic!("the disk does not come to rest");
    }

    /// Goes on with what was on the disk then.
    fn revert_to(&self, snapshot: PathBuf) {
        assert!(self.detach());
        fs::rename(snapshot, self.image()).unwrap();
        assert!(self.attach(), "the file system cannot be mounted any more");
    }

    fn succeeds(&self, command: &mut Command) -> bool {
        let command = command.current_dir(self.directory.path()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.detach();
    }
}

/// What became of the pictures that were reported as added.
#[derive(Debug, Default)]
struct Tally {
    n_acknowledged: usize,
    n_lost: usize,
}

#[test]
fn what_was_acknowledged_survives_every_power_cut() {
    let n_cuts = number("PORTRETO_CUTS", 20);
    let Some(tally) = cut(n_cuts, true) else { return };
    println!("{n_cuts} cuts: {tally:?}");
    assert!(tally.n_acknowledged >= n_cuts as usize, "too few to say anything: {tally:?}");
    assert_eq!(tally.n_lost, 0, "{tally:?}");
}

#[test]
fn without_syncs_it_does_not() {
    if !cfg!(debug_assertions) {
        println!("not tested: this build syncs always");
        return;
    }
    let Some(tally) = cut(3, false) else { return };
    println!("3 cuts without syncs: {tally:?}");
    assert!(tally.n_lost > 0, "the control has noticed nothing: {tally:?}");
}

/// Uploads and cuts the power, so many times. None where it cannot be done.
fn cut(n_cuts: u32, syncs: bool) -> Option<Tally> {
    let seed = number("PORTRETO_CUT_SEED", rand::random());
    println!("PORTRETO_CUTS={n_cuts} PORTRETO_CUT_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed.into());
    let (mut all, mut left) = (Tally::default(), n_cuts);
    while left > 0 {
        let n_cuts = left.min(CUTS_A_DISK);
        let tally = cut_one_disk(n_cuts, syncs, &mut random)?;
        all.n_acknowledged += tally.n_acknowledged;
        all.n_lost += tally.n_lost;
        left -= n_cuts;
    }
    Some(all)
}

/// The same with one disk, until something is lost.
fn cut_one_disk(n_cuts: u32, syncs: bool, random: &mut StdRng) -> Option<Tally> {
    let home = Home::new();
    let Some(disk) = Disk::mount(home.home()) else {
        println!("not tested: mounting a file system in a file is not allowed here");
        return None;
    };
    let (mut tally, mut acknowledged) = (Tally::default(), BTreeSet::new());
    for n in 0..n_cuts {
        let input = format!("in-{n}");
        for picture in 0..40 {
            let number = n * 100 + picture;
            home.write(&format!("{input}/{number:04}.png"), &small_picture(number));
        }
        let mut command = home.command(&["upload", &input, "--json"]);
        if !syncs {
            command.env("PORTRETO_NO_SYNC", "1");
        }
        let mut upload = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(upload.stdout.take().unwrap()).lines();
        let until = random.random_range(1..30);
        let mut reported = Vec::new();
        while reported.len() < until
            && let Some(line) = lines.next()
        {
            reported.push(line.unwrap());
        }
        let id = upload.id().to_string();
        assert!(disk.succeeds(Command::new("kill").args(["-STOP", &id])));
        let snapshot = disk.snapshot();
        upload.kill().unwrap();
        upload.wait().unwrap();
        // What it had written before it was stopped.
        reported.extend(lines.map_while(Result::ok));
        disk.revert_to(snapshot);

        let added = reported.iter().filter_map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            (line["status"] == "added").then(|| line["digest"].as_str().unwrap().to_owned())
        });
        acknowledged.extend(added);
        tally.n_acknowledged = acknowledged.len();
        tally.n_lost = acknowledged.len() - still_there(&home, &acknowledged);
        if tally.n_lost > 0 {
            return Some(tally);
        }
    }
    // What the cuts left behind is swept, and all that was acknowledged is there still.
    home.ok(&["repair"]);
    for store in home.stores().values() {
        let half_written =
            tree(store).into_iter().find(|path| path.to_str().unwrap().contains('#'));
        assert_eq!(half_written, None);
    }
    home.ok(&["scrub"]);
    tally.n_lost = acknowledged.len() - still_there(&home, &acknowledged);
    Some(tally)
}

/// How many of these are in the catalog and whole in both stores.
fn still_there(home: &Home, acknowledged: &BTreeSet<String>) -> usize {
    let listing = home.run(&["ls", "--json"]);
    let scrub = home.run(&["scrub", "--json"]);
    if listing.code != Some(0) || scrub.text().is_empty() {
        return 0;
    }
    let listed: BTreeSet<String> =
        listing.json().iter().map(|image| image["digest"].as_str().unwrap().to_owned()).collect();
    let report = scrub.json().remove(0);
    let bad: BTreeSet<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| finding["key"].as_str())
        // A blob's digest is its name, a record's is the folder that it is in.
        .flat_map(|key| key.split('/'))
        .collect();
    acknowledged
        .iter()
        .filter(|&digest| listed.contains(digest) && !bad.contains(&**digest))
        .count()
}

fn number(name: &str, default: u32) -> u32 {
    match env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number")),
        Err(_) => default,
    }
}
