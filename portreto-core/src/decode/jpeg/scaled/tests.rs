use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use proptest::{collection::vec, prelude::*, sample::select};
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

use super::*;

const SAMPLINGS: [(SamplingFactor, (f64, f64)); 8] = [
    (SamplingFactor::R_4_4_4, (1.0, 1.0)),
    (SamplingFactor::R_4_2_2, (0.5, 1.0)),
    (SamplingFactor::R_4_4_0, (1.0, 0.5)),
    (SamplingFactor::R_4_2_0, (0.5, 0.5)),
    (SamplingFactor::R_4_1_1, (0.25, 1.0)),
    (SamplingFactor::R_4_1_0, (0.25, 0.5)),
    (SamplingFactor::R_4_4_1, (1.0, 0.25)),
    (SamplingFactor::R_4_2_1, (0.5, 0.25)),
];

/// How a test's picture is written.
#[derive(Debug, Clone, Copy)]
struct Written {
    sampling: SamplingFactor,
    is_progressive: bool,
    restart_interval: u16,
    size: (u16, u16),
}

/// `YCbCr` far from black and white, so that nothing is cut off: waves of luma, slopes of color.
fn color_at(x: usize, y: usize, (width, height): (u16, u16)) -> [u8; 3] {
    let wave = (x as f64 * 0.37).sin() * 30.0 + (y as f64 * 0.23 + x as f64 * 0.11).cos() * 35.0;
    let slope = |at: usize, of: u16| 80.0 + 96.0 * (at as f64 + 0.5) / f64::from(of);
    [128.0 + wave, slope(x, width), slope(y, height)].map(|sample| sample as u8)
}

fn file(how: Written) -> Vec<u8> {
    let (width, height) = (usize::from(how.size.0), usize::from(how.size.1));
    let samples: Vec<_> =
        (0..width * height).flat_map(|at| color_at(at % width, at / width, how.size)).collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 96);
    encoder.set_sampling_factor(how.sampling);
    encoder.set_progressive(how.is_progressive);
    encoder.set_restart_interval(how.restart_interval);
    encoder.encode(&samples, how.size.0, how.size.1, ColorType::Ycbcr).unwrap();
    bytes
}

/// Every plane of every channel.
fn all_scales(bytes: &[u8]) -> Option<Vec<Channel>> {
    let wanted =
        [0.125, 0.25, 0.5, 1.0].map(|part| Detail { luma: (part, part), color: (part, part) });
    decode(bytes, &wanted, u64::MAX)
}

/// Luma as the full decoder has it; none where it is known to be wrong: files of separate scans.
fn full(bytes: &[u8], density: (f64, f64)) -> Option<Vec<u8>> {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::YCbCr);
    let samples = JpegDecoder::new_with_options(ZCursor::new(bytes), options).decode().unwrap();
    let is_right = density.0.min(density.1) >= 0.5;
    is_right.then(|| samples.chunks(3).map(|pixel| pixel[0]).collect())
}

