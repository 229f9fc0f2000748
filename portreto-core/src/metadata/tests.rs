use portreto_samples::{
    JpegOptions, camera_exif, chart, exif_with_orientation, jpeg, with_chunk, with_exif,
};
use proptest::prelude::*;

use super::*;
use crate::{
    encode::{Attached, Encoding, encode},
    format::Format,
    limits::Limits,
    picture::Picture,
};

fn read(bytes: &[u8]) -> Option<Metadata> {
    metadata(bytes, &Limits::default()).unwrap()
}

fn photo(exif: &[u8]) -> Vec<u8> {
    with_exif(&jpeg(&chart(16, 8), JpegOptions::default()), exif)
}

#[test]
fn everything_that_a_camera_says_is_read_from_every_format() {
    let expected = serde_json::json!({
        "taken": "2024-05-06T07:08:09.25+02:00",
        "make": "Portreto",
        "model": "Obscura 3",
        "lens": "Portreto 35mm f/1.4",
        "iso": 400,
        "exposure_seconds": 0.004,
        "f_number": 2.8,
        "focal_length_mm": 35.0,
        "focal_length_35mm": 52,
        "location": { "latitude": 52.51, "longitude": -13.25, "altitude": 34.5 },
        "artist": "Ada Example",
        "copyright": "(c) Ada Example",
    });
    for order in [false, true] {
        let attached = Attached { exif: Some(camera_exif(6, order)), ..Attached::default() };
        for &format in Attached::FORMATS {
            let picture = Picture::Direct(chart(20, 10).into());
            let file = encode(&picture, format, Encoding::default(), &attached).unwrap();
            let mut expected = expected.clone();
            // A TIFF's own directory is the encoder's, and says nothing of turns.
            if format != Format::Tiff {
                expected["orientation"] = 6.into();
            }
            let found = read(&file).unwrap();
            assert_eq!(serde_json::to_value(&found).unwrap(), expected, "{format}");
            let again: Metadata = serde_json::from_value(expected).unwrap();
            assert_eq!(again, found);
        }
    }
}

#[test]
fn nothing_is_none() {
    assert_eq!(read(&photo(&exif_with_orientation(1))), None);
    assert_eq!(read(&jpeg(&chart(16, 8), JpegOptions::default())), None);
    assert_eq!(read(&photo(b"nonsense")), None);
    let turned = read(&photo(&exif_with_orientation(3))).unwrap();
    assert_eq!(turned, Metadata { orientation: Some(3), ..Metadata::default() });
    let large = [camera_exif(1, true), vec![0; 2 << 20]].concat();
    let plain = encode(
        &Picture::Direct(chart(9, 9).into()),
        Format::Png,
        Encoding::default(),
        &Attached::default(),
    );
    assert_eq!(read(&with_chunk(&plain.unwrap(), *b"eXIf", &large)), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_damaged_block_never_keeps_a_file_from_being_read(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        is_cut in any::<bool>(),
        end in any::<prop::sample::Index>(),
    ) {
        let mut block = camera_exif(6, true);
        for (place, byte) in changes {
            let place = place.index(block.len());
            block[place] = byte;
        }
        if is_cut {
            block.truncate(end.index(block.len()));
        }
        if let Some(found) = read(&photo(&block)) {
            let text = serde_json::to_string(&found).unwrap();
            prop_assert!(text.len() < 4000);
            prop_assert_eq!(serde_json::from_str::<Metadata>(&text).unwrap(), found);
        }
    }
}
