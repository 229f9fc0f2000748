use std::ops::Range;

use exif::{Exif, In, Reader, Tag};
use portreto_samples::camera_exif;
use proptest::prelude::*;

use super::*;

const BOTH_ORDERS: [bool; 2] = [true, false];

/// What another reader reads of it, as far as it can.
fn read(block: &[u8]) -> Option<Exif> {
    let read = Reader::new().continue_on_error(true).read_raw(block.to_vec());
    read.or_else(|error| error.distill_partial_result(|_| {})).ok()
}

fn number(exif: &Exif, tag: Tag) -> Option<u32> {
    exif.get_field(tag, In::PRIMARY)?.value.get_uint(0)
}

/// Every field as a person reads it.
fn shown(exif: &Exif) -> Vec<String> {
    exif.fields().map(|f| format!("{} {} {}", f.ifd_num, f.tag, f.display_value())).collect()
}

#[test]
fn a_block_that_is_kept_whole_loses_its_small_picture_and_nothing_else() {
    for is_little_endian in BOTH_ORDERS {
        let block = camera_exif(6, is_little_endian);
        let before = read(&block).unwrap();
        assert_eq!(number(&before, Tag::Orientation), Some(6));
        assert!(before.fields().any(|field| field.ifd_num == In::THUMBNAIL), "has a thumbnail");

        let upright = Block::new(&block).unwrap().upright((320, 240)).unwrap();
        assert!(upright.len() < block.len(), "what lay at the end is cut off");
        assert!(!upright.windows(7).any(|bytes| bytes == b"picture"), "or cleared");
        let after = read(&upright).unwrap();
        assert_eq!(number(&after, Tag::Orientation), Some(1));
        assert_eq!(number(&after, Tag::PixelXDimension), Some(320));
        assert_eq!(number(&after, Tag::PixelYDimension), Some(240));
        let rest = |exif: &Exif| -> Vec<_> {
            let changed = ["Orientation", "PixelXDimension", "PixelYDimension"];
            let kept = |line: &String| {
                line.starts_with("primary ") && !changed.iter().any(|tag| line.contains(tag))
            };
            shown(exif).into_iter().filter(kept).collect()
        };
        assert_eq!(rest(&after), rest(&before));
        assert_eq!(after.fields().len(), before.fields().len() - 2, "pointer and length");
    }
}

#[test]
fn fields_put_together_anew_are_read_as_they_were_in_either_order() {
    for is_little_endian in BOTH_ORDERS {
        let block = camera_exif(1, is_little_endian);
        let fields = Fields::of(&Block::new(&block).unwrap()).sized((7, 9));
        for order in BOTH_ORDERS {
            let again = read(&fields.clone().in_order(order).to_block()).unwrap();
            let mut expected = shown(&read(&block).unwrap());
            // Orientation and the small picture are of the file, not of what it shows.
            expected.retain(|line| line.starts_with("primary ") && !line.contains("Orientation"));
            for line in &mut expected {
                *line = line.replace("4000", "7").replace("3000", "9");
            }
            let mut found = shown(&again);
            found.sort();
            expected.sort();
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn copyright_is_two_fields_and_nothing_else() {
    let block = camera_exif(3, true);
    let fields = Block::new(&block).unwrap().copyright();
    let names: Vec<_> = fields.iter().map(|field| field.tag).collect();
    assert_eq!(names, [tag::ARTIST, tag::COPYRIGHT]);
    assert_eq!(fields[0].value, b"Ada Example\0");
    let nobody = portreto_samples::exif_with_orientation(3);
    assert!(Block::new(&nobody).unwrap().copyright().is_empty());
}

#[test]
fn what_is_no_block_is_none() {
    for bytes in [&b""[..], b"II", b"II*\0", b"MM\0*\0\0", b"II+\0\x08\0\0\0", b"Exif\0\0"] {
        let upright = Block::new(bytes).and_then(|block| block.upright((1, 1)));
        assert_eq!(upright, None, "{bytes:?}");
    }
    let many: Vec<u8> = [&b"II*\0\x08\0\0\0\xFF\xFF"[..], &[0xFF; 100]].concat();
    assert_eq!(Block::new(&many).unwrap().upright((1, 1)), None);
}

#[test]
fn values_that_share_bytes_do_not_grow_without_bound() {
    // A directory of 1000 entries, each of which says that it is as long as the block.
    let length = 8 + 2 + 12 * 1000 + 4 + 5000_u32;
    let mut block = b"II*\0\x08\0\0\0".to_vec();
    block.extend(1000_u16.to_le_bytes());
    for tag in 0..1000_u16 {
        block.extend(tag.to_le_bytes());
        block.extend([7, 0]);
        block.extend(length.to_le_bytes());
        block.extend([0; 4]);
    }
    block.resize(length as usize, 0);
    let whole = Block::new(&block).unwrap();
    let fields = whole.fields(whole.first().as_ref(), |_| true);
    let bytes: usize = fields.iter().map(|field| field.value.len()).sum();
    assert!((TOO_LARGE / 2..=TOO_LARGE).contains(&bytes), "{bytes}");
}

/// Bytes of a good block, some of them replaced.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let place = any::<prop::sample::Index>();
    let changes = prop::collection::vec((place, any::<u8>()), 0..12);
    (1..=8_u16, any::<bool>(), changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(orientation, order, changes, end, is_cut)| {
            let mut block = camera_exif(orientation, order);
            for (place, byte) in changes {
                let place = place.index(block.len());
                block[place] = byte;
            }
            if is_cut {
                block.truncate(end.index(block.len()));
            }
            block
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_is_kept_of_a_damaged_block_is_upright_and_without_a_small_picture(block in damaged()) {
        let Some(found) = Block::new(&block) else { return Ok(()) };
        let all: Range<usize> = 0..block.len();
        for field in found.copyright() {
            prop_assert!(field.value.len() <= all.end);
        }
        let _ = Fields::of(&found).sized((1, 2)).in_order(true).to_block();
        let Some(upright) = found.upright((320, 240)) else { return Ok(()) };
        prop_assert!(upright.len() <= block.len());
        if let Some(exif) = read(&upright) {
            prop_assert!(exif.fields().all(|field| field.ifd_num == In::PRIMARY));
            let orientation = exif.get_field(Tag::Orientation, In::PRIMARY);
            prop_assert!(orientation.is_none_or(|field| field.value.get_uint(0) == Some(1)));
        }
    }
}
