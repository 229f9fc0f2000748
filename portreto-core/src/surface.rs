//! A picture as effects work on it: 16 bits a sample, whatever it came with.
//!
//! Pictures of 8 bits get their samples back to the nearest when they leave, so that a chain within one operation rounds
//! once. Whatever mixes pixels works on colors multiplied by alpha: what is transparent lends no color to its neighbors.

mod blur;
mod boxes;
mod compose;
mod corners;
mod sharpen;
mod turn;

use image::{ColorType, DynamicImage};

use crate::{
    error::Result,
    light::{narrow, widen},
    limits::Limits,
    resample::{divide, from_bytes, from_words, multiply, widen_all},
    transform::Color,
};

/// Samples of 16 bits, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Surface {
    /// Pixels.
    pub(crate) width: usize,
    /// Pixels.
    pub(crate) height: usize,
    /// 1 to 4: gray or red, green, blue; and alpha.
    n_channels: usize,
    /// Whether colors have been multiplied by alpha.
    is_multiplied: bool,
    /// Whether the picture has 8 bits a sample outside.
    is_narrow: bool,
    pub(crate) samples: Vec<u16>,
}

impl Surface {
    /// The samples of `image`, colors multiplied by alpha: for what mixes pixels.
    ///
    /// Checks the memory for it and `n_more` others of its size.
    pub(crate) fn multiplied(image: &DynamicImage, n_more: u64, limits: &Limits) -> Result<Self> {
        let mut surface = Self::straight(image, n_more, limits)?;
        if surface.has_alpha() {
            let n_colors = surface.n_colors();
            for pixel in surface.samples.chunks_exact_mut(n_colors + 1) {
                let (colors, alpha) = pixel.split_at_mut(n_colors);
                for sample in colors {
                    *sample = multiply(*sample, alpha[0]);
                }
            }
        }
        surface.is_multiplied = true;
        Ok(surface)
    }

    /// The samples of `image` as they are: for what looks at each pixel alone.
    pub(crate) fn straight(image: &DynamicImage, n_more: u64, limits: &Limits) -> Result<Self> {
        let color = image.color();
        let n_channels = usize::from(color.channel_count());
        let (width, height) = (image.width(), image.height());
        let n_samples = u64::from(width) * u64::from(height) * n_channels as u64;
        limits.check_memory(n_samples * 2 * (1 + n_more))?;
        let mut samples = vec![0; n_samples as usize];
        widen_all(image, &mut samples);
        Ok(Self {
            width: width as usize,
            height: height as usize,
            n_channels,
            is_multiplied: false,
            is_narrow: color.bytes_per_pixel() == color.channel_count(),
            samples,
        })
    }

    /// A surface of one color like `like`, of another size; the size and its memory are checked.
    pub(crate) fn filled(
        like: &Self,
        (width, height): (u32, u32),
        color: Color,
        limits: &Limits,
    ) -> Result<Self> {
        limits.check_size(width, height)?;
        let n_pixels = u64::from(width) * u64::from(height);
        limits.check_memory((like.samples.len() as u64 + n_pixels * like.n_channels as u64) * 2)?;
        let pixel = &like.pixel_of(color)[..like.n_channels];
        Ok(Self {
            width: width as usize,
            height: height as usize,
            samples: pixel.repeat(n_pixels as usize),
            ..*like
        })
    }

    /// One color, as much of it in each pixel as `coverage` says, of 65535.
    pub(crate) fn stencil((width, height): (u32, u32), coverage: &[u16], color: Color) -> Self {
        let [red, green, blue, alpha] = color.rgba();
        let is_gray = red == green && green == blue;
        let pixel = |color: &[u8]| -> Vec<u16> {
            let alpha = widen(alpha);
            color.iter().map(|&sample| multiply(widen(sample), alpha)).chain([alpha]).collect()
        };
        let pixel = if is_gray { pixel(&[red]) } else { pixel(&[red, green, blue]) };
        let samples = coverage
            .iter()
            .flat_map(|&share| pixel.iter().map(move |&sample| multiply(sample, share)));
        Self {
            width: width as usize,
            height: height as usize,
            n_channels: pixel.len(),
            is_multiplied: true,
            is_narrow: true,
            samples: samples.collect(),
        }
    }

