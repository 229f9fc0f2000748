//! System calls that fail: `strace` changes their answers; where it is not, or may not watch, the tests say so.
//!
//! A sync fails once when a disk is dying: the file is there, and may not last.
//! One that failed is not tried again, because the next one says that all is well and knows nothing of the pages that
//! were lost (Rebello and others, "Can Applications Recover from fsync Failures?", USENIX ATC 2020): the file is
//! written anew, or the upload is not acknowledged.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "what was not tested, and what was seen, is told")]

#[path = "cli/home.rs"]
#[allow(dead_code, reason = "the other tests use the rest of it")]
mod home;

use std::{fs, process::Command};

use home::{Home, small_picture};

/// What one run was like.
struct Watched {
    succeeded: bool,
    stdout: String,
    /// The calls that failed, as `strace` tells them.
    failed: Vec<String>,
}

/// Uploads with system calls failing: which, and how, in the words of `strace`.
fn upload(home: &Home, calls: &str, fault: &str) -> Option<Watched> {
    let log = home.path("strace.log");
    let plain = home.command(&["upload", "in", "--json"]);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-y", "-e", "signal=none", "-e", &format!("trace={calls}")]);
    command.arg("-e").arg(format!("inject={calls}:{fault}"));
    command.arg("-o").arg(&log).arg(plain.get_program()).args(plain.get_args());
    command.envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let output = command.current_dir(plain.get_current_dir().unwrap()).output().ok()?;
    let log = fs::read_to_string(&log).ok()?;
    if log.is_empty() {
        return None;
    }
    Some(Watched {
        succeeded: output.status.success(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        failed: log.lines().filter(|line| line.contains("INJECTED")).map(str::to_owned).collect(),
    })
}

/// Uploads pictures, with each of the first `most` of these calls failing in turn, and gives how many runs wrote what had
/// failed in a store anew, and how many did not acknowledge everything.
fn syncs_that_fail(calls: &str, n_pictures: u32, most: u32) -> Option<(u32, u32)> {
    let (mut n_anew, mut n_refused) = (0, 0);
    for nth in 1..=most {
        let home = Home::new();
        let mut kept = vec![("a.png".to_owned(), small_picture(1))];
        home.write("before/a.png", &small_picture(1));
        home.ok(&["upload", "before"]);
        for number in 0..n_pictures {
            let (name, picture) = (format!("b{number}.png"), small_picture(2 + number));
            home.write(&format!("in/{name}"), &picture);
            kept.push((name, picture));
        }
        let fault = format!("error=EIO:when={nth}");
        let Some(watched) = upload(&home, calls, &fault) else {
            println!("not tested: strace is not there, or may not watch");
            return None;
        };
        let told = format!("{nth}: {:?} {}", watched.failed, watched.stdout);
        if watched.failed.is_empty() {
            assert!(watched.succeeded, "{told}");
            break;
        }
        let in_a_store = watched.failed.iter().any(|line| line.contains("/stores/"));
        // A second try within the run may find that the first one got as far as the catalog.
        let statuses = [r#""status":"added""#, r#""status":"already-there""#];
        let n_acknowledged: usize =
            statuses.iter().map(|status| watched.stdout.matches(status).count()).sum();
        let acknowledged = n_acknowledged == n_pictures as usize;
        assert_eq!(watched.succeeded, acknowledged, "{told}");
        if acknowledged {
            n_anew += u32::from(in_a_store);
            home.ok(&["scrub"]);
        } else {
            println!("not acknowledged: {told}");
            n_refused += 1;
        }
        // The disk is well again: it is as if nothing had been.
        home.ok(&["upload", "in"]);
        home.ok(&["repair"]);
        home.ok(&["scrub"]);
        home.assert_gives_back(&kept.into_iter().collect());
    }
    println!("{calls}: {n_anew} written anew, {n_refused} not acknowledged");
    Some((n_anew, n_refused))
}

#[test]
fn what_could_not_be_synced_is_written_anew_or_not_acknowledged() {
    if let Some((n_anew, n_refused)) = syncs_that_fail("fsync,fdatasync", 1, u32::MAX) {
        assert!(n_anew + n_refused > 0);
    }
}

/// Many small pictures are synced together, where the file system is one that is known.
#[test]
fn what_could_not_be_synced_together_is_written_anew() {
    if let Some((n_anew, n_refused)) = syncs_that_fail("syncfs", 24, 3) {
        assert_eq!(n_refused, 0, "the next try is with syncs for each");
        println!("{n_anew} of 3 uploads synced files together");
    }
}

#[test]
fn a_file_system_without_hard_links_can_be_a_store() {
    let home = Home::new();
    home.write("in/a.png", &small_picture(1));
    // As FAT and exFAT answer.
    let Some(watched) = upload(&home, "link,linkat", "error=EPERM") else {
        println!("not tested: strace is not there, or may not watch");
        return;
    };
    assert!(watched.succeeded && !watched.failed.is_empty(), "{:?}", watched.failed);
    home.ok(&["scrub"]);
}
