use portreto_samples::{self as samples, HeifItem};

use super::*;
use crate::{limits::Limits, probe::probe};

fn brands(list: &[&[u8; 4]]) -> Vec<u8> {
    let list: Vec<u8> = list.iter().flat_map(|brand| **brand).collect();
    samples::heif_box(*b"ftyp", &[&list[..4], &[0; 4], &list[4..]].concat())
}

#[test]
fn brands_tell_the_format() {
    let rows: [(&[&[u8; 4]], Option<Format>); 8] = [
        (&[b"avif"], Some(Format::Avif)),
        (&[b"avis", b"mif1"], Some(Format::Avif)),
        (&[b"mif1", b"avif"], Some(Format::Avif)),
        (&[b"heic"], Some(Format::Heic)),
        (&[b"mif1", b"heic"], Some(Format::Heic)),
        (&[b"msf1", b"hevc"], Some(Format::Heic)),
        (&[b"isom", b"mp42"], None),
        (&[b"qt  "], None),
    ];
    for (list, format) in rows {
        assert_eq!(Format::sniff(&brands(list)), format, "{list:?}");
    }
    // A brand behind the box is none.
    let film = [brands(&[b"isom"]), b"avif".to_vec()].concat();
    assert_eq!(Format::sniff(&film), None);
}

#[test]
fn heic_is_told_apart() {
    let properties = vec![samples::heif_size(40, 30)];
    let item = HeifItem { kind: *b"hvc1", properties, data: vec![1], ..Default::default() };
    let probed = probe(&samples::heif(*b"heic", &[item]), &Limits::default());
    if Format::Heic.is_read() {
        let info = probed.unwrap();
        assert_eq!((info.format, info.width, info.height), (Format::Heic, 40, 30));
        return;
    }
    let error = probed.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let expected = "heic files are read only by a build with the feature heic";
    assert!(error.to_string().starts_with(expected), "{error}");
}

#[test]
fn steps_of_turning_add_up() {
    let all = (1..=8).map(|number| Orientation::from_exif(number).unwrap());
    let mut picture = image::DynamicImage::new_luma8(3, 2);
    picture.as_mut_luma8().unwrap().copy_from_slice(&[1, 2, 3, 4, 5, 6]);
    for (first, second) in
        all.clone().flat_map(|first| all.clone().map(move |second| (first, second)))
    {
        let (mut twice, mut once) = (picture.clone(), picture.clone());
        twice.apply_orientation(first);
        twice.apply_orientation(second);
        once.apply_orientation(then(first, second));
        assert_eq!(once, twice, "{first:?}, {second:?}");
    }
}

#[test]
fn a_film_alone_is_not_read() {
    let film = [brands(&[b"avis"]), samples::heif_box(*b"moov", &[])].concat();
    let error = probe(&film, &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}
