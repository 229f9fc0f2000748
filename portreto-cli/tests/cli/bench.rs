//! Measuring the stores.

use crate::home::{Home, small_picture, tree};

#[test]
fn every_store_is_measured_and_nothing_stays_behind() {
    let home = Home::new();
    home.write("1.png", &small_picture(1));
    home.ok(&["upload", "1.png"]);
    let before = tree(&home.home().join("stores"));
    let run = home.ok(&["bench", "--count", "5", "--size", "2k", "--json"]);
    let lines = run.json();
    let calls: Vec<String> = lines
        .iter()
        .map(|line| {
            format!("{} {}", line["store"].as_str().unwrap(), line["call"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        calls,
        [
            "a put",
            "a get",
            "a head",
            "a delete",
            "b put",
            "b get",
            "b head",
            "b delete",
            "all put",
            "all get",
            "all delete"
        ]
    );
    for line in &lines {
        assert_eq!((&line["n"], &line["n_failed"]), (&5.into(), &0.into()), "{run}");
        let ms = |name: &str| line[name].as_f64().unwrap();
        assert!(ms("p50_ms") <= ms("p95_ms") && ms("p95_ms") <= ms("p99_ms"), "{run}");
    }
    assert_eq!(tree(&home.home().join("stores")), before);
    home.ok(&["scrub"]);
    let text = home.ok(&["bench", "--count", "1"]);
    assert_eq!(text.text().lines().count(), 12, "{text}");
    home.fails(2, &["bench", "--size", "17Mi"]).says("17825792 bytes");
}

#[test]
fn a_store_that_is_away_is_left_out() {
    let home = Home::new();
    home.write("1.png", &small_picture(1));
    home.ok(&["upload", "1.png"]);
    std::fs::rename(home.home().join("stores/b"), home.path("away")).unwrap();
    let run = home.fails(1, &["bench", "--count", "2", "--json"]);
    run.says("store b is left out");
    assert_eq!(run.json()[0]["n_failed"], 0);
    assert_eq!(run.json()[4]["store"], "all", "{run}");
    assert_eq!(run.json()[4]["n_failed"], 2, "two copies need two stores: {run}");
}
