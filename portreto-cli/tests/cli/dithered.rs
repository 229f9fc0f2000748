//! Dithered pictures as files of every kind that holds them packed.

use std::fs;

use portreto_core::{Limits, probe};

use crate::home::{Home, files_in, small_picture};

/// Two rows of nine pixels, from black to white and from red to yellow.
fn strip() -> Vec<u8> {
    let mut file = b"P6\n9 2\n255\n".to_vec();
    for step in 0..9 {
        file.extend([step * 31; 3]);
    }
    for step in 0..9 {
        file.extend([255, step * 31, 0]);
    }
    file
}

#[test]
fn the_name_of_the_output_chooses_how_it_is_packed() {
    let home = Home::new();
    home.write("in.ppm", &strip());
    let dither = ["--dither", "atkinson", "--palette", "gameboy"];
    for (name, bits) in
        [("out.png", 2), ("out.bmp", 4), ("out.gif", 2), ("out.ppm", 8), ("out.pgm", 8)]
    {
        home.ok(&[&["transform", "in.ppm", "-o", name], &dither[..]].concat());
        let info = probe(&fs::read(home.path(name)).unwrap(), &Limits::default()).unwrap();
        assert!(name.ends_with(info.format.extension()));
        assert_eq!((info.width, info.height, info.bits), (9, 2, bits), "{name}");
    }
    // Two bits a pixel.
    for name in ["out.raw", "out.bin"] {
        home.ok(&[&["transform", "in.ppm", "-o", name], &dither[..]].concat());
        assert_eq!(fs::read(home.path(name)).unwrap().len(), 2 * 3, "{name}");
    }
    let error = home.fails(1, &[&["transform", "in.ppm", "-o", "out.pbm"], &dither[..]].concat());
    error.says("pbm is black and white, and the picture has more than two colors");
    home.ok(&["transform", "in.ppm", "-o", "out.pbm", "--grayscale", "--dither", "threshold"]);
    let bits = fs::read(home.path("out.pbm")).unwrap();
    // Dark is 1; the luma of red is 54 and of yellow 237.
    assert_eq!(bits, b"P4\n9 2\n\xF8\0\xF0\0");
}

#[test]
fn frame_buffers_have_the_layout_that_was_asked_for() {
    let home = Home::new();
    home.write("in.ppm", &strip());
    let raw = |name: &str, flags: &[&str]| {
        let args = ["transform", "in.ppm", "-o", name, "--dither", "threshold"];
        home.ok(&[&args[..], flags].concat());
        fs::read(home.path(name)).unwrap()
    };
    let bits = raw("1.raw", &["--grayscale"]);
    assert_eq!(bits, [0b0000_0111, 0b1000_0000, 0b0000_1111, 0b1000_0000]);
    let panel = ["--grayscale", "--format", "raw", "--bits", "4", "--bit-order", "lsb"];
    assert_eq!(raw("2.raw", &panel), [0, 0, 0x10, 0x11, 1, 0, 0, 0x11, 0x11, 1]);
    assert_eq!(raw("3.bin", &["--grayscale", "--invert-bits"]), [0xF8, 0, 0xF0, 0]);
    // Black, white, red and yellow are 0, 1, 4 and 5.
    let inks = raw("4.raw", &["--palette", "eink-7", "--bits", "4"]);
    assert_eq!((inks[0] >> 4, inks[4], inks[5] >> 4, inks[9]), (0, 0x10, 4, 0x50), "{inks:x?}");

    let args = ["transform", "in.ppm", "-o", "x.raw"];
    home.fails(1, &args).says("raw is made of palette indices").says("dither it last");
    home.fails(2, &["transform", "in.ppm", "-o", "x.png", "--bits", "4"]).says("only raw does");
    home.fails(2, &["transform", "in.ppm", "-o", "out", "--bits", "4"]).says("need --format");
    assert!(!home.path("x.raw").exists());
}

#[test]
fn packed_variants_are_kept_and_come_back_with_their_extension() {
    let home = Home::new();
    home.write("one.png", &small_picture(1));
    let bits = "grayscale,dither:floyd-steinberg,pbm";
    let panel = "dither:floyd-steinberg:palette=eink-7,raw:bits=4";
    home.ok(&["upload", "one.png", "--transform", bits, "--transform", panel]);
    let id = home.id_of("one.png");
    for (text, name) in [(bits, "one.pbm"), (panel, "one.raw")] {
        home.ok(&["get", &id, "--transform", text, "-o", "got"]);
        home.ok(&["transform", "one.png", "-o", name, "--transform", text]);
        let made = fs::read(home.path(name)).unwrap();
        assert_eq!(files_in(&home.path("got"))[name], made, "{text}");
    }
    let info = home.ok(&["info", &id, "--json"]).json();
    let types: Vec<_> = info[0]["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["media_type"].as_str().unwrap())
        .collect();
    assert!(types.contains(&"image/x-portable-bitmap"), "{types:?}");
    assert!(types.contains(&"application/octet-stream"), "{types:?}");
}

#[test]
fn what_cannot_be_read_is_no_picture_and_promises_none() {
    let home = Home::new();
    home.write("in/strip.ppm", &strip());
    home.write("in/panel.raw", &[0x11; 100]);
    home.write("in/flash.bin", b"P6, but no picture");
    home.write("in/lie.pgm", b"no picture");
    let run = home.ok(&["upload", "in", "--json"]);
    let status = |name: &str| {
        let lines = run.json();
        lines.iter().find(|line| line["path"] == name).map(|line| line["status"].clone()).unwrap()
    };
    assert_eq!(status("in/strip.ppm"), "added");
    for name in ["in/panel.raw", "in/flash.bin", "in/lie.pgm"] {
        assert_eq!(status(name), "skipped");
    }
    let run = home.ok(&["upload", "in"]);
    run.says("lie.pgm").says("although its name ends in .pgm");
    assert!(!run.stderr.contains("panel.raw") && !run.stderr.contains("flash.bin"), "{run}");
}
