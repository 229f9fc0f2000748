//! All ways to the same codes, for the fuzzer and the benchmarks.
//!
//! `samples` are 8-bit rows of `width` pixels of 1 (gray), 2 (with alpha), 3 (color) or 4 `n_channels`; what is left
//! over of a row is ignored. The results are the code of every pixel, or none when there is not one whole row.

use image::{DynamicImage, ImageBuffer};

use super::{
    Dither, Level,
    packed::Packed,
    settled,
    work::{Work, seen},
};

/// As the engine computes it, with all that this machine has.
#[must_use]
pub fn fast(samples: &[u8], width: u32, n_channels: usize, how: &Dither) -> Option<Vec<u32>> {
    let image = image(samples, width, n_channels)?;
    packed_codes(&image, how, Level::best(), 2).or_else(|| {
        let image = seen(&image, how);
        let mut fast = Vec::with_capacity(image.width() as usize * image.height() as usize);
        Work::new(&image, &settled(&image, how)).run(&mut |codes| fast.extend_from_slice(codes));
        Some(fast)
    })
}

/// As the definition says: the same, slowly.
#[must_use]
pub fn plain(samples: &[u8], width: u32, n_channels: usize, how: &Dither) -> Option<Vec<u32>> {
    let image = image(samples, width, n_channels)?;
    let image = seen(&image, how);
    Some(Work::new(&image, &settled(&image, how)).plain_codes())
}

/// Rows of packed codes, as `level` and `n_threads` of rayon's pool make them; none when the work has no engine that packs.
#[must_use]
pub fn pack(image: &DynamicImage, how: &Dither, level: Level, n_threads: usize) -> Option<Vec<u8>> {
    let image = seen(image, how);
    let work = Work::new(&image, &settled(&image, how));
    let packed = Packed::new(&work)?;
    let depth = packed.depth();
    let mut rows = vec![0; depth.row_bytes(image.width()) * image.height() as usize];
    packed.run(level, n_threads, depth, &mut rows);
    Some(rows)
}

/// The same, unpacked.
pub(super) fn packed_codes(
    image: &DynamicImage,
    how: &Dither,
    level: Level,
    n_threads: usize,
) -> Option<Vec<u32>> {
    let rows = pack(image, how, level, n_threads)?;
    let seen = seen(image, how);
    let depth = Packed::new(&Work::new(&seen, &settled(&seen, how)))?.depth();
    let mut indices = vec![0; image.width() as usize];
    let mut codes = Vec::new();
    for row in rows.chunks_exact(depth.row_bytes(image.width())) {
        depth.unpack(row, &mut indices);
        codes.extend(indices.iter().map(|&index| u32::from(index)));
    }
    Some(codes)
}

/// A picture of samples.
pub(super) fn image(samples: &[u8], width: u32, n_channels: usize) -> Option<DynamicImage> {
    let row = (width as usize).checked_mul(n_channels).filter(|&row| row > 0)?;
    let height = u32::try_from(samples.len() / row).ok().filter(|&height| height > 0)?;
    let samples = samples[..row * height as usize].to_vec();
    match n_channels {
        1 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
        2 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8),
        3 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
        4 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8),
        _ => None,
    }
}
