//! Handmade bytes of every format, what was written read again, and what is wrong with a file said.

use proptest::{collection::vec, prelude::*};

use super::*;

const THREE: &str = "000000.ff8000.ffffff";

fn read_text(bytes: &[u8]) -> String {
    read(bytes).unwrap().to_string()
}

fn error(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

#[test]
fn text_formats_in_every_spelling() {
    for content in [
        "000000\nff8000\nffffff\n",
        "#000000\r\n#FF8000\r\n\r\n#ffffff",
        "\u{FEFF}; Paint.NET\nFF000000\nffFF8000\n00FFFFFF\nffffffff\n00FFFFFF\n",
        "GIMP Palette\nName: three: of them\nColumns: 3\n# colors\n  0   0   0\tBlack: 0\n255 128 0 Orange\n255 255 255\n",
        "GIMP Palette\nChannels: RGBA\n#\n0 0 0 255 Black\n9 9 9 0 Hole\n255 128 0 255\n255 255 255 255\n",
        "JASC-PAL\r\n0100\r\n3\r\n0 0 0\r\n255 128 0\r\n255 255 255\r\n",
        // The first of equal colors stays.
        "ff8000\n000000\nffffff\n000000\n",
    ] {
        let mut expected: Vec<_> = THREE.split('.').collect();
        if content.starts_with("ff") {
            expected.swap(0, 1);
        }
        assert_eq!(read_text(content.as_bytes()), expected.join("."), "{content:?}");
    }
}

#[test]
fn an_adobe_table_counts_its_colors_and_leaves_out_the_transparent_one() {
    let mut bytes = [0; 768].to_vec();
    bytes[3..9].copy_from_slice(&[255, 128, 0, 255, 255, 255]);
    assert_eq!(read_text(&bytes), THREE, "what fills it up is black again");
    bytes.extend([0, 2, 255, 255]);
    assert_eq!(read_text(&bytes), "000000.ff8000");
    bytes.splice(768.., [0, 3, 0, 0]);
    assert_eq!(read_text(&bytes), "ff8000.ffffff");
    // These first colors look like an .aco, or a RIFF file.
    for first in [[0, 2, 0, 1, 1, 0], [0, 1, 0, 0, 0, 2], *b"RIFF01"] {
        let mut table = bytes.clone();
        table.splice(..6, first);
        assert_eq!(read(&table).unwrap().colors()[0].rgba()[..3], first[3..]);
    }
    bytes.splice(768.., [1, 1, 255, 255]);
    assert_eq!(error(&bytes), "act palette: counts 257 colors at byte 768, but holds 256");
}

#[test]
fn a_riff_palette_is_found_among_its_chunks() {
    let mut bytes = b"RIFF\x2C\0\0\0PAL odd \x01\0\0\0?\0data\x10\0\0\0\x00\x03\x03\0".to_vec();
    bytes.extend([0, 0, 0, 0, 255, 128, 0, 4, 255, 255, 255, 0]);
    assert_eq!(read_text(&bytes), THREE);
    let cut = &bytes[..bytes.len() - 1];
    assert_eq!(error(cut), "RIFF palette: needs 12 bytes at byte 34, but has 45");
    assert_eq!(
        error(b"RIFF\0\0\0\0WEBP"),
        "RIFF palette: is a \"WEBP\" file, but must be a \"PAL \""
    );
    assert!(error(b"RIFF").contains("at byte 0"));
    assert!(error(b"RIFF\0\0\0\0PAL junk\xFF\xFF\xFF\xFF").contains("at byte 20"));
    let mut other = bytes;
    other[31] = 4;
    assert!(error(&other).contains("version 0x0400"), "{}", error(&other));
}

#[test]
fn adobe_swatches_in_rgb_hsb_and_gray() {
    // RGB orange, HSB green (a third of the circle), 49.8 % gray.
    let colors: [[u16; 5]; 3] =
        [[0, 65535, 32896, 0, 0], [1, 21845, 65535, 65535, 0], [8, 4980, 0, 0, 0]];
    let words =
        |words: &[u16]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>();
    let first = [words(&[1, 3]), colors.iter().flat_map(|color| words(color)).collect()].concat();
    assert_eq!(read_text(&first), "ff8000.00ff00.7f7f7f");
    let named = colors.iter().flat_map(|color| [words(color), words(&[0, 3, 65, 66, 0])].concat());
    let second = [words(&[2, 3]), named.collect()].concat();
    assert_eq!(read_text(&second), "ff8000.00ff00.7f7f7f");
    assert_eq!(read_text(&[first.clone(), second.clone()].concat()), "ff8000.00ff00.7f7f7f");
    assert!(error(&first[..first.len() - 1]).contains("at byte 32, but has 33"));
    assert!(error(&second[..second.len() - 1]).contains("needs 6 bytes"));
    let cmyk = words(&[1, 1, 2, 0, 0, 0, 0]);
    assert_eq!(
        error(&cmyk),
        "aco palette: the color at byte 4 is in CMYK; only RGB, HSB and gray are read"
    );
    assert_eq!(read(&cmyk).unwrap_err().kind(), ErrorKind::Unsupported);
    assert!(error(&words(&[1, 1, 8, 10001, 0, 0, 0])).contains("gray is 10001"));
}

#[test]
fn hues_go_round_the_circle() {
    let hsb = |hue: u32, saturation, brightness| {
        let words = [1, 2, 1, (hue * 65535 / 360) as u16, saturation, brightness, 0, 8, 0, 0, 0, 0];
        let bytes: Vec<u8> = words.iter().flat_map(|word: &u16| word.to_be_bytes()).collect();
        read_text(&bytes)[..6].to_owned()
    };
    for (hue, expected) in [
        (0, "ff0000"),
        (60, "ffff00"),
        (120, "00ff00"),
        (180, "00ffff"),
        (240, "0000ff"),
        (300, "ff00ff"),
    ] {
        assert_eq!(hsb(hue, 65535, 65535), expected, "{hue}");
        assert_eq!(hsb(hue, 0, 32896), "808080", "{hue}");
    }
    // 5461 of 65535 is a little less than 30 degrees.
    assert_eq!(hsb(30, 65535, 65535), "ff7f00");
}

#[test]
fn a_png_is_its_palette_or_its_colors() {
    let png = |color_type, palette: Option<&[u8]>, alphas: Option<&[u8]>, samples: &[u8], width| {
        let mut bytes = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut bytes, width, 1);
        encoder.set_color(color_type);
        encoder.set_depth(::png::BitDepth::Eight);
        if let Some(palette) = palette {
            encoder.set_palette(palette.to_vec());
        }
        if let Some(alphas) = alphas {
            encoder.set_trns(alphas.to_vec());
        }
        encoder.write_header().unwrap().write_image_data(samples).unwrap();
        bytes
    };
    let palette = [0, 0, 0, 255, 128, 0, 1, 1, 1, 255, 255, 255];
    let indexed = ::png::ColorType::Indexed;
    let bytes = png(indexed, Some(&palette), Some(&[255, 255, 0]), &[0, 0], 2);
    assert_eq!(read_text(&bytes), THREE, "also what no pixel shows");
    let samples = [0, 0, 0, 255, 255, 128, 0, 255, 9, 9, 9, 0, 0, 0, 0, 255, 255, 255, 255, 200];
    let bytes = png(::png::ColorType::Rgba, None, None, &samples, 5);
    assert_eq!(read_text(&bytes), THREE);
    let gray = png(::png::ColorType::Grayscale, None, None, &(0..=255).collect::<Vec<_>>(), 256);
    assert_eq!(read(&gray).unwrap().colors().len(), 256);
    let many: Vec<u8> = (0..257_u16).flat_map(|at| [(at >> 8) as u8, at as u8, 0]).collect();
    let bytes = png(::png::ColorType::Rgb, None, None, &many, 257);
    assert_eq!(error(&bytes), "palette has more than 256 different colors");
    assert!(read(&bytes[..40]).is_err());
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (content, message) in [
        (&b"000000\nblue\n"[..], "hex palette: line 2 is \"blue\", which is no color"),
        (b"000000\n80ff0000\n", "hex palette: line 2 has alpha 128, but only 00 and ff go"),
        (b"GIMP Palette\n0 0 256\n", "gpl palette: line 2 is \"0 0 256\", which is no color"),
        (b"GIMP Palette\n0 0 0x0\n", "gpl palette: line 2 is \"0 0 0x0\", which is no color"),
        (
            b"GIMP Palette\nChannels: RGBA\n1 2 3 4\n",
            "gpl palette: line 3 has alpha 4, but only 0 and 255 go",
        ),
        (b"JASC-PAL\n0200\n1\n0 0 0\n", "JASC palette: line 2 is \"0200\", but must be 0100"),
        (b"JASC-PAL\n0100\nx\n", "JASC palette: line 3 is \"x\", but must be the number of colors"),
        (
            b"JASC-PAL\n0100\n3\n0 0 0\n1 1 1\n",
            "JASC palette: line 3 counts 3 colors, but 2 follow",
        ),
        (b"JASC-PAL\n0100\n1\n0 0 0 0\n", "JASC palette: line 4 is \"0 0 0 0\", which is no color"),
        (b"ff0000\nff0000\n", "palette has 1 colors, but must have 2 to 256"),
        (b"", "palette has 0 colors, but must have 2 to 256"),
        (
            b"\xFF\xD8\xFF",
            "palette is in none of the formats that are known: gpl, hex, act, pal (JASC or RIFF), aco and png",
        ),
    ] {
        assert_eq!(error(content), message);
    }
    let many: String = (0..=256).flat_map(|at| [format!("{at:06x}"), "\n".to_owned()]).collect();
    assert_eq!(error(many.as_bytes()), "palette has more than 256 different colors");
    let large = vec![b'\n'; Palette::MAX_FILE_BYTES as usize + 1];
    assert_eq!(read(&large).unwrap_err().kind(), ErrorKind::LimitExceeded);
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(triples in vec(any::<[u8; 3]>(), 2..=256)) {
        let mut colors = Distinct::default();
        for [red, green, blue] in triples {
            colors.push(Color::opaque(red, green, blue)).unwrap();
        }
        prop_assume!(colors.colors.len() > 1);
        for &format in PaletteFormat::ALL {
            let bytes = write(&colors.colors, format);
            prop_assert_eq!(read(&bytes).unwrap().colors(), colors.colors.clone(), "{}", format);
        }
    }

    #[test]
    fn any_bytes_are_answered(
        magic in prop::sample::select(vec![
            &b""[..], b"RIFF\0\0\0\0PAL data", b"\0\x01\0\x02", b"\0\x02\0\x01", b"GIMP Palette\n", b"JASC-PAL\n0100\n",
        ]),
        rest in vec(any::<u8>(), 0..80),
    ) {
        let _ = read(&[magic, &rest].concat());
    }
}
