use std::fs;

use portreto_core::{Limits, probe};
use serde_json::json;

use crate::home::{Home, files_in, small_picture, tree};

#[test]
fn a_file_becomes_what_its_name_promises() {
    let home = Home::new();
    home.write("in.png", &small_picture(1));
    home.ok(&["transform", "in.png", "-o", "out.jpg", "--resize", "12x"]);
    let info = probe(&fs::read(home.path("out.jpg")).unwrap(), &Limits::default()).unwrap();
    assert_eq!((info.format.extension(), info.width, info.height), ("jpg", 12, 8));
    assert!(!home.home().exists(), "no store is needed");
    home.fails(2, &["transform", "in.png", "-o", "x.jpg", "--format", "png"]).says("promises jpg");
}

#[test]
fn flags_and_text_make_the_same_bytes() {
    let home = Home::new();
    home.write("in.png", &small_picture(1));
    let flags = [
        "--crop",
        "16x16",
        "--resize",
        "8x8",
        "--fit",
        "cover",
        "--rotate",
        "90",
        "--flip",
        "horizontal",
        "--grayscale",
        "--dither",
        "atkinson",
        "--levels",
        "3",
    ];
    home.ok(&[&["transform", "in.png", "-o", "flags.png"], &flags[..]].concat());
    let text = "crop:16x16,resize:8x8:cover,rotate:90,flip:horizontal,grayscale,dither:atkinson:levels=3,png";
    home.ok(&["transform", "in.png", "-o", "text.png", "--transform", text]);
    assert_eq!(fs::read(home.path("flags.png")).unwrap(), fs::read(home.path("text.png")).unwrap());

    home.write("palette.hex", b"000000\nff0000\nffffff\n");
    let dither = ["--dither", "bayer-4", "--palette"];
    home.ok(&[&["transform", "in.png", "-o", "file.png"], &dither[..], &["palette.hex"]].concat());
    home.ok(&[&["transform", "in.png", "-o", "list.png"], &dither[..], &["000000,ff0000,ffffff"]]
        .concat());
    assert_eq!(fs::read(home.path("file.png")).unwrap(), fs::read(home.path("list.png")).unwrap());
}

#[test]
fn a_tree_is_kept_and_bad_files_are_named() {
    let home = Home::new();
    home.write("in/a.png", &small_picture(1));
    home.write("in/deep/er/b.PNG", &small_picture(2));
    home.write("in/notes.txt", b"no picture");
    home.write("in/cut.png", &small_picture(3)[..60]);
    let run = home.fails(1, &["transform", "in", "-o", "out", "--resize", "6x", "--format", "jpg"]);
    run.says("error: in/cut.png: ").says("2 written, 0 already there, 1 skipped, 1 failed");
    let below = |path: &std::path::PathBuf| path.strip_prefix(home.path("out")).unwrap().to_owned();
    let files: Vec<_> = tree(&home.path("out")).iter().map(below).collect();
    assert_eq!(files, ["a.jpg", "deep/er/b.jpg"].map(std::path::PathBuf::from));

    let lines =
        home.fails(1, &["transform", "in", "-o", "out", "-t", "resize:6x,jpg", "--json"]).json();
    let (summary, files) = lines.split_last().unwrap();
    assert_eq!(
        *summary,
        json!({"summary": {"written": 0, "already_there": 2, "skipped": 1, "failed": 1}})
    );
    let first = files.iter().find(|line| line["input"] == "in/a.png").unwrap();
    assert_eq!(first["output"], "out/a.jpg");
    assert_eq!((&first["width"], &first["height"]), (&6.into(), &4.into()));
}

#[test]
fn two_inputs_never_become_one_file() {
    let home = Home::new();
    home.write("in/a.png", &small_picture(1));
    home.write("in/a.jpg", &small_picture(2));
    home.write("in/b.png", &small_picture(3));
    home.write("other/b.png", &small_picture(4));
    let run = home.fails(2, &["transform", "in", "-o", "out", "--format", "webp"]);
    run.says("in/a.jpg and in/a.png would both become out/a.webp").says("nothing was written");
    home.fails(2, &["transform", "in/b.png", "other/b.png", "-o", "out", "--force"])
        .says("both become");
    assert!(!home.path("out").exists());
    // A picture whose name lies keeps the name it should have.
    home.ok(&["transform", "in/a.jpg", "-o", "out/"]);
    assert_eq!(files_in(&home.path("out")).into_keys().collect::<Vec<_>>(), ["a.png"]);
}

#[test]
fn nothing_is_overwritten_unasked() {
    let home = Home::new();
    home.write("in.png", &small_picture(1));
    home.write("out.png", b"precious");
    let run = home.fails(1, &["transform", "in.png", "-o", "out.png", "--rotate", "90"]);
    run.says("another file is in the way at out.png");
    assert_eq!(fs::read(home.path("out.png")).unwrap(), b"precious");
    home.ok(&["transform", "in.png", "-o", "out.png", "--rotate", "90", "--force"]);
    assert_ne!(fs::read(home.path("out.png")).unwrap(), b"precious");
    home.fails(2, &["transform", "in.png", "in.png", "missing.png", "-o", "out.png"])
        .says("is a file");
}

#[test]
fn a_dry_run_says_what_would_be_written() {
    let home = Home::new();
    home.write("in/a.png", &small_picture(1));
    let run = home.ok(&["transform", "in", "-o", "out", "--format", "webp", "--dry-run"]);
    assert_eq!(run.text(), "would-write in/a.png -> out/a.webp\n");
    run.says("1 to be written");
    assert!(!home.path("out").exists());
}

