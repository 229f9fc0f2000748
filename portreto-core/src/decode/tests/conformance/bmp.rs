//! Windows bitmaps: every depth, run lengths, masks, rows from the bottom or the top.

use super::{Meant, assert_pixels, noise, packed};

struct Bitmap {
    size: (u32, u32),
    bits: u16,
    compression: u32,
    is_top_down: bool,
    /// Behind the header: masks or colors.
    table: Vec<u8>,
    n_colors: u32,
    data: Vec<u8>,
}

impl Bitmap {
    fn file(&self) -> Vec<u8> {
        let start = 54 + self.table.len() as u32;
        let height = if self.is_top_down { self.size.1.wrapping_neg() } else { self.size.1 };
        let mut file = b"BM".to_vec();
        let fields = [
            start + self.data.len() as u32,
            0,
            start,
            40,
            self.size.0,
            height,
            u32::from(self.bits) << 16 | 1,
            self.compression,
            self.data.len() as u32,
            0,
            0,
            self.n_colors,
            0,
        ];
        file.extend(fields.map(u32::to_le_bytes).concat());
        file.extend(&self.table);
        file.extend(&self.data);
        file
    }
}

fn opaque(rgb: [u8; 3]) -> [u16; 4] {
    let [r, g, b] = rgb.map(|sample| u16::from(sample) * 257);
    [r, g, b, 65_535]
}

fn color(index: u32) -> [u8; 3] {
    [0, 1, 2].map(|channel| noise(index, 500, channel) as u8)
}

fn table(n_colors: u32) -> Vec<u8> {
    (0..n_colors)
        .flat_map(|index| {
            let [r, g, b] = color(index);
            [b, g, r, 0]
        })
        .collect()
}

/// Rows from the bottom, each padded to four bytes.
fn rows(height: u32, is_top_down: bool, row: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    let place = |at: u32| if is_top_down { at } else { height - 1 - at };
    let padded = |at: u32| {
        let mut row = row(place(at));
        row.resize(row.len().next_multiple_of(4), 0);
        row
    };
    (0..height).flat_map(padded).collect()
}

fn each(size: (u32, u32), pixel: impl Fn(u32, u32) -> [u16; 4]) -> Meant {
    (0..size.1).flat_map(|y| (0..size.0).map(move |x| (x, y))).map(|(x, y)| pixel(x, y)).collect()
}

#[test]
fn palettes() {
    for bits in [1_u16, 4, 8] {
        for size in [(1, 1), (5, 3), (33, 4)] {
            for is_top_down in [false, true] {
                for n_colors in [1 << bits, 2] {
                    let index = |x, y| noise(x, y, 0) % n_colors;
                    let data = rows(size.1, is_top_down, |y| {
                        packed((0..size.0).map(|x| index(x, y)), bits.into())
                    });
                    let file = Bitmap {
                        size,
                        bits,
                        compression: 0,
                        is_top_down,
                        table: table(n_colors),
                        n_colors,
                        data,
                    };
                    let what =
                        format!("{bits} bits, {size:?}, {n_colors} colors, top down {is_top_down}");
                    assert_pixels(
                        &what,
                        &file.file(),
                        size,
                        &each(size, |x, y| opaque(color(index(x, y)))),
                    );
                }
            }
        }
    }
}

#[test]
fn direct_colors() {
    for size in [(1, 1), (5, 3)] {
        for is_top_down in [false, true] {
            let rgb = |x, y| [0, 1, 2].map(|channel| noise(x, y, channel) as u8);
            for bits in [24_u16, 32] {
                let data = rows(size.1, is_top_down, |y| {
                    (0..size.0)
                        .flat_map(|x| {
                            let [r, g, b] = rgb(x, y);
                            [b, g, r, 0][..usize::from(bits / 8)].to_vec()
                        })
                        .collect()
                });
                let file = Bitmap {
                    size,
                    bits,
                    compression: 0,
                    is_top_down,
                    table: vec![],
                    n_colors: 0,
                    data,
                };
                let what = format!("{bits} bits, {size:?}, top down {is_top_down}");
                assert_pixels(&what, &file.file(), size, &each(size, |x, y| opaque(rgb(x, y))));
            }
        }
    }
}

#[test]
fn masks() {
    let size = (9, 4);
    // Compression, masks, and bits of red, green and blue.
    for (bits, compression, masks, parts) in [
        (16_u16, 0, vec![], [5, 5, 5]),
        (16, 3, vec![0xF800_u32, 0x07E0, 0x001F], [5, 6, 5]),
        (16, 3, vec![0x7C00, 0x03E0, 0x001F], [5, 5, 5]),
        (32, 3, vec![0x00FF_0000, 0x0000_FF00, 0x0000_00FF], [8, 8, 8]),
        (32, 3, vec![0xFF, 0xFF00, 0x00FF_0000], [8, 8, 8]),
    ] {
        let shifts = if masks.is_empty() {
            vec![10, 5, 0]
        } else {
            masks.iter().map(|mask| mask.trailing_zeros()).collect()
        };
        let part = |x, y, channel: usize| noise(x, y, channel as u32) % (1 << parts[channel]);
        let data = rows(size.1, false, |y| {
            (0..size.0)
                .flat_map(|x| {
                    let word = (0..3)
                        .fold(0, |word, channel| word | part(x, y, channel) << shifts[channel]);
                    word.to_le_bytes()[..usize::from(bits / 8)].to_vec()
                })
                .collect()
        });
        let table = masks.iter().flat_map(|mask| mask.to_le_bytes()).collect();
        let file = Bitmap { size, bits, compression, is_top_down: false, table, n_colors: 0, data };
        let meant = each(size, |x, y| {
            opaque([0, 1, 2].map(|channel| {
                let most = (1 << parts[channel]) - 1;
                ((part(x, y, channel) * 255 + most / 2) / most) as u8
            }))
        });
        assert_pixels(&format!("{bits} bits, masks {masks:x?}"), &file.file(), size, &meant);
    }
}

#[test]
fn run_lengths() {
    let size = (6, 3);
    let lines = [[0, 0, 0, 1, 2, 3], [4, 4, 4, 4, 4, 4], [5, 6, 5, 6, 5, 0]];
    // From the bottom: a run that alternates in 4 bits and literal samples in 8; a run; a run, then literals.
    let eight = [
        &[0, 6, 5, 6, 5, 6, 5, 0][..],
        &[0, 0],
        &[6, 4],
        &[0, 0],
        &[3, 0, 0, 3, 1, 2, 3, 0],
        &[0, 1],
    ]
    .concat();
    let four = [
        &[5, 0x56, 1, 0x00][..],
        &[0, 0],
        &[6, 0x44],
        &[0, 0],
        &[3, 0x00, 0, 3, 0x12, 0x30],
        &[0, 1],
    ]
    .concat();
    for (bits, compression, data) in [(8, 1, eight), (4, 2, four)] {
        let table = table(16);
        let file =
            Bitmap { size, bits, compression, is_top_down: false, table, n_colors: 16, data };
        let meant = each(size, |x, y| opaque(color(lines[y as usize][x as usize])));
        assert_pixels(&format!("{bits} bits"), &file.file(), size, &meant);
    }
}
