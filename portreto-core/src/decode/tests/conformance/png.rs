//! PNG, third edition: every color type, depth, filter, interlacing and transparency.

use portreto_samples::png_chunk;

use super::{Meant, assert_pixels, noise, packed, stored_zlib};

/// Color type, its channels, and its depths (section 11.2.1).
const KINDS: [(u8, u32, &[u32]); 5] = [
    (0, 1, &[1, 2, 4, 8, 16]),
    (2, 3, &[8, 16]),
    (3, 1, &[1, 2, 4, 8]),
    (4, 2, &[8, 16]),
    (6, 4, &[8, 16]),
];

/// First column and row, and the steps, of the seven passes (section 8.2).
const ADAM7: [(u32, u32, u32, u32); 7] = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
];

struct Case {
    size: (u32, u32),
    kind: u8,
    n_channels: u32,
    depth: u32,
    is_interlaced: bool,
    /// 0 to 4; 5 for another one in each row.
    filter: u8,
    has_transparency: bool,
    /// Entries of the palette.
    n_colors: u32,
}

impl Case {
    fn sample(&self, x: u32, y: u32, channel: u32) -> u32 {
        let values = if self.kind == 3 { self.n_colors } else { 1 << self.depth };
        // The color that is transparent comes often.
        if self.has_transparency && noise(x, y, 9).is_multiple_of(4) {
            1 % values
        } else {
            noise(x, y, channel) % values
        }
    }

    fn meant(&self) -> Meant {
        let (width, height) = self.size;
        let wide = |sample: u32| (sample * 65_535 / ((1 << self.depth) - 1)) as u16;
        let pixel = |x: u32, y: u32| {
            let sample = |channel| self.sample(x, y, channel);
            let is_key =
                self.has_transparency && (0..self.n_channels).all(|channel| sample(channel) == 1);
            let opaque = if is_key { 0 } else { 65_535 };
            match self.kind {
                0 => [wide(sample(0)), wide(sample(0)), wide(sample(0)), opaque],
                2 => [wide(sample(0)), wide(sample(1)), wide(sample(2)), opaque],
                3 => {
                    let [r, g, b] = color(sample(0)).map(|sample| u16::from(sample) * 257);
                    [r, g, b, if self.has_transparency { alpha(sample(0)) * 257 } else { 65_535 }]
                }
                4 => [wide(sample(0)), wide(sample(0)), wide(sample(0)), wide(sample(1))],
                _ => [0, 1, 2, 3].map(|channel| wide(sample(channel))),
            }
        };
        (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| pixel(x, y))
            .collect()
    }

    fn file(&self) -> Vec<u8> {
        let (width, height) = self.size;
        let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
        header.extend([self.depth as u8, self.kind, 0, 0, u8::from(self.is_interlaced)]);
        let mut data = Vec::new();
        let whole: &[_] = &[(0, 0, 1, 1)];
        for (left, top, across, down) in if self.is_interlaced { &ADAM7 } else { whole } {
            let columns: Vec<u32> = (*left..width).step_by(*across as usize).collect();
            if columns.is_empty() {
                continue;
            }
            let mut above = Vec::new();
            for y in (*top..height).step_by(*down as usize) {
                let samples = columns
                    .iter()
                    .flat_map(|x| (0..self.n_channels).map(|channel| self.sample(*x, y, channel)));
                let row = packed(samples, self.depth);
                let filter = if self.filter == 5 { (y % 5) as u8 } else { self.filter };
                data.push(filter);
                data.extend(filtered(
                    &row,
                    &above,
                    filter,
                    (self.n_channels * self.depth).div_ceil(8) as usize,
                ));
                above = row;
            }
        }
        let mut file = b"\x89PNG\r\n\x1A\n".to_vec();
        file.extend(png_chunk(*b"IHDR", &header));
        // A gamma does not change the samples, as in browsers, nor does a chunk that nobody knows.
        file.extend(png_chunk(*b"gAMA", &45_455_u32.to_be_bytes()));
        file.extend(png_chunk(*b"juNk", b"nothing"));
        if self.kind == 3 {
            let palette: Vec<u8> = (0..self.n_colors).flat_map(color).collect();
            file.extend(png_chunk(*b"PLTE", &palette));
        }
        if self.has_transparency {
            let content: Vec<u8> = match self.kind {
                // Fewer entries than colors: the others are opaque.
                3 => (0..self.n_colors.min(3)).map(|index| alpha(index) as u8).collect(),
                _ => (0..self.n_channels).flat_map(|_| [0, 1]).collect(),
            };
            file.extend(png_chunk(*b"tRNS", &content));
        }
        // In two pieces, one of them of a byte.
        let stream = stored_zlib(&data);
        file.extend(png_chunk(*b"IDAT", &stream[..1]));
        file.extend(png_chunk(*b"IDAT", &stream[1..]));
        file.extend(png_chunk(*b"IEND", &[]));
        file
    }
}

fn color(index: u32) -> [u8; 3] {
    [0, 1, 2].map(|channel| noise(index, 1000, channel) as u8)
}

fn alpha(index: u32) -> u16 {
    if index < 3 { [10, 0, 200][index as usize] } else { 255 }
}

/// Section 9.2.
fn filtered(row: &[u8], above: &[u8], filter: u8, pixel_bytes: usize) -> Vec<u8> {
    let at = |row: &[u8], at: Option<usize>| at.and_then(|at| row.get(at).copied()).unwrap_or(0);
    let filter_byte = |place: usize| {
        let before = place.checked_sub(pixel_bytes);
        let (left, up, corner) = (at(row, before), at(above, Some(place)), at(above, before));
        let predicted = match filter {
            0 => 0,
            1 => left,
            2 => up,
            3 => left.midpoint(up),
            _ => {
                let [a, b, c] = [left, up, corner].map(i32::from);
                let distances = [(b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs()];
                if distances[0] <= distances[1] && distances[0] <= distances[2] {
                    left
                } else if distances[1] <= distances[2] {
                    up
                } else {
                    corner
                }
            }
        };
        row[place].wrapping_sub(predicted)
    };
    (0..row.len()).map(filter_byte).collect()
}

#[test]
fn every_kind_of_png() {
    let mut n_cases = 0;
    for (kind, n_channels, depths) in KINDS {
        for depth in depths {
            for size in [(1, 1), (2, 9), (7, 5), (33, 10)] {
                for (is_interlaced, filter) in
                    [false, true].into_iter().flat_map(|one| (0..=5).map(move |f| (one, f)))
                {
                    for has_transparency in [false, true] {
                        if has_transparency && matches!(kind, 4 | 6) {
                            continue;
                        }
                        let most = if kind == 3 { 1 << depth } else { 0 };
                        for n_colors in [most, most.min(3)] {
                            let case = Case {
                                size,
                                kind,
                                n_channels,
                                depth: *depth,
                                is_interlaced,
                                filter,
                                has_transparency,
                                n_colors,
                            };
                            let what = format!(
                                "color type {kind}, {depth} bits, {size:?}, interlaced {is_interlaced}, filter {filter}, \
                                 transparency {has_transparency}, {n_colors} colors"
                            );
                            let image = assert_pixels(&what, &case.file(), size, &case.meant());
                            assert_eq!(
                                image.as_flat_samples_u16().is_some(),
                                *depth == 16,
                                "{what}"
                            );
                            assert_eq!(image.color().has_color(), !matches!(kind, 0 | 4), "{what}");
                            assert_eq!(
                                image.color().has_alpha(),
                                has_transparency || kind >= 4,
                                "{what}"
                            );
                            n_cases += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(n_cases > 2000, "{n_cases}");
}
