//! A 12-megapixel JPEG to variants, bytes to bytes.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use portreto_benches::large_picture;
use portreto_core::{Limits, Transform, render, render_many};
use portreto_samples::{JpegOptions, jpeg};

const CASES: &[&str] = &[
    "resize:320x,jpg",
    "resize:320x:linear,jpg",
    "resize:320x320:cover,webp",
    "resize:2000x,jpg",
    "grayscale,dither:floyd-steinberg,png",
    "dither:floyd-steinberg:palette=pico-8,png",
];

fn renders(criterion: &mut Criterion) {
    let photo = jpeg(&large_picture(), JpegOptions::default());
    let limits = Limits::default();
    let transforms: Vec<Transform> = CASES.iter().filter_map(|text| text.parse().ok()).collect();
    let mut group = criterion.benchmark_group("render");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for transform in &transforms {
        group.bench_function(transform.to_string(), |bencher| {
            bencher.iter(|| render(black_box(&photo), transform, &limits));
        });
    }
    group.bench_function("all of them from one decode", |bencher| {
        bencher.iter(|| render_many(black_box(&photo), &transforms, &limits));
    });
    group.finish();
}

criterion_group!(benches, renders);
criterion_main!(benches);
