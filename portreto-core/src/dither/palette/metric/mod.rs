//! How far two colors are apart, and so which of a palette is the nearest.
//!
//! - `rgb`: the squares of the differences of the three values, in whole numbers.
//! - `weighted`: the same, weighted 2 : 4 : 3, in whole numbers (Thiadmer Riemersma, "Colour metric",
//!   compuphase.com/cmetric.htm, with its weights at a mean red below the middle).
//! - `oklab` and `ciede2000`: [`Perceived`], on a grid.
//!
//! Of equally near colors the one with the lowest code wins. Errors are spread in values, whatever the metric.

mod ciede2000;

use super::oklab;
use crate::{
    dither::{
        nearest::{moved, spread},
        quantize::Quantize,
        scale::{Scale, WHITE},
    },
    light::to_linear,
    transform::{Color, word::words},
};

words! {
    /// What makes a color of a palette the nearest one.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum Metric: "dither metric" {
        /// Distance in RGB values: in sRGB, or in light when the dither is linear.
        #[default]
        Rgb = "rgb",
        /// Distance in RGB values of which green counts most and red least (Riemersma).
        Weighted = "weighted",
        /// Distance in OKLab (Ottosson, 2020).
        Oklab = "oklab",
        /// The color difference CIEDE2000 (Sharma, Wu and Dalal, 2005).
        Ciede2000 = "ciede2000",
    }
}

impl Metric {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Grid points along each channel: 86, three 8-bit steps apart.
const SIDE: usize = 86;

/// A palette as it is seen.
///
/// Its nearest color to a value is defined on a grid: each channel is clamped to black and white, taken as sRGB,
/// and rounded to the nearest multiple of three 8-bit steps; the color nearest to that point is meant. So black, white
/// and the grays of 2, 4, 6 and 16 levels are points, and a table of all points is exact by definition.
#[derive(Debug)]
pub(crate) struct Perceived {
    metric: Metric,
    /// The colors as values.
    colors: Vec<[i32; 3]>,
    /// The colors as the metric sees them.
    places: Vec<[f64; 3]>,
    /// The point, along a channel, of each value from black to white.
    points: Vec<u8>,
}

impl Perceived {
    pub(crate) fn new(colors: &[Color], scale: &Scale, metric: Metric) -> Self {
        let rgb = |color: &Color| {
            let [red, green, blue, _] = color.rgba();
            [red, green, blue]
        };
        let point = |value| {
            let srgb = u32::from(scale.srgb(value));
            let step = 3 * 257;
            ((srgb + step / 2) / step) as u8
        };
        Self {
            metric,
            colors: colors
                .iter()
                .map(|color| rgb(color).map(|sample| scale.narrow(sample)))
                .collect(),
            places: colors.iter().map(|color| place(metric, rgb(color))).collect(),
            points: (0..=WHITE).map(point).collect(),
        }
    }

    /// The colors as values, in the order of their codes.
    pub(crate) fn colors(&self) -> &[[i32; 3]] {
        &self.colors
    }

    /// The code of the nearest color.
    pub(crate) fn nearest(&self, value: [i32; 3]) -> usize {
        self.nearest_to_point(self.point(value))
    }

    #[inline]
    fn point(&self, value: [i32; 3]) -> [u8; 3] {
        value.map(|value| self.points[value.clamp(0, WHITE) as usize])
    }

    fn nearest_to_point(&self, point: [u8; 3]) -> usize {
        let place = place(self.metric, point.map(|point| 3 * point));
        let (mut best, mut least) = (0, f64::INFINITY);
        for (code, &color) in self.places.iter().enumerate() {
            let difference = match self.metric {
                Metric::Ciede2000 => ciede2000::difference(place, color),
                _ => squared_distance(place, color),
            };
            if difference < least {
                (best, least) = (code, difference);
            }
        }
        best
    }
}

/// A color of 8-bit sRGB as a metric sees it.
fn place(metric: Metric, rgb: [u8; 3]) -> [f64; 3] {
    let light = rgb.map(|sample| to_linear(f64::from(sample) / 255.0));
    match metric {
        Metric::Ciede2000 => ciede2000::lab(light),
        _ => oklab::of_linear(light),
    }
}

fn squared_distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    let [x, y, z] = [one[0] - other[0], one[1] - other[1], one[2] - other[2]];
    x * x + y * y + z * z
}

