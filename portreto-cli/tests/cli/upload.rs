use std::fs;

use serde_json::json;

use crate::home::{Home, small_picture, tree};

#[test]
fn a_directory_is_kept_twice_and_given_back() {
    let home = Home::new();
    let pictures = home.draw_samples();
    let thumbnail = "resize:320x320,jpg";
    let run = home.ok(&["upload", "pictures", "--transform", thumbnail, "--label", "demo"]);
    run.says("made a new home in").says("are on one disk").says("portreto store add");
    run.says(&format!("{} added", pictures.len()));
    assert_eq!(run.text().lines().count(), pictures.len());
    assert!(run.text().lines().all(|line| line.starts_with("added ")), "{run}");

    let images = home.ls();
    assert_eq!(images.len(), pictures.len());
    for image in &images {
        let bytes = &pictures[image["name"].as_str().unwrap()];
        assert_eq!(image["bytes"], bytes.len());
        assert_eq!(image["labels"], json!(["demo"]));
    }
    home.assert_gives_back(&pictures);
    home.ok(&["scrub"]);

    // Every original is in both stores, as the bytes that were given.
    for directory in home.stores().values() {
        let files: Vec<_> = tree(directory).iter().map(|path| fs::read(path).unwrap()).collect();
        assert!(pictures.values().all(|bytes| files.contains(bytes)), "{directory:?}");
    }
}

#[test]
fn uploading_again_uploads_nothing() {
    let home = Home::new();
    let pictures = home.draw_samples();
    home.ok(&["upload", "pictures"]);
    let before = (home.ls(), tree(&home.home().join("stores")));
    let run = home.ok(&["upload", "pictures", "--json"]);
    assert!(!run.stderr.contains("new home") && !run.stderr.contains("disk"), "{run}");
    let lines = run.json();
    let (summary, files) = lines.split_last().unwrap();
    assert!(files.iter().all(|file| file["status"] == "already-there"), "{run}");
    assert_eq!(
        *summary,
        json!({"summary": {
            "added": 0, "already_there": pictures.len(), "skipped": 0, "failed": 0,
            "failed_variants": 0, "bytes": 0
        }})
    );
    assert_eq!((home.ls(), tree(&home.home().join("stores"))), before);
}

#[test]
fn a_line_of_json_says_all_of_a_file() {
    let home = Home::new();
    home.write("a/x.png", &small_picture(1));
    let text = "resize:8x,png";
    // A box outside the picture: the image is kept all the same, and the variant has failed.
    let run = home.fails(1, &["upload", "a", "--json", "-t", text, "-t", "crop:1x1@500x500"]);
    let lines = run.json();
    let line = &lines[0];
    assert_eq!((&line["path"], &line["status"]), (&"a/x.png".into(), &"added".into()), "{run}");
    assert_eq!(line["id"], home.ls()[0]["id"]);
    assert_eq!(line["digest"], home.ls()[0]["digest"]);
    let variant = &line["variants"][0];
    assert_eq!((&variant["transform"], &variant["width"]), (&text.into(), &8.into()), "{run}");
    assert_eq!(line["variants"][1]["transform"], "crop:1x1@500x500");
    assert!(line["variants"][1]["error"].as_str().unwrap().contains("crop"), "{run}");
    assert_eq!(lines[1]["summary"]["failed_variants"], 1);
    home.ok(&["scrub"]);
}

#[test]
fn a_dry_run_changes_nothing() {
    let home = Home::new();
    home.write("a/1.png", &small_picture(1));
    home.write("a/2.png", &small_picture(2));
    home.write("a/copy.png", &small_picture(2));
    home.write("a/notes.txt", b"no picture");
    let run = home.ok(&["upload", "a", "--dry-run"]);
    run.says("2 to be added").says("1 already there, 1 skipped").says("a new home would be made");
    assert!(!home.home().exists());

    home.ok(&["upload", "a/1.png"]);
    let before = tree(&home.home());
    let run = home.ok(&["upload", "a", "--dry-run", "--json"]);
    let statuses: Vec<_> =
        run.json().iter().filter_map(|l| Some(l["status"].as_str()?.to_owned())).collect();
    let count = |status: &str| statuses.iter().filter(|s| *s == status).count();
    assert_eq!((count("would-add"), count("already-there"), count("skipped")), (1, 2, 1), "{run}");
    assert_eq!(tree(&home.home()), before);
}

