//! Crates that dither.

use image::{
    DynamicImage, GrayImage, Rgb, RgbImage,
    imageops::{BiLevel, ColorMap, dither},
};
use quantette::{
    ImageRef, PaletteBuf, PaletteSize, Pipeline, QuantizeMethod, deps::palette::Srgb,
    dither::FloydSteinberg,
};

use crate::time;

pub struct Rivals {
    color: RgbImage,
    gray: GrayImage,
    srgb: Vec<Srgb<u8>>,
    rgba: Vec<imagequant::RGBA>,
}

/// `n` colors spread over the cube: the same for everybody.
pub fn spread_colors(n: usize) -> Vec<[u8; 3]> {
    // Steps of irrational parts never fall on the same place (T. Roberts, "R3 sequence", 2018).
    let part = |at: usize, step: f64| ((0.5 + at as f64 * step).fract() * 256.0) as u8;
    let color = |at| [part(at, 0.819_172_513), part(at, 0.671_043_607), part(at, 0.549_700_478)];
    (0..n).map(color).collect()
}

/// Four values of each channel.
struct FourLevels;

impl ColorMap for FourLevels {
    type Color = Rgb<u8>;

    fn index_of(&self, color: &Rgb<u8>) -> usize {
        color.0.iter().fold(0, |index, &sample| index * 4 + (usize::from(sample) + 42) / 85)
    }

    fn map_color(&self, color: &mut Rgb<u8>) {
        color.0 = color.0.map(|sample| ((u16::from(sample) + 42) / 85 * 85) as u8);
    }
}

impl Rivals {
    pub fn new(image: &DynamicImage) -> Self {
        let color = image.to_rgb8();
        let srgb = color.pixels().map(|pixel| Srgb::new(pixel[0], pixel[1], pixel[2])).collect();
        let rgba =
            color.pixels().map(|pixel| imagequant::RGBA::new(pixel[0], pixel[1], pixel[2], 255));
        Self { gray: image.to_luma8(), rgba: rgba.collect(), srgb, color }
    }

    pub fn image_gray(&self) -> f64 {
        let mut image = self.gray.clone();
        time(|| dither(&mut image, &BiLevel))
    }

    pub fn image_levels(&self) -> f64 {
        let mut image = self.color.clone();
        time(|| dither(&mut image, &FourLevels))
    }

    pub fn quantette_palette(&self, n: usize) -> f64 {
        let colors: Vec<_> = spread_colors(n).into_iter().map(Srgb::<u8>::from).collect();
        let palette = PaletteBuf::try_from(colors).expect("a palette");
        self.quantette(Pipeline::new().quantize_method(QuantizeMethod::from(palette)))
    }

    pub fn quantette_adaptive(&self) -> f64 {
        let size = PaletteSize::try_from(256_u16).expect("a size");
        self.quantette(Pipeline::new().palette_size(size).quantize_method(QuantizeMethod::Wu))
    }

    fn quantette(&self, pipeline: Pipeline) -> f64 {
        let image =
            ImageRef::new(self.color.width(), self.color.height(), &self.srgb).expect("an image");
        let pipeline = pipeline.ditherer(FloydSteinberg::new());
        time(|| pipeline.input_image(image).output_srgb8_indexed_image())
    }

    pub fn imagequant_palette(&self, n: usize) -> f64 {
        let attributes = imagequant::Attributes::new();
        let (width, height) = (self.color.width() as usize, self.color.height() as usize);
        let colors =
            spread_colors(n).into_iter().map(|[r, g, b]| imagequant::RGBA::new(r, g, b, 255));
        let colors: Vec<_> = colors.collect();
        time(|| {
            let mut image =
                attributes.new_image_borrowed(&self.rgba, width, height, 0.0).expect("an image");
            let result = imagequant::QuantizationResult::from_palette(&attributes, &colors, 0.0);
            let mut result = result.expect("a palette");
            result.set_dithering_level(1.0).expect("a level");
            result.remapped(&mut image).expect("remapped")
        })
    }
}
