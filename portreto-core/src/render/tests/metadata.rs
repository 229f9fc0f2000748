//! What variants say of their original beside its pixels.

use std::io::Cursor;

use exif::{Exif, In, Reader, Tag};
use portreto_samples::{camera_exif, exif_with_orientation, turn_away, with_chunk};

use super::*;
use crate::encode::Animation;

const XMP: &[u8] =
    br#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>"#;

/// Outputs that carry metadata, each with a way of its own through its encoder.
const OUTPUTS: &[&str] = &[
    "jpg",
    "jpg:quality=90:progressive",
    "jpg:optimize",
    "dither:atkinson,png",
    "png",
    "png:optimize",
    "webp",
    "webp:lossless",
    "round:50%,webp",
    "round:50%,webp:lossless",
    "tiff",
    "grayscale,tiff",
];

/// A lying picture with all that a camera says of it, in each format that is read for it.
fn originals() -> Vec<(Format, Vec<u8>)> {
    let stored = turn_away(chart(90, 60).into(), 6);
    let attached =
        Attached { exif: Some(camera_exif(6, false)), xmp: Some(XMP.to_vec()), icc: None };
    let picture = Picture::Direct(stored);
    let file = |&format: &Format| {
        (format, encode(&picture, format, Encoding::default(), &attached).unwrap())
    };
    Attached::FORMATS.iter().map(file).collect()
}

fn read(bytes: &[u8]) -> Option<Exif> {
    Reader::new().read_from_container(&mut Cursor::new(bytes)).ok()
}

