//! Any small picture, dithered in any way: the engine computes what the plain definition says.

use portreto_core::{
    dither::{fast, plain},
    transform::{
        Algorithm, Alpha, Color, Dither, Levels, Matrix, Metric, Operation, Palette, Quantizer,
        Strength, Transform, Weights,
    },
};

/// More pixels find nothing more, slowly.
const MAX_SAMPLES: usize = 4_096;

/// Dithers what `bytes` say as they say.
///
/// # Panics
///
/// When a promise is broken.
pub fn dither(bytes: &[u8]) {
    let [algorithm, shape, width, strength, colors, rest @ ..] = bytes else { return };
    let algorithm = Algorithm::ALL[usize::from(*algorithm) % Algorithm::ALL.len()];
    let thousandths = (u16::from(*strength) * 4).min(1_000);
    let (dither, rest) = match (algorithm, rest) {
        (Algorithm::Ordered, [a, b, c, d, e, f, rest @ ..]) => {
            let rows =
                [[a, b, c], [d, e, f]].map(|row| row.map(|&entry| u16::from(entry)).to_vec());
            (Dither::ordered(Matrix::new(&rows).expect("3 x 2 numbers")), rest)
        }
        (Algorithm::Kernel, [a, b, c, d, e, dropped, rest @ ..]) => {
            let rows = [[&0, &0, a], [b, c, d], [e, b, a]]
                .map(|row| row.map(|&weight| u16::from(weight)).to_vec());
            let sum: u32 = rows.iter().flatten().copied().map(u32::from).sum();
            let Ok(weights) = Weights::new(&rows, 1, sum + u32::from(*dropped)) else { return };
            (Dither::kernel(weights), rest)
        }
        _ => (Dither::new(algorithm), rest),
    };
    let dither = dither
        .serpentine(shape & 4 != 0)
        .linear(shape & 8 != 0)
        .grayscale(shape & 16 != 0)
        .alpha(Alpha::ALL[usize::from(shape >> 5) % Alpha::ALL.len()])
        .seed(u32::from(*strength))
        .strength(Strength::from_thousandths(thousandths).expect("at most 1000"));

    // The colors of a palette come before the samples.
    let n_colors = usize::from(colors / 2).max(2);
    let (dither, samples) = match rest.split_at_checked(3 * n_colors) {
        Some((triples, rest)) if colors % 2 == 1 => {
            let colors = triples.chunks_exact(3).map(|rgb| Color::opaque(rgb[0], rgb[1], rgb[2]));
            let palette = Palette::custom(colors.collect()).expect("2 to 256 colors");
            let dither = dither.palette(palette);
            match shape >> 4 {
                0 => (dither.recolor(true), rest),
                shape => {
                    let metric = Metric::ALL[usize::from(shape) % Metric::ALL.len()];
                    (dither.metric(metric).expect("there is a palette"), rest)
                }
            }
        }
        _ if shape & 128 != 0 => {
            let quantizer = Quantizer::ALL[usize::from(shape >> 4) % Quantizer::ALL.len()];
            let dither = dither.colors(u16::from(*colors).max(2)).expect("2 to 256");
            (dither.quantizer(quantizer).expect("there are colors"), rest)
        }
        _ => {
            let levels = u16::from(*colors).max(2);
            let levels =
                Levels::of_channels([levels, (levels / 3).max(2), levels]).expect("2 to 256");
            (dither.channel_levels(levels), rest)
        }
    };

    // Options without a meaning are refused before they get here.
    if Transform::from(Operation::Dither(dither.clone())).check().is_err() {
        return;
    }

    let n_channels = usize::from(shape % 4) + 1;
    let samples = &samples[..samples.len().min(MAX_SAMPLES)];
    let width = u32::from(*width);
    assert_eq!(
        fast(samples, width, n_channels, &dither),
        plain(samples, width, n_channels, &dither),
        "{dither:?}, {width} pixels of {n_channels} channels"
    );
}