#[test]
fn the_output_is_not_its_own_input() {
    let home = Home::new();
    home.write("a.png", &small_picture(1));
    let args = ["transform", ".", "-o", "out", "--resize", "8x", "--format", "png"];
    home.ok(&args);
    home.ok(&args);
    assert_eq!(tree(&home.path("out")).len(), 1);
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let home = Home::new();
    home.draw_samples();
    let text = "resize:100x80:cover,dither:floyd-steinberg:levels=4,png";
    let mut told = Vec::new();
    for threads in ["1", "2", "8"] {
        let (output, set) = (format!("out{threads}"), format!("threads={threads}"));
        let names = ["--exclude", "chart.tiff", "--exclude", "*.qoi"];
        let args = ["transform", "pictures", "-o", &output, "-t", text, "--set", &set];
        let run = home.ok(&[&args[..], &names].concat());
        told.push(String::from_utf8_lossy(&run.stdout).replace(&output, "out"));
    }
    assert!(told.iter().all(|lines| *lines == told[0]), "in the same order");
    let one = files_in(&home.path("out1"));
    assert!(one.len() > 10);
    assert_eq!(one, files_in(&home.path("out2")));
    assert_eq!(one, files_in(&home.path("out8")));
}

#[test]
fn wrong_operations_are_refused_with_their_names() {
    let home = Home::new();
    home.write("in.png", &small_picture(1));
    for (flags, says) in [
        (&["--resize", "0x"][..], "resize width is 0"),
        (&["--dither", "atkinsn"], "atkinson"),
        (&["--levels", "4"], "--dither"),
        (&["--transform", "rotate:361"], "rotate degrees is \"361\""),
        (&["--dither", "atkinson", "--palette", "nope"], "unknown palette"),
    ] {
        home.fails(2, &[&["transform", "in.png", "-o", "out.png"], flags].concat()).says(says);
    }
    assert!(!home.path("out.png").exists());
}

#[test]
fn several_widths_come_from_one_reading() {
    let home = Home::new();
    home.write("in/a.png", &small_picture(1));
    home.write("in/b.png", &small_picture(2));
    let run =
        home.ok(&["transform", "in", "-o", "out", "--widths", "6,12", "--format", "jpg", "--json"]);
    assert_eq!(run.json().iter().filter(|line| line["status"] == "written").count(), 4);
    let written: Vec<_> = files_in(&home.path("out")).into_keys().collect();
    assert_eq!(written, ["a-12.jpg", "a-6.jpg", "b-12.jpg", "b-6.jpg"]);
    home.ok(&["transform", "in/a.png", "-o", "one.jpg", "--resize", "12x"]);
    let (one, of_many) = (home.path("one.jpg"), home.path("out/a-12.jpg"));
    assert_eq!(fs::read(one).unwrap(), fs::read(of_many).unwrap());
    home.ok(&["transform", "in/a.png", "-o", "bare", "--widths", "6,12"]);
    home.ok(&["transform", "in/a.png", "-o", "v1.2", "--widths", "6", "--format", "webp"]);
    for name in ["bare-6.png", "bare-12.png", "v1-6.2"] {
        assert!(home.path(name).exists(), "{name}");
    }
    home.fails(2, &["transform", "in", "-o", "x", "--widths", "6,0"]).says("0");
    home.fails(2, &["transform", "in", "-o", "x", "--widths", "6", "--resize", "5x"])
        .says("--resize");
}

#[test]
fn presets_watermarks_and_captions() {
    let home = Home::new();
    home.write("home/portreto.toml", b"[presets]\nsmall = \"resize:12x,jpg\"\n");
    home.write("in.png", &small_picture(1));
    home.write("logo.png", &small_picture(2));
    home.ok(&["transform", "in.png", "-o", "preset.jpg", "--preset", "small"]);
    home.ok(&["transform", "in.png", "-o", "text.jpg", "-t", "resize:12x"]);
    assert_eq!(
        fs::read(home.path("preset.jpg")).unwrap(),
        fs::read(home.path("text.jpg")).unwrap()
    );
    home.fails(2, &["transform", "in.png", "-o", "x.jpg", "--preset", "large"])
        .says("one of small");

    let mark = ["--watermark", "logo.png"];
    home.ok(&[&["transform", "in.png", "-o", "marked.png", "--watermark-scale", "0.5"], &mark[..]]
        .concat());
    let digest = portreto_core::Digest::of(&small_picture(2));
    let text = format!("watermark:{digest}:scale=0.5");
    home.ok(&[&["transform", "in.png", "-o", "text.png", "-t", &text], &mark[..]].concat());
    assert_eq!(
        fs::read(home.path("marked.png")).unwrap(),
        fs::read(home.path("text.png")).unwrap()
    );
    home.fails(2, &["transform", "in.png", "-o", "x.png", "-t", &text]).says("--watermark");
    let args = ["transform", "in.png", "-o", "x.png", "--watermark", "in.png", "-t", &text];
    home.fails(2, &args).says("but --watermark is");

    home.ok(&["transform", "in.png", "-o", "said.png", "--caption", "{name}, {time}!"]);
    home.fails(1, &["transform", "in.png", "-o", "x.png", "--caption", "{id}"]).says("{id}");
    // The stores are a watermark's source for variants.
    home.ok(&["upload", "in.png", "logo.png"]);
    let id = home.id_of("in.png");
    home.ok(&["get", &id, "-o", "out", "-t", &format!("{text},caption:@7bid@7d")]);
    home.ok(&["get", &id, "-o", "small", "--preset", "small"]);
    let unknown = format!("watermark:{}", portreto_core::Digest::of(b"nothing"));
    home.fails(1, &["get", &id, "-o", "out", "-t", &unknown])
        .says("not among the pictures at hand");
}
