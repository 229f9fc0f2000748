//! Beside libdither, the de facto collection of diffusion kernels (github.com/robertkist/libdither).
//!
//! We agree with its rule and its matrices but for rounding: it works in 64-bit floating point without limits, ours
//! in whole 1/64 of a step of 255 that are clamped. A pixel that is decided the other way by such a crumb changes those
//! after it, so that pictures are the same in nearly all pixels, not in all.
//!
//! Where the matrices differ:
//!
//! - `stevenson-arce`: libdither fills the holes of the hexagonal grid with weights that the paper has not.
//! - `fan`, `shiau-fan` and `shiau-fan-2` are its `shiaufan2`, `shiaufan3` and `shiaufan1`.

use super::*;

/// Our name, then libdither's matrix as its `dither_errordiff_data.h` has it: the divisor, the columns before the pixel,
/// and the rows from that of the pixel on, which is the `0` at its column.
type Matrix = (&'static str, f64, usize, &'static [&'static [i32]]);

const MATRICES: &[Matrix] = &[
    ("floyd-steinberg", 16.0, 1, &[&[0, 0, 7], &[3, 5, 1]]),
    ("false-floyd-steinberg", 8.0, 0, &[&[0, 3], &[3, 2]]),
    ("jarvis-judice-ninke", 48.0, 2, &[&[0, 0, 0, 7, 5], &[3, 5, 7, 5, 3], &[1, 3, 5, 3, 1]]),
    ("stucki", 42.0, 2, &[&[0, 0, 0, 8, 4], &[2, 4, 8, 4, 2], &[1, 2, 4, 2, 1]]),
    ("burkes", 32.0, 2, &[&[0, 0, 0, 8, 4], &[2, 4, 8, 4, 2]]),
    ("sierra", 32.0, 2, &[&[0, 0, 0, 5, 3], &[2, 4, 5, 4, 2], &[0, 2, 3, 2, 0]]),
    ("sierra-two-row", 16.0, 2, &[&[0, 0, 0, 4, 3], &[1, 2, 3, 2, 1]]),
    ("sierra-lite", 4.0, 1, &[&[0, 0, 2], &[1, 1, 0]]),
    ("atkinson", 8.0, 1, &[&[0, 0, 1, 1], &[1, 1, 1, 0], &[0, 1, 0, 0]]),
    ("fan", 16.0, 2, &[&[0, 0, 0, 7], &[1, 3, 5, 0]]),
    ("shiau-fan", 8.0, 2, &[&[0, 0, 0, 4], &[1, 1, 2, 0]]),
    ("shiau-fan-2", 16.0, 3, &[&[0, 0, 0, 0, 8], &[1, 1, 2, 4, 0]]),
];

const STEVENSON_ARCE: Matrix = (
    "stevenson-arce",
    200.0,
    3,
    &[
        &[0, 0, 0, 0, 32, 0, 0],
        &[6, 13, 10, 19, 10, 18, 8],
        &[0, 0, 12, 26, 12, 0, 0],
        &[3, 6, 4, 8, 4, 7, 2],
    ],
);

const SIDE: usize = 64;

/// libdither's rule in our own words: white above a half, what is left over goes on.
fn libdither(samples: &[u8], (_, divisor, before, rows): Matrix, serpentine: bool) -> Vec<u32> {
    let mut values: Vec<f64> = samples.iter().map(|&sample| f64::from(sample) / 255.0).collect();
    let mut codes = vec![0; samples.len()];
    for y in 0..SIDE {
        let backward = serpentine && y % 2 == 1;
        for step in 0..SIDE {
            let x = if backward { SIDE - 1 - step } else { step };
            let mut error = values[y * SIDE + x];
            if error > 0.5 {
                codes[y * SIDE + x] = 1;
                error -= 1.0;
            }
            for (down, row) in rows.iter().enumerate() {
                for (column, &weight) in row.iter().enumerate() {
                    let ahead = column as i64 - before as i64;
                    let to = x as i64 + if backward { -ahead } else { ahead };
                    if (0..SIDE as i64).contains(&to) && y + down < SIDE {
                        let share = error / divisor * f64::from(weight);
                        values[(y + down) * SIDE + to as usize] += share;
                    }
                }
            }
        }
    }
    codes
}

/// The part of the pixels that are the same, over some noisy pictures.
fn agreement(matrix: Matrix, serpentine: bool) -> f64 {
    let options = Dither::new(matrix.0.parse().unwrap()).serpentine(serpentine);
    let (mut n_same, mut n_pixels) = (0, 0);
    for seed in 0..8 {
        let mut samples = vec![0; SIDE * SIDE];
        blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut samples);
        let ours = fast(&samples, SIDE as u32, 1, &options).unwrap();
        let theirs = libdither(&samples, matrix, serpentine);
        n_same += ours.iter().zip(&theirs).filter(|(ours, theirs)| ours == theirs).count();
        n_pixels += samples.len();
    }
    n_same as f64 / n_pixels as f64
}

#[test]
fn agrees_with_libdither_but_for_rounding() {
    for &matrix in MATRICES {
        for serpentine in [false, true] {
            let agreement = agreement(matrix, serpentine);
            assert!(agreement > 0.98, "{}, serpentine {serpentine}: {agreement:.4}", matrix.0);
        }
    }
}

#[test]
fn another_kernel_would_be_found() {
    for (name, almost) in [("floyd-steinberg", 9), ("fan", 0), ("stucki", 4)] {
        let (_, divisor, before, rows) = MATRICES[almost];
        let agreement = agreement((name, divisor, before, rows), false);
        assert!(agreement < 0.95, "{name}: {agreement:.4}");
    }
    assert!(agreement(STEVENSON_ARCE, false) < 0.95);
}
