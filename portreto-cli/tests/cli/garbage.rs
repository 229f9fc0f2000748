use crate::home::{Home, small_picture};

#[test]
fn one_bad_file_stops_nothing() {
    let home = Home::new();
    home.write("in/good.png", &small_picture(1));
    home.write("in/empty.jpg", b"");
    home.write("in/text.jpg", b"Dear diary, this is no picture.\n");
    home.write("in/notes.txt", b"nor is this");
    home.write("in/cut.png", &small_picture(2)[..20]);
    home.write("in/bomb.png", &portreto_samples::png_bomb());
    home.write("in/also-good.png", &small_picture(3));
    let run = home.fails(1, &["upload", "in"]);
    run.says("2 added").says("3 skipped, 2 failed");
    run.says("error: in/bomb.png: ").says("above the limit").says("error: in/cut.png: ");
    run.says("warning: skipped in/text.jpg: not a picture, although its name ends in .jpg");
    assert!(!run.stderr.contains("notes.txt"), "nobody expects a text to be a picture: {run}");
    assert_eq!(home.ls().len(), 2);

    let lines = home.fails(1, &["upload", "in", "--json"]).json();
    let of = |name: &str| {
        let path = format!("in/{name}");
        lines.iter().find(|line| line["path"] == path.as_str()).unwrap()
    };
    assert_eq!(of("good.png")["status"], "already-there");
    assert_eq!(of("bomb.png")["status"], "failed");
    assert!(of("bomb.png")["error"].as_str().unwrap().contains("pixels"));
    assert_eq!(of("empty.jpg")["status"], "skipped");
    assert_eq!(of("text.jpg")["status"], "skipped");
    assert_eq!(of("cut.png")["status"], "failed");
    home.ok(&["scrub"]);
}

#[test]
fn a_picture_cut_short_is_kept_when_asked_for_and_its_variants_fail() {
    let home = Home::new();
    let half = &small_picture(1)[..60];
    home.write("half.png", half);
    home.write("whole.png", &small_picture(2));
    for how in [&["--dry-run"][..], &[]] {
        let run = home.fails(1, &[&["upload", "whole.png", "half.png"], how].concat());
        run.says("error: half.png: the picture is not whole").says("--keep-damaged");
        run.says("the png file is cut off: its data ends before it should").says("1 failed");
    }
    assert_eq!(home.ls().len(), 1);
    home.ok(&["upload", "half.png", "--keep-damaged", "--dry-run"]).says("1 to be added");

    let run = home.fails(1, &["upload", "half.png", "--keep-damaged", "-t", "resize:8x,png"]);
    run.says("error: half.png: variant resize:8x,png: ").says("1 variant failed");
    let id = home.id_of("half.png");
    assert_eq!(home.ok(&["get", &id, "-o", "-"]).stdout, half);
    home.fails(1, &["get", &id, "-o", "out", "-t", "resize:8x,png"]).says("half.png");
    home.ok(&["scrub"]);
}

#[test]
fn a_file_above_the_limit_is_refused_unread() {
    let home = Home::new();
    let mut large = small_picture(1);
    large.resize(100_000, 0);
    home.write("large.png", &large);
    let run = home.fails(1, &["upload", "large.png", "--set", "limits.input_bytes=99999"]);
    run.says("file size in bytes is 100000, above the limit input_bytes = 99999");
}

#[test]
fn what_is_not_there_is_named() {
    let home = Home::new();
    home.write("one.png", &small_picture(1));
    let run = home.fails(1, &["upload", "one.png", "two.png"]);
    run.says("error: two.png: ").says("1 added");
    assert_eq!(home.ls().len(), 1);

    let nothing = Home::new();
    nothing.fails(2, &["upload", "nowhere", "gone"]).says("there is nothing at nowhere, gone");
    assert!(!nothing.home().exists(), "no home is made for an upload that cannot start");
}

#[cfg(unix)]
#[test]
fn files_that_are_no_files() {
    let home = Home::new();
    home.write("in/one.png", &small_picture(1));
    std::fs::create_dir(home.path("in/directory.jpg")).unwrap();
    std::os::unix::fs::symlink("nowhere", home.path("in/dangling.jpg")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(home.path("in/pipe.jpg")).status().unwrap();
    assert!(made.success());
    let run = home.ok(&["upload", "in"]);
    run.says("1 added")
        .says("2 skipped")
        .says("dangling.jpg: a symbolic link")
        .says("regular file");
    let run = home.fails(1, &["upload", "in", "--follow"]);
    run.says("error: in/dangling.jpg: ");
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_fails_alone() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let home = Home::new();
    home.write("in/one.png", &small_picture(1));
    let secret = home.write("in/secret.png", &small_picture(2));
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&secret).is_ok() {
        println!("skipped: this user reads what is not readable");
        return;
    }
    let run = home.fails(1, &["upload", "in"]);
    run.says("error: in/secret.png: ").says("1 added");
}

#[cfg(unix)]
#[test]
fn odd_names_survive_and_never_reach_the_terminal() {
    use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt};
    let home = Home::new();
    fs::create_dir(home.path("in")).unwrap();
    let names: [&[u8]; 4] = [b"new\nline.png", b"esc\x1b[31m.png", b"caf\xe9.png", b"-rf.png"];
    for (number, name) in (1..).zip(names) {
        fs::write(home.path("in").join(OsStr::from_bytes(name)), small_picture(number)).unwrap();
    }
    let run = home.ok(&["upload", "in"]);
    assert_eq!(run.text().lines().count(), names.len(), "{run}");
    assert!(!run.text().contains('\x1b'), "{run}");

    let mut kept: Vec<_> =
        home.ls().iter().map(|image| image["name"].as_str().unwrap().to_owned()).collect();
    kept.sort();
    assert_eq!(kept, ["-rf.png", r"caf\xE9.png", "esc\u{1b}[31m.png", "new\nline.png"]);
    let listing = home.ok(&["ls"]);
    assert_eq!(listing.text().lines().count(), names.len(), "{listing}");
    assert!(listing.text().contains(r"new\nline.png") && !listing.text().contains('\x1b'));
    assert!(!home.ok(&["ls", "--long"]).text().contains('\x1b'));

    home.ok(&["get", "--all", "-o", "out"]);
    let restored: Vec<_> = crate::home::files_in(&home.path("out")).into_keys().collect();
    assert_eq!(restored, ["-rf.png", "caf_xE9.png", "esc_[31m.png", "new_line.png"]);
}