fn check(bytes: &[u8], size: (u16, u16), density: (f64, f64), case: &str) {
    let (width, height) = (usize::from(size.0), usize::from(size.1));
    let (full, slack) = match full(bytes, density) {
        Some(luma) => (luma, 1),
        // As drawn, but for quantization.
        None => {
            ((0..width * height).map(|at| color_at(at % width, at / width, size)[0]).collect(), 9)
        }
    };
    let channels = all_scales(bytes).unwrap_or_else(|| panic!("{case}: not decoded"));
    assert_eq!(channels.len(), 3);
    let [luma, blue, red] = &channels[..] else { unreachable!() };
    assert_eq!(luma.planes.iter().map(|plane| plane.side).collect::<Vec<_>>(), [1, 2, 4, 8]);
    for plane in &luma.planes {
        let step = 8 / plane.side;
        assert_eq!(
            (plane.width, plane.height),
            (width.div_ceil(step), height.div_ceil(step)),
            "{case}"
        );
        assert_eq!(plane.samples.len(), plane.width * plane.height);
    }
    // All samples are the full decoder's, but for rounding.
    let whole = &luma.planes[3].samples;
    for (at, (sample, pixel)) in whole.iter().zip(&full).enumerate() {
        assert!(sample.abs_diff(*pixel) <= slack, "{case}: pixel {at} is {sample}, not {pixel}");
    }
    // At every smaller scale the samples of a block have the block's mean.
    for (x, y) in (0..height / 8).flat_map(|y| (0..width / 8).map(move |x| (x, y))) {
        let means = luma.planes.each_ref_mean(x, y);
        assert!(
            means.iter().all(|mean| (mean - means[3]).abs() <= 0.8),
            "{case}: {means:?} at {x}, {y}"
        );
    }
    // Color is where it was drawn: within what subsampling and quantization leave of a slope.
    for (place, channel) in [(1, blue), (2, red)] {
        assert_eq!(channel.density, density, "{case}");
        for plane in &channel.planes {
            let scale = |density: f64| density * plane.side as f64 / 8.0;
            let (across, down) = (scale(density.0), scale(density.1));
            for (at, sample) in plane.samples.iter().enumerate() {
                let middle = |at: usize, scale: f64| (at as f64 + 0.5) / scale - 0.5;
                let (x, y) = (middle(at % plane.width, across), middle(at / plane.width, down));
                // Samples on the rim mix the picture with what is beyond.
                let reach = (0.5 / across, 0.5 / down);
                if x + reach.0 > width as f64 || y + reach.1 > height as f64 {
                    continue;
                }
                let expected = color_at(x as usize, y as usize, size)[place];
                let slack = 5.0 + 96.0 * (4.0 / f64::from(size.0.min(size.1)));
                let error = f64::from(sample.abs_diff(expected));
                assert!(
                    error <= slack,
                    "{case}: channel {place}, {x}, {y}: {sample}, not {expected}"
                );
            }
        }
    }
}

trait Means {
    fn each_ref_mean(&self, x: usize, y: usize) -> [f64; 4];
}

impl Means for Vec<channel::Plane> {
    /// The mean of one block in each plane.
    fn each_ref_mean(&self, x: usize, y: usize) -> [f64; 4] {
        let mean = |plane: &channel::Plane| {
            let side = plane.side;
            let places = (0..side * side).map(|at| (x * side + at % side, y * side + at / side));
            let sum: f64 = places.map(|(x, y)| f64::from(plane.samples[y * plane.width + x])).sum();
            sum / (side * side) as f64
        };
        [mean(&self[0]), mean(&self[1]), mean(&self[2]), mean(&self[3])]
    }
}

#[test]
fn every_sampling_and_coding_gives_what_the_full_decoder_gives() {
    for (sampling, density) in SAMPLINGS {
        for is_progressive in [false, true] {
            for (restart_interval, size) in [
                (0, (67, 53)),
                (1, (40, 33)),
                (3, (128, 17)),
                (5, (16, 80)),
                (0, (9, 7)),
                (2, (64, 64)),
            ] {
                let how = Written { sampling, is_progressive, restart_interval, size };
                check(&file(how), size, density, &format!("{how:?}"));
            }
        }
    }
}

/// Successive approximation, which the encoder of the other tests does not write: DC and AC in several
/// refinements, as libjpeg's default script has them. Drawn by [`color_at`], 4:2:0.
#[test]
fn refinements_are_read_as_the_full_decoder_reads_them() {
    let bytes = include_bytes!("tests/refined.jpg");
    let channels = all_scales(bytes).unwrap();
    check(bytes, (83, 61), (0.5, 0.5), "refined");
    // A few scans are enough for the smallest scale: what follows may be anything.
    let wanted = [Detail { luma: (0.125, 0.125), color: (0.0625, 0.0625) }];
    let alone = decode(bytes, &wanted, u64::MAX).unwrap();
    assert_eq!(alone[0].planes[0].samples, channels[0].planes[0].samples);
}

#[test]
fn one_scale_is_the_same_alone_and_among_others() {
    let how = Written {
        sampling: SamplingFactor::R_4_2_0,
        is_progressive: false,
        restart_interval: 0,
        size: (203, 91),
    };
    for is_progressive in [false, true] {
        let bytes = file(Written { is_progressive, ..how });
        let together = all_scales(&bytes).unwrap();
        for part in [0.125, 0.25, 0.5, 1.0] {
            let wanted = Detail { luma: (part, part), color: (part, part) };
            for (alone, together) in
                decode(&bytes, &[wanted], u64::MAX).unwrap().iter().zip(&together)
            {
                let [alone] = &alone.planes[..] else { panic!("one plane") };
                let same = together.planes.iter().find(|plane| plane.side == alone.side).unwrap();
                assert_eq!(alone.samples, same.samples);
            }
        }
    }
}

