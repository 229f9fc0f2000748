use portreto_scratch_postgres::Server;
use serde_json::Value;

use crate::home::{Home, small_picture};

fn tables(run: &[Value]) -> Vec<Value> {
    run[0]["tables"].as_array().unwrap().clone()
}

#[test]
fn a_home_moves_to_postgresql_and_back() {
    let home = Home::new();
    for number in 0..5 {
        home.write(&format!("in/{number}.png"), &small_picture(number));
    }
    home.ok(&["upload", "in", "--label", "x", "--transform", "resize:8x8,png"]);
    let before = home.ls();
    let url = Server::shared().database();

    let copied = home.ok(&["catalog", "copy", "there.sqlite", "--json"]).json();
    let moved = home.ok(&["catalog", "migrate", &url, "--json"]);
    assert!(moved.stderr.contains("catalog.sqlite.1") && moved.stderr.contains("PORTRETO_CATALOG"));
    let there = tables(&moved.json());
    assert_eq!(there, tables(&copied));
    let images = there.iter().find(|table| table["table"] == "images").unwrap();
    assert_eq!(images["rows"], 5, "{images}");

    // The file is out of the way, so that nobody goes on in it by mistake.
    home.fails(2, &["ls"]).says("catalog");
    let shared = |args: &[&str]| home.ok(&[&["--catalog", &url], args].concat());
    assert_eq!(shared(&["ls", "--json"]).json(), before);
    shared(&["upload", "in"]);
    assert_eq!(shared(&["ls", "--json"]).json(), before, "uploaded again is nothing new");
    shared(&["scrub"]);
    home.write("portreto.toml", format!("catalog = {url:?}").as_bytes());
    std::fs::rename(home.path("portreto.toml"), home.home().join("portreto.toml")).unwrap();
    assert_eq!(home.ls(), before, "the setting in the file");
    home.fails(2, &["catalog", "copy", &url]).says("not empty");
    home.fails(2, &["catalog", "migrate", &url]).says("already");

    home.ok(&["catalog", "migrate"]);
    std::fs::remove_file(home.home().join("portreto.toml")).unwrap();
    assert_eq!(home.ls(), before);
    home.ok(&["scrub"]);
    home.fails(2, &["catalog", "migrate"]).says("already");
}

#[test]
fn a_new_home_begins_on_postgresql_and_is_rebuilt_there() {
    let home = Home::new();
    home.write("one.png", &small_picture(1));
    let server = Server::shared();
    let [first, second] = [server.database(), server.database()];
    let on = |url: &str, args: &[&str]| home.run(&[&["--catalog", url], args].concat());
    assert_eq!(on(&first, &["ls"]).code, Some(2), "there is none yet");
    assert_eq!(on(&first, &["upload", "one.png"]).code, Some(0));
    let listed = on(&first, &["ls", "--json"]).json();
    assert_eq!(listed.len(), 1);

    // The database is lost: the stores know all.
    on(&second, &["upload", "one.png"]).says("portreto rebuild");
    assert_eq!(on(&second, &["rebuild"]).code, Some(0));
    assert_eq!(on(&second, &["ls", "--json"]).json(), listed);
    let again = on(&second, &["rebuild", "--force"]);
    assert_eq!(again.code, Some(2));
    again.says("not empty");
}

#[test]
fn no_password_is_shown() {
    let home = Home::new();
    let shown = home.ok(&["--catalog", "postgres://ada:secret@db/photos", "config"]);
    assert!(shown.text().contains("postgres://ada:***@db/photos"), "{shown}");
    let wrong = home.fails(2, &["--catalog", "mysql://ada:secret@db/photos", "ls"]);
    wrong.says("postgres://USER");
    let unreachable = "postgres://ada:secret@127.0.0.1:1/photos";
    let failed = home.fails(2, &["--catalog", unreachable, "ls"]);
    for run in [shown, wrong, failed] {
        assert!(!run.stderr.contains("secret"), "{run}");
        assert!(!String::from_utf8_lossy(&run.stdout).contains("secret"), "{run}");
    }
}
