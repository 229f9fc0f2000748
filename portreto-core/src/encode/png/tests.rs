use image::DynamicImage;
use portreto_samples as drawn;

use super::*;
use crate::{decode::decode, limits::Limits};

fn sixteen_bits() -> DynamicImage {
    let mut pixels = DynamicImage::from(drawn::chart(40, 30)).to_rgb16();
    for (at, sample) in pixels.iter_mut().enumerate() {
        *sample ^= at as u16 & 0xFF;
    }
    pixels.into()
}

#[test]
fn every_effort_keeps_every_sample() {
    for image in [
        DynamicImage::from(drawn::chart(90, 60)),
        drawn::soft_disc(64, 64).into(),
        DynamicImage::from(drawn::chart(45, 71)).to_luma8().into(),
        sixteen_bits(),
        DynamicImage::new_rgba8(30, 30),
    ] {
        for compression in Compression::ALL.iter().copied().map(Some).chain([None]) {
            for optimize in [false, true] {
                let how = Encoding { compression, optimize, ..Encoding::default() };
                let back = decode(&encode(&image, how).unwrap(), &Limits::default()).unwrap().image;
                let what = format!("{:?} {how:?}", image.color());
                assert_eq!(back.to_rgba16(), image.to_rgba16(), "{what}");
            }
        }
    }
}

#[test]
fn palettes_stay_as_well() {
    let chart = drawn::chart(90, 60);
    let (colors, indices) = drawn::posterized(&chart, 4);
    let palette: Vec<_> = colors.into_iter().map(|[r, g, b]| [r, g, b, 255]).collect();
    let picture = Indexed::from_indices(90, 60, palette, &indices);
    for compression in Compression::ALL.iter().copied().map(Some).chain([None]) {
        for optimize in [false, true] {
            let how = Encoding { compression, optimize, ..Encoding::default() };
            let bytes = encode_indexed(&picture, how).unwrap();
            let back = decode(&bytes, &Limits::default()).unwrap().image;
            assert_eq!(back.to_rgba8(), picture.to_direct().to_rgba8(), "{how:?}");
        }
    }
}

#[test]
fn more_effort_makes_fewer_bytes() {
    let image = DynamicImage::from(drawn::chart(200, 150));
    let n_bytes = |compression, optimize| {
        let how = Encoding { compression, optimize, ..Encoding::default() };
        encode(&image, how).unwrap().len()
    };
    let fast = n_bytes(Some(Compression::Fast), false);
    let balanced = n_bytes(Some(Compression::Balanced), false);
    let best = n_bytes(Some(Compression::Best), false);
    let optimized = n_bytes(None, true);
    assert!(
        fast > balanced && balanced >= best && best > optimized,
        "{fast} {balanced} {best} {optimized}"
    );
}