#[test]
fn memory_is_bounded_before_it_is_taken() {
    // 4096 × 4096 in a file of some hundred bytes.
    let how = Written {
        sampling: SamplingFactor::R_4_2_0,
        is_progressive: true,
        restart_interval: 0,
        size: (16, 16),
    };
    let mut bytes = file(how);
    let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC2]).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0x10, 0, 0x10, 0]);
    let eighth = Detail { luma: (0.125, 0.125), color: (0.0625, 0.0625) };
    assert!(decode(&bytes, &[eighth], 100_000).is_none());
    let half = Detail { luma: (0.5, 0.5), color: (0.25, 0.25) };
    assert!(decode(&bytes, &[half], 10_000_000).is_none());
}

#[test]
fn what_is_not_usual_is_left_to_others() {
    let how = Written {
        sampling: SamplingFactor::R_4_2_0,
        is_progressive: false,
        restart_interval: 0,
        size: (32, 32),
    };
    let sound = file(how);
    let frame = sound.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    assert!(all_scales(&sound).is_some());
    for (at, byte) in [(1, 0xC9), (1, 0xC3), (1, 0xCA), (4, 12), (9, 4), (11, 0x00), (11, 0x51)] {
        let mut odd = sound.clone();
        odd[frame + at] = byte;
        assert!(all_scales(&odd).is_none(), "{byte:#x} at {at}");
    }
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    (select(&SAMPLINGS[..]), any::<bool>(), 0..4_u16, (1..70_u16, 1..70_u16)).prop_map(
        |((sampling, _), is_progressive, restart_interval, size)| {
            file(Written { sampling, is_progressive, restart_interval, size })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damage_gives_a_picture_of_the_right_size_or_none(
        mut bytes in any_file(),
        hits in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        kept in any::<prop::sample::Index>(),
        cut: bool,
    ) {
        for (at, byte) in hits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(kept.index(bytes.len()));
        }
        let scale = |part| Detail { luma: (part, part), color: (part, part) };
        let together = [0.125, 0.25, 0.5, 1.0].map(scale);
        if let Some(channels) = decode(&bytes, &together, 64 << 20) {
            for plane in channels.iter().flat_map(|channel| &channel.planes) {
                prop_assert_eq!(plane.samples.len(), plane.width * plane.height);
            }
            // What is damaged is damaged alike at every scale.
            for scale in together {
                let alone = decode(&bytes, &[scale], 64 << 20);
                prop_assert!(alone.is_some(), "{:?} alone", scale);
                for (alone, together) in alone.unwrap_or_default().iter().zip(&channels) {
                    let mut planes = together.planes.iter();
                    let same = planes.find(|plane| plane.side == alone.planes[0].side);
                    prop_assert_eq!(&alone.planes[0].samples, &same.unwrap().samples);
                }
            }
        }
    }

    #[test]
    fn inverses_are_those_of_the_definition(
        coefficients in vec(-1200_i16..1200, 64),
        sparse in 1_usize..64,
        side in select(vec![1_usize, 2, 4, 8]),
    ) {
        let mut block = [0; 64];
        for (at, value) in coefficients.into_iter().enumerate() {
            block[at] = if at == 0 || at % sparse == 1 { value / (1 + (at % 8 + at / 8) as i16) } else { 0 };
        }
        let mut samples = vec![7; side * 11];
        inverse::inverse(&block, side, &mut samples, 11);
        // The orthonormal inverse of `side` points each way, scaled to the range of eight.
        let points = side as f64;
        let wave = |frequency: usize, at: usize| {
            let scale = if frequency == 0 { (1.0 / points).sqrt() } else { (2.0 / points).sqrt() };
            let angle = (2.0 * at as f64 + 1.0) * frequency as f64 * std::f64::consts::PI / (2.0 * points);
            scale * angle.cos()
        };
        for y in 0..side {
            for x in 0..side {
                let terms = (0..side * side).map(|at| {
                    let (u, v) = (at % side, at / side);
                    f64::from(block[v * 8 + u]) * wave(u, x) * wave(v, y)
                });
                let expected = (terms.sum::<f64>() * points / 8.0 + 128.0).clamp(0.0, 255.0);
                let error = (f64::from(samples[y * 11 + x]) - expected).abs();
                prop_assert!(error <= 0.8, "{} instead of {} at {}, {}", samples[y * 11 + x], expected, x, y);
            }
        }
    }
}