    /// Repeated over `size` pixels, one at `at` and `gap` pixels between any two.
    pub(crate) fn repeated(
        self,
        size: (u32, u32),
        at: (i64, i64),
        gap: usize,
        limits: &Limits,
    ) -> Result<Self> {
        let tile = self.with_alpha();
        let clear = Color::new(0, 0, 0, 0);
        let mut wall = Self::filled(&tile, size, clear, limits)?;
        let n_channels = tile.n_channels;
        let period = ((tile.width + gap) as i64, (tile.height + gap) as i64);
        for (y, row) in wall.samples.chunks_exact_mut(size.0 as usize * n_channels).enumerate() {
            let from_y = (y as i64 - at.1).rem_euclid(period.1) as usize;
            if from_y >= tile.height {
                continue;
            }
            let from = &tile.samples[from_y * tile.row_len()..][..tile.row_len()];
            for (x, pixel) in row.chunks_exact_mut(n_channels).enumerate() {
                let from_x = (x as i64 - at.0).rem_euclid(period.0) as usize;
                if from_x < tile.width {
                    pixel.copy_from_slice(&from[from_x * n_channels..][..n_channels]);
                }
            }
        }
        Ok(wall)
    }

    /// The picture, with as many bits as it came with.
    pub(crate) fn into_image(mut self) -> Result<DynamicImage> {
        if self.is_multiplied && self.has_alpha() {
            let n_colors = self.n_colors();
            for pixel in self.samples.chunks_exact_mut(n_colors + 1) {
                let (colors, alpha) = pixel.split_at_mut(n_colors);
                for sample in colors {
                    *sample = divide(*sample, alpha[0]);
                }
            }
        }
        let size = (self.width as u32, self.height as u32);
        if self.is_narrow {
            let color = [ColorType::L8, ColorType::La8, ColorType::Rgb8, ColorType::Rgba8];
            let samples = self.samples.into_iter().map(narrow).collect();
            return from_bytes(color[self.n_channels - 1], size, samples);
        }
        let color = [ColorType::L16, ColorType::La16, ColorType::Rgb16, ColorType::Rgba16];
        from_words(color[self.n_channels - 1], size, self.samples)
    }

    pub(crate) fn has_alpha(&self) -> bool {
        self.n_channels.is_multiple_of(2)
    }

    /// 1 or 3.
    pub(crate) fn n_colors(&self) -> usize {
        self.n_channels - usize::from(self.has_alpha())
    }

    pub(crate) fn pixels_mut(&mut self) -> impl Iterator<Item = &mut [u16]> {
        self.samples.chunks_exact_mut(self.n_channels)
    }

    fn row_len(&self) -> usize {
        self.width * self.n_channels
    }

    /// The same with red, green and blue.
    pub(crate) fn with_colors(self) -> Self {
        let alpha = usize::from(self.has_alpha());
        match self.n_colors() {
            3 => self,
            _ => self.with_channels(3 + alpha, |pixel, channel| pixel[channel.saturating_sub(2)]),
        }
    }

    /// The same with alpha: opaque if it had none.
    pub(crate) fn with_alpha(self) -> Self {
        if self.has_alpha() {
            return self;
        }
        let n_channels = self.n_channels + 1;
        self.with_channels(n_channels, |pixel, channel| *pixel.get(channel).unwrap_or(&u16::MAX))
    }

    fn with_channels(self, n_channels: usize, sample: impl Fn(&[u16], usize) -> u16) -> Self {
        let mut samples = Vec::with_capacity(self.width * self.height * n_channels);
        for pixel in self.samples.chunks_exact(self.n_channels) {
            samples.extend((0..n_channels).map(|channel| sample(pixel, channel)));
        }
        Self { n_channels, samples, ..self }
    }

    /// The same with the channels that `color` needs.
    pub(crate) fn fit_for(self, color: Color) -> Self {
        let [red, green, blue, alpha] = color.rgba();
        let colored = if red == green && green == blue { self } else { self.with_colors() };
        if alpha == 255 { colored } else { colored.with_alpha() }
    }

    /// The pixel of `color`, or else the first one.
    pub(crate) fn border(&self, color: Option<Color>) -> Vec<u16> {
        let pixel = color.map(|color| self.pixel_of(color));
        pixel.as_ref().map_or(&self.samples[..], |pixel| &pixel[..])[..self.n_channels].to_vec()
    }

    /// `color` as a pixel of this surface; as many samples as it has channels count.
    fn pixel_of(&self, color: Color) -> [u16; 4] {
        let [red, green, blue, alpha] = color.rgba().map(widen);
        let colors = [red, green, blue];
        let colors =
            if self.is_multiplied { colors.map(|sample| multiply(sample, alpha)) } else { colors };
        match self.n_colors() {
            1 => [colors[0], alpha, 0, 0],
            _ => [colors[0], colors[1], colors[2], alpha],
        }
    }
}

#[cfg(test)]
mod tests;
