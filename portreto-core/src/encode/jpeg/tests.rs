use image::DynamicImage;
use portreto_samples as drawn;

use super::*;
use crate::{decode::decode, limits::Limits, probe::headers};

fn usual() -> Encoding {
    Encoding::default()
}

fn reopened(bytes: &[u8]) -> DynamicImage {
    decode(bytes, &Limits::default()).unwrap().image
}

/// Sizes that end within a block, at its end, and within an MCU.
fn pictures() -> Vec<DynamicImage> {
    vec![
        drawn::chart(97, 61).into(),
        drawn::chart(64, 48).into(),
        drawn::chart(203, 24).into(),
        drawn::chart(1, 1).into(),
        DynamicImage::from(drawn::chart(45, 71)).to_luma8().into(),
        DynamicImage::new_rgb8(40, 40),
    ]
}

#[test]
fn own_codes_make_the_same_pixels_of_fewer_bytes() {
    for image in pictures() {
        for &subsampling in Subsampling::ALL {
            for quality in [1, 30, 80, 100] {
                let how =
                    Encoding { quality: Some(quality), subsampling: Some(subsampling), ..usual() };
                let plain = encode(&image, how).unwrap();
                let own = codes::with_own_codes(&plain).unwrap();
                let what = format!("{:?} {subsampling} {quality}", image.color());
                assert!(own.len() < plain.len(), "{what}: {} of {}", own.len(), plain.len());
                assert_eq!(reopened(&own), reopened(&plain), "{what}");
                // What was optimal stays as it is.
                assert_eq!(codes::with_own_codes(&own).unwrap(), own, "{what}");
                assert_eq!(encode(&image, Encoding { optimize: true, ..how }).unwrap(), own);
            }
        }
    }
}

#[test]
fn own_codes_of_a_picture_save_more_than_their_tables() {
    let image = drawn::chart(400, 300).into();
    let plain = encode(&image, usual()).unwrap().len();
    let own = encode(&image, Encoding { optimize: true, ..usual() }).unwrap().len();
    assert!(own * 100 <= plain * 99, "{own} of {plain}");
}

#[test]
fn what_the_encoder_does_not_write_has_no_own_codes() {
    let image = drawn::chart(64, 48).into();
    let plain = encode(&image, usual()).unwrap();
    let progressive = encode(&image, Encoding { progressive: true, ..usual() }).unwrap();
    assert_eq!(codes::with_own_codes(&progressive), None);
    for end in 0..plain.len() {
        let _ = codes::with_own_codes(&plain[..end]);
        let mut cut = plain[..end].to_vec();
        cut.extend_from_slice(&[0xFF, 0xD9]);
        let _ = codes::with_own_codes(&cut);
    }
}

#[test]
fn progressive_files_have_the_same_pixels() {
    for image in pictures() {
        for &subsampling in Subsampling::ALL {
            let how = Encoding { subsampling: Some(subsampling), ..usual() };
            let baseline = encode(&image, how).unwrap();
            let progressive = encode(&image, Encoding { progressive: true, ..how }).unwrap();
            assert!(
                progressive.windows(2).any(|marker| marker == [0xFF, 0xC2]),
                "a marker of its kind"
            );
            assert_eq!(reopened(&progressive), reopened(&baseline), "{subsampling}");
        }
    }
}

#[test]
fn color_has_the_resolution_that_was_asked() {
    let image = drawn::chart(64, 48).into();
    for (subsampling, quality, expected) in [
        (None, 80, (2, 2)),
        (None, 90, (1, 1)),
        (Some(Subsampling::Full), 50, (1, 1)),
        (Some(Subsampling::HalfColumns), 95, (2, 1)),
        (Some(Subsampling::Quarter), 95, (2, 2)),
        (Some(Subsampling::HalfRows), 50, (1, 2)),
    ] {
        let how = Encoding { quality: Some(quality), subsampling, ..usual() };
        let bytes = encode(&image, how).unwrap();
        let frame = bytes.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
        // The sampling of the first component (T.81, B.2.2).
        let sampling = bytes[frame + 11];
        assert_eq!((sampling >> 4, sampling & 15), expected, "{subsampling:?} {quality}");
        assert_eq!(halves_color(how), expected == (2, 2));
        assert_eq!(headers(&bytes, &Limits::default()).unwrap().channels, 3);
    }
}

/// Counts as of Fibonacci make codes longer than 16 bits, which must be shortened.
#[test]
fn codes_are_complete_and_no_longer_than_sixteen_bits() {
    let mut counts = [0_u32; 256];
    let (mut a, mut b) = (1, 1);
    for count in counts.iter_mut().take(40) {
        *count = a;
        (a, b) = (b, a + b);
    }
    for counts in [counts, [1; 256], std::array::from_fn(|at| u32::from(at == 7))] {
        let code = optimal::Code::new(&counts);
        let n_symbols = counts.iter().filter(|&&count| count > 0).count();
        assert_eq!(code.symbols.len(), n_symbols);
        assert_eq!(code.n_of_length.iter().map(|&n| usize::from(n)).sum::<usize>(), n_symbols);
        // Kraft's sum leaves room for the code of only ones.
        let taken: u32 =
            (1..=16).zip(code.n_of_length).map(|(l, n)| u32::from(n) << (16 - l)).sum();
        assert!(taken < 1 << 16);
        let lengths: Vec<_> = code.symbols.iter().map(|&at| code.of[usize::from(at)].1).collect();
        assert!(lengths.is_sorted());
    }
}
