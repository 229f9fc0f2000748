use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::home::{Home, small_picture, tree};

fn samples_uploaded() -> (Home, std::collections::BTreeMap<String, Vec<u8>>) {
    let home = Home::new();
    let pictures = home.draw_samples();
    home.ok(&["upload", "pictures", "-t", "resize:64x64,png", "--label", "kept"]);
    (home, pictures)
}

/// Files of a store that hold images: everything but what describes the store itself.
fn kept_files(store: &Path) -> Vec<std::path::PathBuf> {
    let spaces = ["blobs", "records", "variants"].map(|space| store.join(space));
    spaces.iter().filter(|space| space.is_dir()).flat_map(|space| tree(space)).collect()
}

fn faults(report: &Value) -> &Vec<Value> {
    report["findings"].as_array().unwrap_or_else(|| panic!("{report}"))
}

#[test]
fn one_store_is_lost_and_everything_comes_back() {
    for lost in 0..2 {
        let (home, pictures) = samples_uploaded();
        let (id, directory) = home.stores().into_iter().nth(lost).unwrap();
        fs::remove_dir_all(&directory).unwrap();
        home.assert_gives_back(&pictures);
        let run = home.fails(1, &["scrub"]);
        assert!(run.text().contains(&id), "{run}");
        home.ok(&["repair"]);
        home.ok(&["scrub"]);
        assert!(!kept_files(&directory).is_empty());
        home.assert_gives_back(&pictures);
    }
}

#[test]
fn rotten_bytes_are_never_given_out_and_are_mended() {
    let (home, pictures) = samples_uploaded();
    let (id, directory) = home.stores().into_iter().next().unwrap();
    let mut rotten = BTreeSet::new();
    for (number, path) in kept_files(&directory).into_iter().enumerate() {
        if number % 3 == 0 {
            let mut bytes = fs::read(&path).unwrap();
            let at = number * 7919 % bytes.len();
            bytes[at] ^= 0x40;
            fs::write(&path, bytes).unwrap();
            rotten.insert(path.strip_prefix(&directory).unwrap().to_str().unwrap().to_owned());
        }
    }
    let run = home.fails(1, &["scrub", "--json"]);
    let report = run.json().remove(0);
    let named: BTreeSet<_> = faults(&report)
        .iter()
        .filter(|fault| fault["fault"] == "corrupt")
        .map(|fault| fault["key"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(named, rotten, "{run}");
    let text = home.fails(1, &["scrub"]);
    assert!(rotten.iter().all(|key| text.text().contains(key)), "{text}");
    assert!(text.text().contains(&id), "{text}");

    home.assert_gives_back(&pictures);
    home.ok(&["repair"]);
    home.ok(&["scrub"]);
    home.assert_gives_back(&pictures);
}

#[test]
fn a_lost_catalog_is_rebuilt_with_names_labels_and_variants() {
    let (home, pictures) = samples_uploaded();
    let listing = home.ls();
    let stats = home.ok(&["stats", "--json"]).json();
    let catalogs: Vec<_> = fs::read_dir(home.home())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().contains("catalog"))
        .collect();
    assert!(!catalogs.is_empty());
    for path in catalogs {
        fs::remove_file(path).unwrap();
    }
    let run = home.fails(2, &["ls"]);
    run.says("portreto rebuild");
    let run = home.ok(&["rebuild"]);
    assert!(run.text().contains(&format!("{} images", pictures.len())), "{run}");
    assert_eq!(home.ls(), listing);
    assert_eq!(home.ok(&["stats", "--json"]).json(), stats);
    home.assert_gives_back(&pictures);
    home.ok(&["scrub"]);

    home.fails(2, &["rebuild"]).says("--force");
    home.ok(&["rebuild", "--force"]).says("the catalog that was there is now");
    assert_eq!(home.ls(), listing);
}

#[test]
fn one_copy_is_taken_when_that_is_chosen_and_the_second_follows_when_the_store_is_back() {
    let home = Home::new();
    home.ok(&["upload", &home.write("first.png", &small_picture(1)).to_string_lossy()]);
    let (_, directory) = home.stores().into_iter().next().unwrap();
    let away = directory.with_extension("away");
    fs::rename(&directory, &away).unwrap();
    let second = home.write("second.png", &small_picture(2));
    let second = second.to_string_lossy();
    home.fails(1, &["upload", "--retries", "0", &second]).says("only 1 of the 2");
    home.ok(&["upload", "--degraded", &second]).says("owe");
    assert_eq!(home.ok(&["stats", "--json"]).json()[0]["owed"], 2);
    home.fails(1, &["scrub", "--since", "1h"]);

    fs::rename(&away, &directory).unwrap();
    home.ok(&["repair", "--owed"]);
    assert_eq!(home.ok(&["stats", "--json"]).json()[0]["owed"], 0);
    home.ok(&["scrub", "--rate", "100M"]);
    let again = home.ok(&["scrub", "--since", "1h", "--json"]).json();
    assert_eq!(again[0]["keys"], 0, "all of it was checked within the hour");

    let blob = tree(&directory.join("blobs")).remove(0);
    let bytes = fs::read(&blob).unwrap();
    fs::remove_file(&blob).unwrap();
    home.ok(&["repair", "--since", "1h"]);
    assert!(!blob.exists(), "it was found well within the hour");
    home.fails(1, &["scrub", "--since", "0s"]);
    home.fails(1, &["scrub", "--since", "1h"]);
    home.ok(&["repair", "--since", "1h", "--rate", "100M"]);
    assert_eq!(fs::read(&blob).unwrap(), bytes);
    home.fails(2, &["repair", "--owed", "--rate", "1M"]);
}
