//! Is everything in a directory safely kept?

use std::fs;

use serde_json::json;

use crate::home::{Home, small_picture};

fn home() -> Home {
    let home = Home::new();
    for number in 0..4 {
        home.write(&format!("in/{number}.png"), &small_picture(number));
    }
    home.write("in/notes.txt", b"no picture");
    home
}

#[test]
fn what_is_kept_passes_and_what_is_not_is_named() {
    let home = home();
    home.fails(2, &["check", "in"]).says("there is no home");
    home.ok(&["upload", "in", "--exclude", "3.png"]);
    let run = home.fails(1, &["check", "in"]);
    assert_eq!(run.text(), "not-kept in/3.png: it is not in the catalog\n");
    run.says("3 kept, 1 not kept, 1 no pictures").says("portreto upload");
    home.ok(&["check", "in", "--exclude", "3.*", "--bytes", "--checksum"]);
    home.fails(1, &["check", "in", "--exclude", "3.*", "--strict"]);

    let run = home.fails(1, &["check", "in", "--json"]);
    let lines = run.json();
    let of = |path: &str| lines.iter().find(|line| line["path"] == path).unwrap();
    assert_eq!(of("in/0.png")["stores"], json!(["a", "b"]), "{run}");
    assert_eq!(of("in/notes.txt")["status"], "skipped");
    let summary = json!({"kept": 3, "not_kept": 1, "skipped": 1, "failed": 0, "bytes":
        (0..3).map(|n| small_picture(n).len()).sum::<usize>()});
    assert_eq!(lines.last().unwrap()["summary"], summary);

    home.ok(&["upload", "in"]);
    assert_eq!(home.ok(&["check", "in"]).text(), "");
    home.fails(2, &["check", "nowhere"]).says("there is nothing at nowhere");
}

#[test]
fn rot_is_found_when_bytes_are_read_and_loss_without() {
    let home = home();
    home.ok(&["upload", "in"]);
    let images = home.ls();
    let blob = |number: usize, store: &str| {
        let digest = images[number]["digest"].as_str().unwrap();
        home.stores()[store].join("blobs").join(&digest[..2]).join(digest)
    };
    let mut rotten = fs::read(blob(0, "a")).unwrap();
    rotten[20] ^= 1;
    fs::write(blob(0, "a"), rotten).unwrap();
    home.ok(&["check", "in"]);
    home.fails(1, &["check", "in", "--bytes"]).says("3 kept, 1 not kept");
    fs::remove_file(blob(1, "b")).unwrap();
    let run = home.fails(1, &["check", "in"]);
    assert!(run.text().contains("its bytes are whole in 1 store only"), "{run}");
    home.ok(&["repair"]);
    home.ok(&["check", "in", "--bytes"]);
    // A record alone does not make a picture, nor a picture alone a record.
    fs::remove_dir_all(home.stores()["a"].join("records")).unwrap();
    let run = home.fails(1, &["check", "in"]);
    assert_eq!(run.text().matches("its record is whole in 1 store only").count(), 4, "{run}");
}

#[test]
fn records_are_as_safe_as_the_bundle_that_they_are_in() {
    let home = Home::new();
    for number in 0..60 {
        home.write(&format!("in/{number}.png"), &small_picture(number));
    }
    home.ok(&["upload", "in"]);
    let bundles = |store: &str| -> Vec<_> {
        let shards = fs::read_dir(home.stores()[store].join("bundles")).unwrap();
        let files = shards.flat_map(|shard| fs::read_dir(shard.unwrap().path()).unwrap());
        files.map(|file| file.unwrap().path()).collect()
    };
    assert!(!bundles("a").is_empty(), "nothing was catalogued together");
    home.ok(&["check", "in"]);
    home.ok(&["check", "in", "--bytes", "--checksum"]);
    let bundle = fs::read_to_string(&bundles("a")[0]).unwrap();
    let name = bundle.split("\"name\":\"").nth(1).unwrap().split('"').next().unwrap();
    let info = home.ok(&["info", &home.id_of(name), "--json"]).json();
    let states = |info: &[serde_json::Value]| -> Vec<String> {
        let copies = info[0]["record"].as_array().unwrap().iter();
        let mut states: Vec<_> =
            copies.map(|copy| copy["state"].as_str().unwrap().to_owned()).collect();
        // They come in the order of placement, which is another one for every bundle.
        states.sort();
        states
    };
    assert_eq!(states(&info), ["good", "good"]);

    let n = bundle.lines().count();
    let one_only = |run: &crate::home::Run| {
        assert_eq!(run.text().matches("its record is whole in 1 store only").count(), n, "{run}");
    };
    // A digit for another: as long as before.
    fs::write(&bundles("a")[0], bundle.replacen("\"bytes\":1", "\"bytes\":2", 1)).unwrap();
    home.ok(&["check", "in"]);
    one_only(&home.fails(1, &["check", "in", "--bytes"]));
    fs::remove_file(&bundles("a")[0]).unwrap();
    one_only(&home.fails(1, &["check", "in"]));
    assert_eq!(
        states(&home.ok(&["info", &home.id_of(name), "--json"]).json()),
        ["good", "missing"]
    );
    home.ok(&["repair"]);
    home.ok(&["check", "in", "--bytes"]);
}

#[test]
fn a_store_that_is_away_has_no_copies() {
    let home = home();
    home.ok(&["upload", "in"]);
    fs::rename(&home.stores()["b"], home.path("away")).unwrap();
    home.fails(1, &["check", "in"]).says("0 kept, 4 not kept");
    fs::rename(home.path("away"), home.home().join("stores/b")).unwrap();
    home.ok(&["check", "in"]);
}
