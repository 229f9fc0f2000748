use serde_json::Value;

use crate::home::{Home, Run};

fn setting(run: &Run, key: &str) -> (Value, String) {
    let line = run.json().into_iter().find(|line| line["key"] == key).unwrap();
    (line["value"].clone(), line["source"].as_str().unwrap().to_owned())
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let home = Home::new();
    home.write(
        "home/portreto.toml",
        b"concurrency = 3\n[limits]\npixels = 1000\nwidth = 2000\nheight = 10\n",
    );
    let mut command = home.command(&["config", "--json", "--set", "limits.width=4000"]);
    command.env("PORTRETO_LIMITS_PIXELS", "5000").env("PORTRETO_LIMITS_WIDTH", "3000");
    let run = Run::of(command);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(setting(&run, "limits.width"), (4000.into(), "--set".into()));
    assert_eq!(setting(&run, "limits.pixels"), (5000.into(), "PORTRETO_LIMITS_PIXELS".into()));
    let (height, source) = setting(&run, "limits.height");
    assert_eq!(height, 10);
    assert!(source.ends_with("portreto.toml:5"), "{source}");
    assert_eq!(setting(&run, "grace"), ("24h".into(), "default".into()));
    assert_eq!(setting(&run, "home").1, "PORTRETO_HOME");
    let text = home.ok(&["config"]);
    assert_eq!(text.text().lines().count(), run.json().len(), "{text}");
}

#[test]
fn home_and_file_can_be_named() {
    let home = Home::new();
    home.write("else.toml", b"threads = 5\n");
    let run = home.ok(&["config", "--json", "--home", "there", "--config", "else.toml"]);
    assert_eq!(setting(&run, "home"), ("there".into(), "--home".into()));
    assert_eq!(setting(&run, "threads"), (5.into(), "else.toml:1".into()));
    let mut command = home.command(&["config", "--json"]);
    command.env("PORTRETO_CONFIG", home.path("else.toml"));
    assert_eq!(setting(&Run::of(command), "threads").0, 5);
    home.fails(2, &["config", "--config", "missing.toml"]).says("missing.toml");
}

#[test]
fn mistakes_are_named_before_anything_starts() {
    let home = Home::new();
    home.write("home/portreto.toml", b"[limits]\npixel = 1000\n");
    for args in [&["config"][..], &["ls"], &["upload", "x"]] {
        home.fails(2, args).says("portreto.toml:2: unknown key \"limits.pixel\"");
    }
    home.ok(&["completions", "bash"]);
    home.fails(2, &["ls", "--set", "nonsense"]).says("KEY=VALUE");
    let home = Home::new();
    let mut command = home.command(&["config"]);
    command.env("PORTRETO_THREADS", "many");
    let run = Run::of(command);
    assert_eq!(run.code, Some(2));
    run.says("PORTRETO_THREADS: threads: it is \"many\"");
}
