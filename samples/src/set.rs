//! The set of files that the demo uploads.

use std::io::Cursor;

use image::{
    Delay, DynamicImage, Frame, ImageFormat, RgbaImage,
    codecs::gif::{GifEncoder, Repeat},
    imageops,
};

use crate::{
    JpegOptions, PngColor, PngDepth, chart, checked_by_bayer, cmyk_jpeg, display_p3_profile,
    gray_jpeg, jpeg, jpeg_with_orientation, png, posterized, soft_disc, with_icc,
};

/// One file of the set.
#[derive(Debug, Clone)]
pub struct Sample {
    /// File name with its extension.
    pub name: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// All files of the set, below 3 MB together; the same bytes on every machine.
#[must_use]
pub fn all() -> Vec<Sample> {
    let mut set = Vec::new();
    let mut add = |name, bytes| set.push(Sample { name, bytes });
    add(
        "landscape.jpg",
        jpeg(&chart(2000, 1500), JpegOptions { quality: 80, ..Default::default() }),
    );
    add("progressive.jpg", {
        jpeg(&chart(1200, 800), JpegOptions { progressive: true, ..Default::default() })
    });
    add("gray.jpg", gray_jpeg(&DynamicImage::from(chart(900, 600)).into_luma8(), 85));
    add("display-p3.jpg", {
        let options = JpegOptions { subsampled: false, ..Default::default() };
        with_icc(&jpeg(&chart(640, 480), options), &display_p3_profile())
    });
    add("cmyk.jpg", cmyk_jpeg(&ink(320, 240), 320, 240));
    for (number, name) in (1..).zip(ORIENTATIONS) {
        add(name, jpeg_with_orientation(number, 480, 320));
    }
    add("rgb.png", {
        let picture = chart(480, 360);
        png(picture.dimensions(), PngColor::Rgb, PngDepth::Eight, picture.as_raw(), None, None)
    });
    add("soft-alpha.png", {
        let picture = soft_disc(400, 400);
        png(picture.dimensions(), PngColor::Rgba, PngDepth::Eight, picture.as_raw(), None, None)
    });
    add("palette.png", {
        let (palette, indices) = posterized(&chart(400, 300), 4);
        let palette = palette.concat();
        png((400, 300), PngColor::Indexed, PngDepth::Eight, &indices, Some(&palette), None)
    });
    add("deep.png", png((512, 64), PngColor::Rgb, PngDepth::Sixteen, &deep(512, 64), None, None));
    add("gray-alpha.png", {
        let picture = DynamicImage::from(soft_disc(240, 240)).into_luma_alpha8();
        png((240, 240), PngColor::GrayscaleAlpha, PngDepth::Eight, picture.as_raw(), None, None)
    });
    add("one-bit.png", {
        let picture = checked_by_bayer(&DynamicImage::from(chart(480, 320)).into_luma8());
        let packed: Vec<u8> = picture.as_raw().chunks(8).map(pack).collect();
        png((480, 320), PngColor::Grayscale, PngDepth::One, &packed, None, None)
    });
    add("pixel.png", png((1, 1), PngColor::Rgb, PngDepth::Eight, &[200, 30, 90], None, None));
    add("alpha.webp", written(&soft_disc(320, 320).into(), ImageFormat::WebP));
    add("animated.gif", animated(160, 120));
    add("chart.bmp", written(&chart(200, 150).into(), ImageFormat::Bmp));
    add("chart.tiff", written(&chart(240, 180).into(), ImageFormat::Tiff));
    add("soft-alpha.qoi", written(&soft_disc(160, 160).into(), ImageFormat::Qoi));
    set
}

const ORIENTATIONS: [&str; 8] = [
    "orientation-1.jpg",
    "orientation-2.jpg",
    "orientation-3.jpg",
    "orientation-4.jpg",
    "orientation-5.jpg",
    "orientation-6.jpg",
    "orientation-7.jpg",
    "orientation-8.jpg",
];

/// The chart separated into four inks, black taking what the three colors share.
fn ink(width: u32, height: u32) -> Vec<u8> {
    let separate = |pixel: &image::Rgb<u8>| {
        let [c, m, y] = pixel.0.map(|sample| 255 - sample);
        let black = c.min(m).min(y) / 2;
        [c - black, m - black, y - black, black]
    };
    chart(width, height).pixels().flat_map(separate).collect()
}

/// A slow gradient that 8 bits cannot hold, big-endian.
fn deep(width: u16, height: u16) -> Vec<u8> {
    let mut samples = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (across, down) =
                (u32::from(x) * 65_535 / u32::from(width - 1), u32::from(y) * 1024);
            for sample in [across, 65_535 - across, across / 16 + down / 2] {
                samples.extend((sample as u16).to_be_bytes());
            }
        }
    }
    samples
}

fn pack(pixels: &[u8]) -> u8 {
    pixels.iter().fold(0, |byte, &pixel| byte << 1 | u8::from(pixel != 0))
}

/// Three frames: the disc travels over the chart.
fn animated(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 10);
    encoder.set_repeat(Repeat::Infinite).expect("a vector takes every byte");
    for step in 0..3 {
        let mut picture: RgbaImage = DynamicImage::from(chart(width, height)).into_rgba8();
        imageops::overlay(&mut picture, &soft_disc(60, 60), 10 + 40 * step, 30);
        let delay = Delay::from_numer_denom_ms(200, 1);
        encoder.encode_frame(Frame::from_parts(picture, 0, 0, delay)).expect("a small frame");
    }
    drop(encoder);
    bytes
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("the format takes these pixels");
    bytes.into_inner()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn is_small_and_its_names_tell_its_formats() {
        let set = all();
        assert!(set.iter().map(|sample| sample.bytes.len()).sum::<usize>() < 3_000_000);
        assert_eq!(set.iter().map(|sample| sample.name).collect::<HashSet<_>>().len(), set.len());
        for sample in set {
            let promised = ImageFormat::from_path(sample.name).unwrap();
            assert_eq!(image::guess_format(&sample.bytes).unwrap(), promised, "{}", sample.name);
            image::load_from_memory(&sample.bytes).unwrap();
        }
    }
}
