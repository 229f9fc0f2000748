use std::fs;

use portreto_core::transform::Palette;

use crate::home::{Home, small_picture};

#[test]
fn one_palette_serves_a_directory() {
    let home = Home::new();
    home.write("in/one.png", &small_picture(1));
    home.write("in/two.png", &small_picture(2));
    home.write("in/notes.txt", b"no picture");
    for (name, n_bytes) in
        [("out.gpl", None), ("out.hex", Some(5 * 7)), ("out.act", Some(772)), ("out.PAL", None)]
    {
        let run = home.ok(&["palette", "in", "--colors", "5", "-o", name]);
        run.says(&format!("5 colors for 2 images in {name}"));
        let bytes = fs::read(home.path(name)).unwrap();
        assert!(n_bytes.is_none_or(|n_bytes| n_bytes == bytes.len()), "{name}: {}", bytes.len());
        assert_eq!(Palette::from_bytes(&bytes).unwrap().colors().len(), 5, "{name}");
        let dither = ["--dither", "floyd-steinberg", "--palette", name];
        home.ok(
            &[&["transform", "in/one.png", "-o", "dithered.png", "--force"], &dither[..]].concat()
        );
        let dithered = fs::read(home.path("dithered.png")).unwrap();
        let used = Palette::from_bytes(&dithered).unwrap();
        assert_eq!(used.colors(), Palette::from_bytes(&bytes).unwrap().colors(), "{name}");
    }
    // The colors of both pictures are not those of one.
    let both = home.ok(&["palette", "in", "--colors", "5"]).text().to_owned();
    assert_eq!(both.as_bytes(), fs::read(home.path("out.hex")).unwrap());
    let one = home.ok(&["palette", "in/one.png", "--colors", "5"]).text().to_owned();
    assert_ne!(one, both);
    assert!(!home.home().exists(), "no store is needed");
}

#[test]
fn colors_are_chosen_for_each_image() {
    let home = Home::new();
    home.write("in.png", &small_picture(1));
    let flags =
        ["--dither", "burkes", "--colors", "6", "--quantizer", "k-means", "--metric", "oklab"];
    home.ok(&[&["transform", "in.png", "-o", "flags.png"], &flags[..]].concat());
    let text = "dither:burkes:colors=6:quantizer=k-means:metric=oklab,png";
    home.ok(&["transform", "in.png", "-o", "text.png", "-t", text]);
    let bytes = fs::read(home.path("flags.png")).unwrap();
    assert_eq!(bytes, fs::read(home.path("text.png")).unwrap());
    let printed = home.ok(&["palette", "in.png", "--colors", "6", "--quantizer", "k-means"]);
    let found = Palette::from_bytes(&bytes).unwrap().to_string();
    assert_eq!(found.replace('.', "\n"), printed.text().trim_end());
}

#[test]
fn what_cannot_be_read_is_named_and_the_others_count() {
    let home = Home::new();
    home.write("in/one.png", &small_picture(1));
    home.write("in/cut.png", &small_picture(2)[..60]);
    let run = home.fails(1, &["palette", "in", "--colors", "4", "-o", "out.hex"]);
    run.says("error: in/cut.png: ").says("4 colors for 1 image in");
    let kept = home.fails(2, &["palette", "in", "--colors", "3", "-o", "out.hex"]);
    kept.says("another file is in the way").says("--force");
    home.fails(1, &["palette", "in", "--colors", "3", "-o", "out.hex", "--force"]);
    for (args, says) in [
        (&["in", "--colors", "1"][..], "2 to 256"),
        (&["in", "--colors", "4", "-o", "out.png"], ".gpl, .hex, .act or .pal"),
        (&["in/cut.png", "--colors", "4"], "no image to choose colors for"),
        (&["in", "--colors", "4", "--quantizer", "neural"], "median-cut"),
        (&["in"], "--colors"),
    ] {
        home.fails(2, &[&["palette"], args].concat()).says(says);
    }
}
