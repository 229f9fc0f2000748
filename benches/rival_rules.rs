//! Well-known implementations in our own words, so that tests can compare without them.

use image::{GrayImage, Luma};

/// Floyd–Steinberg as Pillow's `convert("1")` computes it from gray, which is the de facto definition in Python.
///
/// Read from `tobilevel` of `libImaging/Convert.c` in Pillow 13. How it differs from ours:
///
/// - Errors wait as sixteenths of a step of 255 and are divided when they arrive, rounded toward zero; ours are
///   rounded to 1/64 of a step when they leave.
/// - A value with its error is cut to 0…255, so that what does not fit is lost; ours keeps half the range more.
/// - White is above 128; ours is from 127.5.
#[must_use]
pub fn pillow_floyd_steinberg(image: &GrayImage) -> GrayImage {
    let width = image.width() as usize;
    // Sixteenths for the row below, each at the column it goes to, with one more at either side.
    let mut below = vec![0; width + 2];
    let mut result = GrayImage::new(image.width(), image.height());
    for y in 0..image.height() {
        let given = std::mem::replace(&mut below, vec![0; width + 2]);
        let mut ahead = 0;
        for x in 0..image.width() {
            let at = x as usize + 1;
            // Rust divides as C does: toward zero.
            let value = i32::from(image.get_pixel(x, y)[0]) + (ahead + given[at]) / 16;
            let value = value.clamp(0, 255);
            let color = if value > 128 { 255 } else { 0 };
            result.put_pixel(x, y, Luma([color as u8]));
            let error = value - color;
            ahead = 7 * error;
            below[at - 1] += 3 * error;
            below[at] += 5 * error;
            below[at + 1] += error;
        }
        // What falls off at the left is lost; `given[0]` is never read.
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pillow_makes_this_of_a_ramp() {
        // PIL.Image.frombytes("L", (16, 4), bytes(range(0, 256, 4))).convert("1"), Pillow 13.0.
        let ramp = GrayImage::from_fn(16, 4, |x, y| Luma([(x * 4 + y * 64) as u8]));
        let result = pillow_floyd_steinberg(&ramp);
        let rows: Vec<String> = result
            .rows()
            .map(|row| row.map(|pixel| if pixel[0] == 0 { '.' } else { '#' }).collect())
            .collect();
        let pillow =
            ["................", "...#..#.#.#.##.#", "##.##.##.###.###", "###.############"];
        assert_eq!(rows, pillow);
    }
}
