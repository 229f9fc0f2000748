//! Uploading again: what is remembered of files, and what is never taken for granted.

use std::{fs, path::Path, time::Duration};

use portreto_core::Digest;
use serde_json::Value;

use crate::home::{Home, Run, small_picture};

/// Old enough that its times tell it from any later version.
const OLD: Duration = Duration::from_secs(3);

/// A home with `n` pictures in `in/` that were uploaded and are remembered.
fn remembered(n: u32) -> Home {
    let home = Home::new();
    for number in 0..n {
        home.write(&format!("in/{number:03}.png"), &small_picture(number));
    }
    // The time of a file's entry cannot be set: it has to pass.
    std::thread::sleep(OLD);
    home.ok(&["upload", "in"]);
    home
}

/// What became of each file.
fn statuses(run: &Run) -> Vec<String> {
    let lines = run.json();
    let status = |line: &Value| Some(line["status"].as_str()?.to_owned());
    lines.iter().filter_map(status).collect()
}

fn rewrite_in_place(path: &Path, bytes: &[u8]) {
    use std::io::Write;
    fs::File::options().write(true).open(path).unwrap().write_all(bytes).unwrap();
}

#[cfg(unix)]
#[test]
fn what_is_remembered_is_not_read_and_nothing_else_is_taken_for_granted() {
    let home = remembered(8);
    let path = |number: u32| home.path(&format!("in/{number:03}.png"));

    // Nothing changed: nothing is read. The proof is a store in which one original is gone, unnoticed ...
    let store = home.stores().into_values().next().unwrap();
    let victim = Digest::of(&small_picture(7)).to_string();
    let copy = store.join("blobs").join(&victim[..2]).join(&victim);
    fs::remove_file(&copy).unwrap();
    let run = home.ok(&["upload", "in", "--json"]);
    assert_eq!(statuses(&run), ["already-there"; 8]);
    assert_eq!(run.json()[0]["id"], home.id_of("000.png").as_str(), "{run}");
    assert!(!copy.exists(), "{run}");
    // ... until it is asked to look.
    assert_eq!(statuses(&home.ok(&["upload", "in", "--json", "--checksum"])), ["already-there"; 8]);
    assert!(copy.exists());

    // The same length and the time of before: only the time of the entry tells.
    let modified = fs::metadata(path(1)).unwrap().modified().unwrap();
    rewrite_in_place(&path(1), &small_picture(101));
    fs::File::options().write(true).open(path(1)).unwrap().set_modified(modified).unwrap();
    // Another file under the old name, as old as the old one.
    let modified = fs::metadata(path(2)).unwrap().modified().unwrap();
    let other = home.write("other.png", &small_picture(102));
    fs::File::options().write(true).open(&other).unwrap().set_modified(modified).unwrap();
    fs::rename(&other, path(2)).unwrap();
    // An image that was removed.
    home.ok(&["rm", &home.id_of("003.png")]);
    let run = home.ok(&["upload", "in", "--json"]);
    let of = |number: u32| {
        let name = format!("in/{number:03}.png");
        run.json().into_iter().find(|line| line["path"] == name.as_str()).unwrap()
    };
    for number in [1, 2, 3] {
        assert_eq!(of(number)["status"], "added", "{number}: {run}");
    }
    assert_eq!(statuses(&run).iter().filter(|status| *status == "added").count(), 3, "{run}");
    home.ok(&["scrub"]);
}

#[test]
fn a_file_that_changes_right_after_it_was_read_is_read_again() {
    let home = Home::new();
    let path = home.write("in/a.png", &small_picture(1));
    let modified = fs::metadata(&path).unwrap().modified().unwrap() - Duration::from_mins(1);
    let set_back = || fs::File::options().write(true).open(&path).unwrap().set_modified(modified);
    set_back().unwrap();
    home.ok(&["upload", "in"]);
    // Within the same step of the file system's clock for all that the times can tell.
    rewrite_in_place(&path, &small_picture(2));
    set_back().unwrap();
    let run = home.ok(&["upload", "in", "--json"]);
    assert_eq!(statuses(&run), ["added"], "{run}");
}

#[test]
fn labels_and_variants_that_are_new_are_made() {
    let home = remembered(2);
    home.ok(&["upload", "in", "--label", "red"]);
    assert!(home.ls().iter().all(|image| image["labels"] == serde_json::json!(["red"])));
    let run = home.ok(&["upload", "in", "--json", "-t", "resize:8x,png"]);
    assert!(run.json()[..2].iter().all(|line| line["variants"][0]["width"] == 8), "{run}");
}

#[test]
fn nothing_is_trusted_when_the_stores_are_others_or_one_is_away() {
    let home = remembered(3);
    let stores = home.stores();
    let away = stores.values().next().unwrap();
    let aside = home.path("aside");
    fs::rename(away, &aside).unwrap();
    let run = home.fails(1, &["upload", "in", "--json", "--retries", "0"]);
    assert_eq!(statuses(&run), ["failed"; 3], "{run}");
    fs::rename(&aside, away).unwrap();
    assert_eq!(statuses(&home.ok(&["upload", "in", "--json"])), ["already-there"; 3]);

    // A third store, the first one forgotten with all it had: what was remembered then is void.
    home.ok(&["store", "add", "third", "--id", "c"]);
    let first = stores.keys().next().unwrap();
    home.ok(&["store", "remove", "--force", first]);
    home.fails(1, &["check", "in"]).says("0 kept, 3 not kept");
    home.ok(&["upload", "in"]);
    home.ok(&["check", "in", "--bytes", "--checksum"]);
}

#[test]
fn what_scrub_found_lost_is_brought_back() {
    let home = remembered(2);
    let digest = home.ls()[1]["digest"].as_str().unwrap().to_owned();
    for store in home.stores().values() {
        fs::remove_file(store.join("blobs").join(&digest[..2]).join(&digest)).unwrap();
    }
    home.fails(1, &["check", "in"]).says("1 kept, 1 not kept");
    home.fails(1, &["scrub"]);
    home.ok(&["upload", "in"]);
    home.ok(&["check", "in", "--bytes"]);
    home.ok(&["scrub"]);
}
