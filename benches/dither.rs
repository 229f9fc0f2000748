//! Dithering 12 megapixels in memory, one thread: pixels a second.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use image::DynamicImage;
use portreto_benches::{HEIGHT, WIDTH, dither_options, large_picture};
use portreto_core::dither::{fast, plain};

/// What is measured: a name, the channels of the picture, and the dither.
const CASES: &[(&str, usize, &str)] = &[
    ("gray to 1 bit, Floyd-Steinberg", 1, "dither:floyd-steinberg"),
    ("gray to 1 bit, serpentine", 1, "dither:floyd-steinberg:serpentine"),
    ("gray to 1 bit, linear light", 1, "dither:floyd-steinberg:linear"),
    ("gray to 1 bit, Jarvis-Judice-Ninke", 1, "dither:jarvis-judice-ninke"),
    ("gray to 1 bit, Atkinson", 1, "dither:atkinson"),
    ("gray to 16 levels, Floyd-Steinberg", 1, "dither:floyd-steinberg:levels=16"),
    ("gray to 1 bit, Bayer 8", 1, "dither:bayer-8"),
    ("color to 4 levels, Floyd-Steinberg", 3, "dither:floyd-steinberg:levels=4"),
    ("color to 4 levels, Bayer 8", 3, "dither:bayer-8:levels=4"),
    ("color to 16 colors, Floyd-Steinberg", 3, "dither:floyd-steinberg:palette=pico-8"),
    ("color to 216 colors, Floyd-Steinberg", 3, "dither:floyd-steinberg:palette=web-safe"),
];

fn dither(criterion: &mut Criterion) {
    let color = DynamicImage::from(large_picture());
    let gray = color.to_luma8().into_raw();
    let color = color.into_bytes();
    let mut group = criterion.benchmark_group("dither");
    group.throughput(Throughput::Elements(u64::from(WIDTH) * u64::from(HEIGHT)));
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for (name, n_channels, text) in CASES {
        let samples = if *n_channels == 1 { &gray } else { &color };
        let options = dither_options(text);
        group.bench_function(*name, |bencher| {
            bencher.iter(|| fast(black_box(samples), WIDTH, *n_channels, &options));
        });
    }
    let options = dither_options("dither:floyd-steinberg");
    group.bench_function("gray to 1 bit, the plain definition", |bencher| {
        bencher.iter(|| plain(black_box(&gray), WIDTH, 1, &options));
    });
    group.finish();
}

criterion_group!(benches, dither);
criterion_main!(benches);
