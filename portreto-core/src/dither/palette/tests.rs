//! The names.

use std::collections::HashSet;

use super::*;

#[test]
fn every_name_has_2_to_256_colors_and_reads_as_itself() {
    for name in Palette::names() {
        let palette: Palette = name.parse().unwrap();
        assert_eq!(palette.to_string(), name);
        let colors = palette.colors();
        assert!(Palette::custom(colors.clone()).is_ok(), "{name}");
        let distinct: HashSet<_> = colors.iter().collect();
        // Codes of hardware: Apple II's second gray, and the code that Spectra 6 does not use; xterm's cube and
        // ramp meet its 16 system colors.
        let n_repeated = colors.len() - distinct.len();
        let expected = match name {
            "apple-ii" | "eink-6" | "eink-6-measured" => 1,
            "xterm-256" => 7,
            _ => 0,
        };
        assert_eq!(n_repeated, expected, "{name}");
    }
    let names: HashSet<_> = Palette::names().collect();
    assert_eq!(names.len(), Palette::names().count());
}

#[test]
fn computed_palettes_have_their_published_corners() {
    let at =
        |name: &str, index: usize| name.parse::<Palette>().unwrap().colors()[index].to_string();
    // EGA's default colors are codes 0-5, 20, 7 and 56-63 of its 64.
    let codes = [0, 1, 2, 3, 4, 5, 20, 7, 56, 57, 58, 59, 60, 61, 62, 63];
    for (color, code) in codes.into_iter().enumerate() {
        assert_eq!(at("ega", color), at("ega-64", code), "{color}");
    }
    // Firmware inks: 6 bright red, 13 white, 18 bright green, 26 bright white.
    let inks = [(6, "ff0000"), (13, "808080"), (15, "ff8000"), (18, "00ff00"), (26, "ffffff")];
    for (ink, color) in inks {
        assert_eq!(at("amstrad-cpc", ink), color);
    }
    let xterm =
        [(16, "000000"), (110, "87afd7"), (196, "ff0000"), (232, "080808"), (255, "eeeeee")];
    for (index, color) in xterm {
        assert_eq!(at("xterm-256", index), color);
    }
    assert_eq!((at("web-safe", 5), at("gray-4", 2)), ("0000ff".into(), "aaaaaa".into()));
}
