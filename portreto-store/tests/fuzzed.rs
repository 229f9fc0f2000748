//! What the fuzz targets do, with what a fuzzer begins with and that bent at random: no search, but with every run of the
//! tests. `fuzz/run SECONDS` searches.
//!
//! `PORTRETO_FUZZ_CASES` is how many bent inputs each target gets, `PORTRETO_FUZZ_SEED` repeats a run.

#![allow(clippy::print_stdout, reason = "which seed it was")]

#[path = "../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "a library where it is at home")]
mod targets;

use std::{env, fs, iter, path::Path};

use portreto_core::Format;
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// No longer than a fuzzer makes them, bytes.
const LONGEST: usize = 65_536;

/// Gives a target all seeds as they are, and then bent.
fn run(name: &str, seeds: &[Vec<u8>], target: impl Fn(&[u8])) {
    let n_cases = number("PORTRETO_FUZZ_CASES", 300);
    let seed = number("PORTRETO_FUZZ_SEED", rand::random::<u32>());
    println!("{name}: PORTRETO_FUZZ_CASES={n_cases} PORTRETO_FUZZ_SEED={seed}");
    for whole in seeds {
        target(whole);
    }
    let mut random = StdRng::seed_from_u64(seed.into());
    for number in 0..n_cases {
        println!("case {number}");
        target(&bent(seeds, &mut random));
    }
}

fn number(name: &str, usual: u32) -> u32 {
    env::var(name).map_or(usual, |text| text.parse().expect(name))
}

/// One of the seeds, changed in one to four places.
fn bent(seeds: &[Vec<u8>], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = seeds[random.random_range(0..seeds.len())].clone();
    for _ in 0..random.random_range(1..=4) {
        let at = random.random_range(0..=bytes.len());
        let to = random.random_range(at..=bytes.len().min(at + 64));
        match random.random_range(0..7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..to)),
            2 => bytes.extend_from_within(at..to),
            3 => drop(bytes.splice(at..at, (0..to - at).map(|_| random.random::<u8>()))),
            4 => bytes[at..to].fill(*[0, 1, 127, 128, 255].get(to % 5).unwrap_or(&0)),
            5 => {
                let other = &seeds[random.random_range(0..seeds.len())];
                let from = random.random_range(0..=other.len());
                bytes.truncate(at);
                bytes.extend(&other[from..]);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << (to % 8);
                }
            }
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

/// The sample pictures of these formats, or all, and nothing at all.
fn pictures(formats: &[Format]) -> Vec<Vec<u8>> {
    let samples = portreto_samples::all().into_iter().map(|sample| sample.bytes);
    let is_meant = |bytes: &Vec<u8>| {
        let is_one = Format::sniff(bytes).is_some_and(|format| formats.contains(&format));
        bytes.len() <= LONGEST && (formats.is_empty() || is_one)
    };
    samples.filter(is_meant).chain(iter::once(Vec::new())).collect()
}

/// The lines of a file of seeds.
fn lines(name: &str) -> Vec<Vec<u8>> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(name);
    let text = fs::read_to_string(seeds).expect(name);
    text.lines().map(|line| line.as_bytes().to_vec()).collect()
}

fn run_decode(name: &str, formats: &[Format]) {
    run(name, &pictures(formats), |bytes| targets::decode(bytes, formats));
}

#[test]
fn decode() {
    run_decode("decode", &[]);
}

#[test]
fn decode_animation() {
    run_decode("decode_animation", &[Format::Gif, Format::WebP]);
}

#[test]
fn decode_avif() {
    run_decode("decode_avif", &[Format::Avif]);
}

#[test]
fn decode_jxl() {
    run_decode("decode_jxl", &[Format::Jxl]);
}

#[test]
fn decode_light() {
    run_decode("decode_light", &[Format::Hdr, Format::Exr]);
}

#[test]
fn decode_png() {
    run_decode("decode_png", &[Format::Png]);
}

#[test]
fn decode_tiff() {
    run_decode("decode_tiff", &[Format::Tiff]);
}

#[test]
fn jpeg_scaled() {
    run("jpeg_scaled", &pictures(&[Format::Jpeg]), targets::jpeg_scaled);
}

#[test]
fn dither() {
    // Any bytes are a picture and what to do with it.
    let mut random = StdRng::seed_from_u64(0);
    let noise: Vec<Vec<u8>> =
        (0..32).map(|n| (0..40 * n + 5).map(|_| random.random()).collect()).collect();
    run("dither", &noise, targets::dither);
}

#[test]
fn palette() {
    run("palette", &lines("palette.txt"), targets::palette);
}

#[test]
fn record_json() {
    run("record_json", &lines("record_json.txt"), targets::record_json);
}

#[test]
fn transform_text() {
    run("transform_text", &lines("transform_text.txt"), |bytes| {
        targets::transform_text(&String::from_utf8_lossy(bytes));
    });
}