/// The points of the grid that have been met, with their codes.
#[derive(Debug)]
pub(crate) struct PerceivedTable<'a> {
    perceived: &'a Perceived,
    codes: Vec<u16>,
    /// How far ordered dither moves a value at most, both ways together.
    spread: i32,
}

const NOT_MET: u16 = u16::MAX;

impl<'a> PerceivedTable<'a> {
    pub(crate) fn new(perceived: &'a Perceived) -> Self {
        let codes = vec![NOT_MET; SIDE * SIDE * SIDE];
        Self { perceived, codes, spread: spread(perceived.colors()) }
    }

    #[inline]
    fn find(&mut self, value: [i32; 3]) -> usize {
        let point = self.perceived.point(value);
        let [x, y, z] = point.map(usize::from);
        let code = &mut self.codes[(x * SIDE + y) * SIDE + z];
        if *code == NOT_MET {
            *code = self.perceived.nearest_to_point(point) as u16;
        }
        usize::from(*code)
    }
}

impl Quantize<3> for PerceivedTable<'_> {
    #[inline]
    fn nearest(&mut self, value: [i32; 3]) -> (u32, [i32; 3]) {
        let code = self.find(value);
        (code as u32, self.perceived.colors[code])
    }

    #[inline]
    fn ordered(&mut self, value: [i32; 3], threshold: u32) -> u32 {
        self.find(moved(value, threshold, self.spread)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(metric: Metric, colors: &str, wanted: &str) -> String {
        let colors: Vec<Color> = colors.split(' ').map(|color| color.parse().unwrap()).collect();
        let scale = Scale::new(false);
        let wanted: Color = wanted.parse().unwrap();
        let [red, green, blue, _] = wanted.rgba();
        let value = [red, green, blue].map(|sample| scale.narrow(sample));
        colors[Perceived::new(&colors, &scale, metric).nearest(value)].to_string()
    }

    #[test]
    fn every_color_of_a_coarse_palette_is_nearest_to_itself() {
        let colors = "000000 ffffff ff0000 00ff00 0000ff ffff00 00ffff ff00ff 800000 336699 cc9966";
        for metric in [Metric::Oklab, Metric::Ciede2000] {
            for color in colors.split(' ') {
                assert_eq!(nearest(metric, colors, color), color, "{metric}");
            }
        }
    }

    #[test]
    fn eyes_and_numbers_disagree_where_they_should() {
        // In RGB, a dark saturated blue is nearer to black than to blue; OKLab sees its hue.
        let scale = Scale::new(false);
        let rgb = |wanted: [i32; 3], color: [i32; 3]| -> i32 {
            (0..3).map(|axis| (wanted[axis] - color[axis]).pow(2)).sum()
        };
        assert!(rgb([0, 0, 120], [0, 0, 0]) < rgb([0, 0, 120], [0, 0, 255]));
        assert_eq!(nearest(Metric::Oklab, "000000 0000ff", "000078"), "0000ff");
        assert_eq!(nearest(Metric::Ciede2000, "000000 0000ff", "000078"), "0000ff");
        assert_eq!(scale.narrow(255), WHITE);
    }

    #[test]
    fn of_equal_colors_the_first_is_meant_and_values_are_clamped() {
        let gray = Color::opaque(90, 90, 90);
        let perceived = Perceived::new(&[gray, gray], &Scale::new(true), Metric::Oklab);
        assert_eq!(perceived.nearest([-8000, 20000, 5]), 0);
    }
}
