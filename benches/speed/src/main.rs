//! Times Portreto's dithers beside those of other programs, in memory, on the same pixels, in turns.
//!
//! `dithering-speed PHOTO ROUNDS PYTHON`: prints a Markdown table. PYTHON is one that has Pillow.

mod pillow;
mod rivals;

use std::{hint::black_box, time::Instant};

use image::DynamicImage;
use portreto_core::{
    dither::{Level, pack, plain},
    transform::{Color, Dither, Operation, Palette, Transform},
};

use crate::{pillow::Pillow, rivals::Rivals};

/// A way to get seconds.
type Timed<'a> = Box<dyn FnMut() -> f64 + 'a>;

/// One row: what is done, ours by text, and the rivals by name.
struct Row<'a> {
    name: String,
    megapixels: f64,
    ours: Vec<(String, Timed<'a>)>,
    rivals: Vec<(&'static str, Timed<'a>)>,
}

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let [_, photo, rounds, python] = &arguments[..] else {
        panic!("usage: dithering-speed PHOTO ROUNDS PYTHON");
    };
    let rounds: usize = rounds.parse().expect("ROUNDS is a number");
    rayon::ThreadPoolBuilder::new().num_threads(2).build_global().expect("two threads");

    let path = photo.clone();
    // Twelve megapixels, whatever the photo has.
    let photo = image::open(photo).expect("a photo").into_rgb8();
    let photo = image::imageops::resize(&photo, 4000, 3000, image::imageops::FilterType::Triangle);
    let color = DynamicImage::ImageRgb8(photo);
    let gray = DynamicImage::ImageLuma8(color.to_luma8());
    let small = DynamicImage::ImageLuma8(image::imageops::thumbnail(&color.to_luma8(), 320, 240));
    let pillow = std::cell::RefCell::new(Pillow::start(python, &color));
    let rivals = Rivals::new(&color);
    let colors = |n| rivals::spread_colors(n);

    println!(
        "Rates in megapixels a second, medians of {rounds} rounds in turns; the ratio is ours by the rival's.\n"
    );
    println!("| work | ours | MP/s | beside |\n|---|---|---|---|");
    let levels = Level::all();
    let ours = |image: &'static DynamicImage, text: &str| {
        let dither = dither(text);
        let mut ours: Vec<(String, Timed<'static>)> = Vec::new();
        for &level in &levels {
            // A full search among colors is only what Portreto does where it is quick; else a table of cells is.
            let n_colors = match text.split_once("palette=") {
                Some((_, colors)) => colors.split('.').count(),
                None if text.contains("colors=") => 256,
                None => 0,
            };
            if n_colors > 0 && (level.name() == "plain" || level.name() == "avx2" && n_colors > 64)
            {
                continue;
            }
            for n_threads in [1, 2] {
                if n_threads == 2 && level.name() != Level::best().name() {
                    continue;
                }
                let dither = dither.clone();
                let name = match n_threads {
                    1 => level.name().to_owned(),
                    _ => format!("{}, 2 threads", level.name()),
                };
                ours.push((
                    name,
                    Box::new(move || time(|| pack(image, &dither, level, n_threads))),
                ));
            }
        }
        ours
    };
    let gray: &'static DynamicImage = Box::leak(Box::new(gray));
    let color: &'static DynamicImage = Box::leak(Box::new(color));
    let small: &'static DynamicImage = Box::leak(Box::new(small));
    let ask = |case: &'static str| -> Timed<'_> { Box::new(|| pillow.borrow_mut().time(case)) };
    let n = 12.0;

    let mut rows = Vec::new();
    let mut add = |name: &str, ours, rivals| {
        rows.push(Row { name: name.to_owned(), megapixels: n, ours, rivals });
    };
    add(
        "gray → 1 bit, Floyd–Steinberg",
        ours(gray, "floyd-steinberg"),
        vec![("Pillow", ask("gray")), ("image", Box::new(|| rivals.image_gray()))],
    );
    add(
        "the same, linear light",
        ours(gray, "floyd-steinberg:linear"),
        vec![("Pillow, sRGB values", ask("gray"))],
    );
    add(
        "the same, serpentine",
        ours(gray, "floyd-steinberg:serpentine"),
        vec![("Pillow, raster", ask("gray"))],
    );
    for kernel in [
        "jarvis-judice-ninke",
        "stucki",
        "burkes",
        "sierra",
        "sierra-two-row",
        "sierra-lite",
        "atkinson",
        "stevenson-arce",
        "fan",
        "shiau-fan",
        "shiau-fan-2",
        "false-floyd-steinberg",
        "pigeon",
    ] {
        add(
            &format!("gray → 1 bit, {kernel}"),
            ours(gray, kernel),
            vec![("Pillow, Floyd–Steinberg", ask("gray"))],
        );
    }
    for kernel in ["jarvis-judice-ninke", "atkinson"] {
        let text = format!("{kernel}:serpentine");
        add(
            &format!("gray → 1 bit, {kernel}, serpentine"),
            ours(gray, &text),
            vec![("Pillow, Floyd–Steinberg", ask("gray"))],
        );
    }
    add(
        "RGB → 4 levels a channel, Floyd–Steinberg",
        ours(color, "floyd-steinberg:levels=4"),
        vec![
            ("Pillow, palette of 64", ask("levels4")),
            ("image", Box::new(|| rivals.image_levels())),
        ],
    );
    for count in [16, 64, 256] {
        let palette = Palette::custom(
            colors(count).into_iter().map(|[r, g, b]| Color::opaque(r, g, b)).collect(),
        );
        let text = format!("floyd-steinberg:palette={}", palette.expect("colors"));
        let mut beside: Vec<(&'static str, Timed<'_>)> = vec![(
            "Pillow, nearest not exact",
            ask(match count {
                16 => "palette16",
                64 => "palette64",
                _ => "palette256",
            }),
        )];
        let rivals = &rivals;
        beside.push(("quantette", Box::new(move || rivals.quantette_palette(count))));
        beside.push(("imagequant", Box::new(move || rivals.imagequant_palette(count))));
        add(
            &format!("RGB → {count} colors, Floyd–Steinberg, exact nearest"),
            ours(color, &text),
            beside,
        );
    }
    add(
        "gray → 1 bit, Bayer 8 × 8",
        ours(gray, "bayer-8"),
        vec![(
            "copying the 12 MB",
            Box::new(|| {
                let from = gray.as_bytes();
                let mut to = vec![1; from.len()];
                time(|| black_box(&mut to).copy_from_slice(black_box(from)))
            }),
        )],
    );
    add(
        "RGB → 256 colors of its own, Floyd–Steinberg",
        ours(color, "floyd-steinberg:colors=256"),
        vec![("quantette, Wu", Box::new(|| rivals.quantette_adaptive()))],
    );
    let few = 320.0 * 240.0 / 1e6;
    rows.push(Row {
        name: "320 × 240 gray → 1 bit, Floyd–Steinberg".to_owned(),
        megapixels: few,
        ours: ours(small, "floyd-steinberg"),
        rivals: vec![(
            "the plain definition",
            Box::new(|| time(|| plain(small.as_bytes(), 320, 1, &dither("floyd-steinberg")))),
        )],
    });
    for row in rows {
        report(row, rounds);
    }
    whole(&path, rounds);
}

