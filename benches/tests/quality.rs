//! Dithers must keep the tone, and be as good as the implementation that most people use.

use image::{GrayImage, imageops};
use portreto_benches::{
    dither_options, pillow_floyd_steinberg,
    quality::{Plane, Spectrum, blurred_psnr, flat, interior, tone_error},
};
use portreto_core::dither::fast;

/// The diffusions that give all of each error away. Atkinson's drops a quarter on purpose.
const EXACT: &[&str] = &[
    "floyd-steinberg",
    "floyd-steinberg:serpentine",
    "false-floyd-steinberg",
    "jarvis-judice-ninke",
    "stucki",
    "burkes",
    "sierra",
    "sierra-two-row",
    "sierra-lite",
    "stevenson-arce",
    "fan",
    "shiau-fan",
    "shiau-fan-2",
];

fn dithered(image: &GrayImage, dither: &str) -> Plane {
    let options = dither_options(&format!("dither:{dither}"));
    let codes = fast(image.as_raw(), image.width(), 1, &options).expect("one whole row");
    Plane::new(image.width() as usize, codes.iter().map(|&code| f64::from(code) * 255.0).collect())
}

#[test]
fn exact_diffusions_keep_the_tone_of_flat_grays() {
    for gray in [4, 16, 64, 96, 127, 128, 160, 200, 239, 251] {
        let image = flat(gray);
        for dither in EXACT {
            let error = tone_error(&interior(&dithered(&image, dither)), gray);
            // Stevenson and Arce's grid leaves coarse patterns, which the edges of the measured square cut.
            let limit = if *dither == "stevenson-arce" { 0.2 } else { 0.1 };
            assert!(error.abs() <= limit, "{dither} of gray {gray} is off by {error:.3}");
        }
    }
}

#[test]
fn a_biased_dither_would_be_found() {
    // Pillow loses what it rounds toward zero and cuts off.
    let errors = [64, 200].map(|gray| {
        let result = pillow_floyd_steinberg(&flat(gray));
        tone_error(&interior(&Plane::from(&result)), gray).abs()
    });
    assert!(errors.iter().any(|&error| error > 0.1), "{errors:?}");
}

#[test]
fn floyd_steinberg_is_as_near_to_the_picture_as_pillows_from_afar() {
    let chart = portreto_samples::chart(512, 384);
    let chart = imageops::grayscale(&chart);
    let source = Plane::from(&chart);
    let (ours, theirs) =
        (dithered(&chart, "floyd-steinberg"), Plane::from(&pillow_floyd_steinberg(&chart)));
    for sigma in [1.5, 2.0, 3.0] {
        let [ours, theirs] = [&ours, &theirs].map(|result| blurred_psnr(&source, result, sigma));
        assert!(ours > theirs - 0.2, "{ours:.2} dB beside {theirs:.2} dB after {sigma} pixels");
    }
}

#[test]
fn floyd_steinberg_is_blue_noise() {
    // The checkerboard of the middle grays apart, where anything has a direction.
    for gray in [16, 40, 215] {
        let spectrum = Spectrum::new(&interior(&dithered(&flat(gray), "floyd-steinberg")));
        assert!(spectrum.low_energy(gray) < 0.03, "{gray}: {}", spectrum.low_energy(gray));
        assert!(spectrum.anisotropy() < 2.0, "{gray}: {}", spectrum.anisotropy());
    }
}