fn text(exif: &Exif, tag: Tag) -> Option<String> {
    Some(exif.get_field(tag, In::PRIMARY)?.display_value().to_string())
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

#[test]
fn all_is_everything_but_what_is_no_longer_true() {
    for (format, original) in originals() {
        let before = read(&original).unwrap();
        assert_eq!(
            text(&before, Tag::Orientation).as_deref(),
            (format != Format::Tiff).then_some("row 0 at right and column 0 at top")
        );
        for output in OUTPUTS {
            let what = format!("{format} to {output}");
            let rendered = rendered(&original, &format!("{output}:metadata=all"));
            let plain = super::rendered(&original, output);
            let again = decode(&rendered.bytes, &Limits::default()).unwrap();
            assert_eq!(
                again.image,
                decode(&plain.bytes, &Limits::default()).unwrap().image,
                "{what}"
            );

            let exif = read(&rendered.bytes).unwrap_or_else(|| panic!("{what}"));
            for tag in [
                Tag::Make,
                Tag::Copyright,
                Tag::DateTimeOriginal,
                Tag::ExposureTime,
                Tag::GPSLatitude,
                Tag::GPSAltitude,
                Tag::MakerNote,
            ] {
                assert!(text(&exif, tag).is_some(), "{what}: {tag}");
                assert_eq!(text(&exif, tag), text(&before, tag), "{what}: {tag}");
            }
            let number = |tag| exif.get_field(tag, In::PRIMARY).and_then(|f| f.value.get_uint(0));
            assert!(matches!(number(Tag::Orientation), None | Some(1)), "{what}");
            assert_eq!(number(Tag::PixelXDimension), Some(rendered.width), "{what}");
            assert_eq!(number(Tag::PixelYDimension), Some(rendered.height), "{what}");
            assert!(exif.fields().all(|field| field.ifd_num == In::PRIMARY), "{what}");
            assert!(!holds(&rendered.bytes, b"a small picture"), "{what}");
            assert!(holds(&rendered.bytes, br#"tiff:Orientation="1""#), "{what}");

            // And of that once more, when nothing is to be changed.
            let again = super::rendered(&rendered.bytes, "png:metadata=all");
            let again = read(&again.bytes).unwrap();
            assert_eq!(text(&again, Tag::GPSLongitude), text(&before, Tag::GPSLongitude), "{what}");
        }
    }
}

#[test]
fn copyright_is_whose_it_is_and_neither_where_nor_when() {
    for (format, original) in originals() {
        for output in OUTPUTS {
            let what = format!("{format} to {output}");
            let rendered = rendered(&original, &format!("{output}:metadata=copyright"));
            let exif = read(&rendered.bytes).unwrap_or_else(|| panic!("{what}"));
            assert_eq!(text(&exif, Tag::Artist).as_deref(), Some("\"Ada Example\""), "{what}");
            assert_eq!(
                text(&exif, Tag::Copyright).as_deref(),
                Some("\"(c) Ada Example\""),
                "{what}"
            );
            if !output.contains("tiff") {
                assert_eq!(exif.fields().len(), 2, "{what}");
            }
            for tag in [Tag::GPSLatitude, Tag::DateTimeOriginal, Tag::Make, Tag::MakerNote] {
                assert_eq!(text(&exif, tag), None, "{what}: {tag}");
            }
            assert!(!holds(&rendered.bytes, b"xmp"), "{what}");
        }
    }
}

#[test]
fn nothing_is_left_unless_asked_for() {
    let marks: [&[u8]; 8] =
        [b"Exif", b"EXIF", b"eXIf", b"XMP ", b"xmp", b"ns.adobe.com", b"Ada Example", b"Obscura"];
    for (format, original) in originals() {
        assert!(marks.iter().any(|mark| holds(&original, mark)), "{format}");
        for output in OUTPUTS.iter().chain(&["gif", "bmp", "qoi", "ppm", "same"]) {
            for policy in ["", ":metadata=strip"] {
                let rendered = rendered(&original, &format!("{output}{policy}"));
                for mark in marks {
                    let mark_text = String::from_utf8_lossy(mark);
                    assert!(!holds(&rendered.bytes, mark), "{mark_text} in {format} to {output}");
                }
            }
        }
    }
}

#[test]
fn an_automatic_format_carries_it_where_it_can() {
    let photo = &originals()[0].1;
    assert!(read(&rendered(photo, "same:metadata=all").bytes).is_some());
    let paletted = rendered(photo, "dither:atkinson,same:metadata=all");
    assert_eq!(paletted.format, Format::Png);
    assert!(read(&paletted.bytes).is_some());
    let bitmap = rendered(&rendered(photo, "bmp").bytes, "same:metadata=all");
    assert_eq!(read(&bitmap.bytes).map(|exif| exif.fields().len()), None);
}

#[test]
fn an_animation_carries_it_where_its_format_does() {
    let frames = |n| (0..n).map(|place| DynamicImage::from(chart(30 + place, 20)));
    let picture = |image: DynamicImage| Picture::Direct(image.crop_imm(0, 0, 30, 20));
    let pictures: Vec<_> = frames(3).map(picture).collect();
    let how = Encoding { lossless: true, ..Encoding::default() };
    let mut animation = Animation::new(&pictures[0], Format::WebP, 0, how).unwrap();
    animation.push(pictures.into_iter().map(|picture| (picture, 100)).collect()).unwrap();
    let attached = Attached { exif: Some(camera_exif(1, true)), xmp: None, icc: None };
    let original = attached.put_into(animation.finish().unwrap(), Format::WebP);
    for (text, is_carried) in [
        ("webp:metadata=all", true),
        ("webp", false),
        ("gif", false),
        ("same:metadata=copyright", true),
    ] {
        let rendered = rendered(&original, text);
        assert_eq!(rendered.frames, 3, "{text}");
        assert_eq!(
            probe::headers(&rendered.bytes, &Limits::default()).unwrap().frames,
            3,
            "{text}"
        );
        assert_eq!(holds(&rendered.bytes, b"Ada Example"), is_carried, "{text}");
        assert_eq!(read(&rendered.bytes).is_some(), is_carried, "{text}");
    }
}

#[test]
fn several_at_once_say_the_same_as_each_alone() {
    let photo = &originals()[0].1;
    let texts = ["resize:20x,jpg:metadata=all", "png", "resize:30x,webp:metadata=copyright"];
    let transforms: Vec<Transform> = texts.iter().map(|text| text.parse().unwrap()).collect();
    let many = render_many(photo, &transforms, &Limits::default());
    for (text, many) in texts.iter().zip(many) {
        assert!(many.unwrap().bytes == rendered(photo, text).bytes, "{text}");
    }
}

#[test]
fn a_block_too_large_for_jpeg_gives_way_to_whose_picture_it_is() {
    let mut block = camera_exif(1, true);
    block.resize(70_000, 0);
    let original = with_chunk(&png_of(chart(20, 10)), *b"eXIf", &block);
    let png = rendered(&original, "png:metadata=all");
    assert!(read(&png.bytes).unwrap().get_field(Tag::Make, In::PRIMARY).is_some());
    let jpeg = rendered(&original, "jpg:metadata=all");
    let exif = read(&jpeg.bytes).unwrap();
    assert_eq!(exif.fields().len(), 2);
    assert_eq!(text(&exif, Tag::Artist).as_deref(), Some("\"Ada Example\""));
}

#[test]
fn metadata_that_is_broken_is_left_out() {
    let plain = png_of(chart(20, 10));
    for block in [&b"nonsense"[..], b"II*\0", b"", &exif_with_orientation(1)[..9]] {
        let original = with_chunk(&plain, *b"eXIf", block);
        let rendered = rendered(&original, "png:metadata=all");
        assert!(!holds(&rendered.bytes, b"eXIf"), "{block:?}");
    }
}