/// Where the time of a whole command goes: decoding and the rest, dithering, and encoding, by differences.
fn whole(photo: &str, rounds: usize) {
    let bytes = std::fs::read(photo).expect("a photo");
    let limits = portreto_core::Limits::default();
    let render = |text: &str| {
        let transform: Transform = text.parse().expect("a transform");
        let all = (0..rounds).map(|_| {
            time(|| portreto_core::render(&bytes, &transform, &limits).expect("rendered"))
        });
        median(all.collect())
    };
    println!("\nOne photo as it is, `render` from JPEG to the file's bytes, milliseconds:\n");
    println!(
        "| transform | all | decode and colors | dither | encode | dither's share |\n|---|---|---|---|---|---|"
    );
    for (before, how) in [
        ("grayscale", "floyd-steinberg"),
        ("grayscale", "floyd-steinberg:serpentine"),
        ("grayscale", "bayer-8"),
        ("auto", "floyd-steinberg:levels=4"),
        ("auto", "floyd-steinberg:palette=pico-8"),
    ] {
        let before = if before == "auto" { String::new() } else { format!("{before},") };
        let all = render(&format!("{before}dither:{how},png"));
        let raw = render(&format!("{before}dither:{how},raw"));
        let image = image::open(photo).expect("a photo");
        let image =
            if before.is_empty() { image } else { DynamicImage::ImageLuma8(image.to_luma8()) };
        let options = dither(how);
        let n_threads = 2;
        let dithering =
            (0..rounds).map(|_| time(|| pack(&image, &options, Level::best(), n_threads)));
        let dithering = median(dithering.collect());
        let [all_ms, decode, dithering_ms, encode] =
            [all, raw - dithering, dithering, all - raw].map(|seconds| seconds * 1e3);
        let share = 100.0 * dithering / all;
        println!(
            "| `{before}dither:{how},png` | {all_ms:.0} | {decode:.0} | {dithering_ms:.1} | {encode:.0} | {share:.0} % |"
        );
    }
}

fn dither(text: &str) -> Dither {
    match format!("dither:{text}").parse::<Transform>().expect("a dither").operations() {
        [Operation::Dither(dither)] => dither.clone(),
        _ => unreachable!("one dither"),
    }
}

fn time<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn report(mut row: Row<'_>, rounds: usize) {
    let mut ours = vec![Vec::new(); row.ours.len()];
    let mut rivals = vec![Vec::new(); row.rivals.len()];
    for _ in 0..rounds {
        for (seconds, (_, work)) in ours.iter_mut().zip(&mut row.ours) {
            // Once more than counts: threads that slept are awake, as everybody's memory is warm.
            work();
            seconds.push(work());
        }
        for (seconds, (_, work)) in rivals.iter_mut().zip(&mut row.rivals) {
            work();
            seconds.push(work());
        }
    }
    let rate = |seconds: Vec<f64>| row.megapixels / median(seconds);
    let rivals: Vec<_> = row.rivals.iter().zip(rivals.into_iter().map(rate)).collect();
    for ((name, _), rate) in row.ours.iter().zip(ours.into_iter().map(rate)) {
        let beside = rivals
            .iter()
            .map(|((name, _), theirs)| format!("{name} {theirs:.0}: **{:.1}×**", rate / theirs));
        println!(
            "| {} | {name} | {rate:.0} | {} |",
            row.name,
            beside.collect::<Vec<_>>().join(" · ")
        );
    }
}