#[test]
fn globs_choose_and_hidden_files_are_passed_over() {
    let home = Home::new();
    for (number, name) in (1..).zip(["a.png", "b.tmp.png", ".hidden.png", "raw/c.png", "raw/d.png"])
    {
        home.write(&format!("in/{name}"), &small_picture(number));
    }
    home.ok(&[
        "upload",
        "in",
        "--exclude",
        "*.tmp.*",
        "--include",
        "raw/c.png",
        "--include",
        "?.png",
        "--exclude",
        "d.*",
    ]);
    let names: Vec<_> = home.ls().iter().map(|image| image["name"].clone()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    home.ok(&["upload", "in/.hidden.png"]);
    home.id_of(".hidden.png");
    home.fails(2, &["upload", "in", "--include", "["]).says("\"[\" is not a glob");
}

#[test]
fn a_list_of_paths_may_come_from_a_file() {
    let home = Home::new();
    home.write("one.png", &small_picture(1));
    home.write("two.png", &small_picture(2));
    home.write("list", b"one.png\n\ntwo.png\r\n");
    home.ok(&["upload", "--files-from", "list"]);
    assert_eq!(home.ls().len(), 2);
    home.fails(2, &["upload", "--files-from", "missing"]).says("cannot read the list missing");
    home.fails(2, &["upload"]).says("<PATH>");
}

#[test]
fn a_wrong_transform_is_refused_before_anything_starts() {
    let home = Home::new();
    home.write("one.png", &small_picture(1));
    let run = home.fails(2, &["upload", "one.png", "-t", "resize:320x", "-t", "rezise:9x"]);
    run.says("rezise").says("--transform");
    assert!(!home.home().exists());
}

#[cfg(unix)]
#[test]
fn an_interrupted_upload_stops_and_is_resumed() {
    use std::{
        io::{BufRead, BufReader},
        process::{Command, Stdio},
    };
    let home = Home::new();
    for number in 0..300 {
        home.write(&format!("in/{number}.png"), &small_picture(number));
    }
    let mut child = home
        .command(&["upload", "in", "--json", "--concurrency", "2"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let n_lines = lines.count();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("interrupted") && stderr.contains("the same command again"),
        "{stderr}"
    );
    // The first line was read before; the last one is the summary.
    assert_eq!(home.ls().len(), n_lines, "what was said to be added is there, and nothing else");
    home.ok(&["upload", "in"]);
    assert_eq!(home.ls().len(), 300);
    home.ok(&["scrub"]);
}

#[cfg(unix)]
#[test]
fn a_list_may_come_from_stdin_with_nuls_between() {
    use std::{io::Write, process::Stdio};
    let home = Home::new();
    for (number, name) in (1..).zip(["in/a\nb.png", "in/c.png", "in/d.txt", "in/e.png"]) {
        home.write(name, &small_picture(number));
    }
    let args = ["upload", "--files-from", "-", "--null", "--exclude", "e.*", "--include", "*.png"];
    let mut child = home.command(&args).stdin(Stdio::piped()).spawn().unwrap();
    let list = b"in/a\nb.png\0in/c.png\0\0in/d.txt\0in/e.png\0";
    child.stdin.take().unwrap().write_all(list).unwrap();
    assert!(child.wait().unwrap().success());
    let mut names: Vec<_> = home.ls().iter().map(|image| image["name"].to_string()).collect();
    names.sort();
    assert_eq!(names, [r#""a\nb.png""#, r#""c.png""#]);
    home.fails(2, &["upload", "in", "--null"]).says("--files-from");
}

#[test]
fn a_log_has_a_line_for_each_file_and_all_that_is_said() {
    let home = Home::new();
    home.write("in/1.png", &small_picture(1));
    home.write("in/broken.png", b"\x89PNG\r\n\x1a\nbut no picture at all, for all its length");
    home.fails(1, &["upload", "in", "--quiet", "--log-file", "log"]);
    home.ok(&["upload", "in/1.png", "--log-file", "log"]);
    let log = fs::read_to_string(home.path("log")).unwrap();
    let id = home.id_of("1.png");
    let has = |text: &str| assert!(log.contains(text), "no {text:?} in {log}");
    has(&format!("Z added {id} "));
    has("failed in/broken.png: ");
    has("1 added");
    has(&format!("already-there {id}"));
    assert!(log.lines().all(|line| line[..24].parse::<jiff::Timestamp>().is_ok()), "{log}");
    home.fails(2, &["ls", "--log-file", "no/such/directory"]).says("cannot open the log");
}

#[test]
fn bytes_a_second_are_bounded() {
    let home = Home::new();
    for number in 0..4 {
        let mut picture = small_picture(number);
        picture.resize(10_000, number as u8);
        home.write(&format!("in/{number}.png"), &picture);
    }
    let started = std::time::Instant::now();
    home.ok(&["upload", "in", "--bwlimit", "100k"]);
    // 80 kB in all, of which the last 20 have their turn after the first 60.
    assert!(started.elapsed().as_millis() >= 600, "{:?}", started.elapsed());
    home.fails(2, &["upload", "in", "--bwlimit", "fast"]).says("--bwlimit");
}

#[test]
fn what_a_store_failed_is_tried_again_and_told_once() {
    let home = Home::new();
    home.write("in/1.png", &small_picture(1));
    home.ok(&["upload", "in/1.png"]);
    home.write("in/2.png", &small_picture(2));
    let store = home.home().join("stores/b");
    fs::rename(&store, home.path("away")).unwrap();
    let run = home.fails(1, &["upload", "in/2.png", "--json", "--retries", "1"]);
    let failed = run.json().iter().filter(|line| line["status"] == "failed").count();
    assert_eq!(failed, 1, "{run}");
    assert_eq!(run.json().last().unwrap()["summary"]["failed"], 1, "{run}");
    fs::rename(home.path("away"), &store).unwrap();
    home.ok(&["upload", "in"]);
}
