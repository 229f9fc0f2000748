//! A disk that is full, for which a small one is mounted where that is allowed.

use std::{fs, path::PathBuf, process::Command};

use crate::home::{Home, small_picture, tree};

/// A file system of a few megabytes; gone when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(kib: u32) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let options = format!("size={kib}k");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(directory.path())
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(directory))
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_fails_clearly_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount(4 << 10) else {
        println!("skipped: mounting a small disk is not allowed here");
        return;
    };
    let home = Home::new();
    let mut stored = home.path("second");
    for number in 0..60 {
        let mut picture = small_picture(number);
        // Bytes behind a PNG's end belong to nothing; they make it as large as a photo.
        picture.resize(100_000, number as u8);
        home.write(&format!("in/{number:02}.png"), &picture);
    }
    let stores = format!("stores={},{}", disk.path().join("first").display(), stored.display());
    stored.push("blobs");
    let run = home.fails(1, &["upload", "in", "--json", "--concurrency", "4", "--set", &stores]);
    let added: Vec<_> = run.json().into_iter().filter(|line| line["status"] == "added").collect();
    let failed: Vec<_> = run.json().into_iter().filter(|line| line["status"] == "failed").collect();
    assert!(!added.is_empty() && !failed.is_empty(), "{run}");
    let reason = failed[0]["error"].as_str().unwrap().to_lowercase();
    assert!(
        reason.contains("space") || reason.contains("room") || reason.contains("full"),
        "{reason}"
    );

    // What was acknowledged is there, and comes back.
    // One more may be catalogued: its record found no room, and it was not acknowledged.
    assert!(home.ls().len() >= added.len());
    home.ok(&["get", "--all", "-o", "out"]);
    for line in &added {
        let name = PathBuf::from(line["path"].as_str().unwrap());
        let name = name.file_name().unwrap();
        assert_eq!(
            fs::read(home.path("out").join(name)).unwrap(),
            fs::read(home.path("in").join(name)).unwrap()
        );
    }
    // Once there is room again, the same command does the rest.
    let more =
        Command::new("mount").args(["-o", "remount,size=64m"]).arg(disk.path()).status().unwrap();
    assert!(more.success());
    home.ok(&["upload", "in"]);
    assert_eq!(home.ls().len(), 60);
    home.ok(&["repair"]);
    home.ok(&["scrub"]);
    let leftovers: Vec<_> = tree(&disk.path())
        .into_iter()
        .filter(|path| path.to_string_lossy().contains('#'))
        .collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}
