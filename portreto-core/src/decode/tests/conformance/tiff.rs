//! TIFF 6.0: byte orders, strips and tiles, compressions, the difference to the left neighbor.

use super::{Meant, assert_pixels, noise, packed, stored_zlib};

const SIZE: (u32, u32) = (37, 21);

#[derive(Clone, Copy)]
struct Kind {
    is_big_endian: bool,
    compression: u16,
    n_channels: u32,
    bits: u32,
    is_tiled: bool,
    has_differences: bool,
}

impl Kind {
    fn sample(self, x: u32, y: u32, channel: u32) -> u32 {
        // Slopes and noise; tiles reach beyond the picture.
        (noise(x / 3, y, channel) + x * 5) % (1 << self.bits)
    }

    /// The uncompressed bytes of a strip or tile.
    fn block(self, (left, top): (u32, u32), (width, height): (u32, u32)) -> Vec<u8> {
        let row = |y: u32| {
            let sample = |x: u32, channel| {
                let here = self.sample(left + x, y, channel);
                let before = if self.has_differences && x > 0 {
                    self.sample(left + x - 1, y, channel)
                } else {
                    0
                };
                here.wrapping_sub(before) & ((1 << self.bits) - 1)
            };
            let samples = (0..width)
                .flat_map(|x| (0..self.n_channels).map(move |channel| sample(x, channel)));
            if self.bits == 16 && !self.is_big_endian {
                samples.flat_map(|sample| (sample as u16).to_le_bytes()).collect()
            } else {
                packed(samples, self.bits)
            }
        };
        let compressed =
            |row: Vec<u8>| if self.compression == 32_773 { pack_bits(&row) } else { row };
        let bytes: Vec<u8> = (top..top + height).flat_map(|y| compressed(row(y))).collect();
        match self.compression {
            5 => lzw(&bytes),
            8 => stored_zlib(&bytes),
            _ => bytes,
        }
    }

    fn file(self) -> Vec<u8> {
        let (width, height) = SIZE;
        let blocks: Vec<Vec<u8>> = if self.is_tiled {
            let places =
                (0..height).step_by(16).flat_map(|y| (0..width).step_by(16).map(move |x| (x, y)));
            places.map(|place| self.block(place, (16, 16))).collect()
        } else {
            (0..height).step_by(8).map(|y| self.block((0, y), (width, 8.min(height - y)))).collect()
        };
        let (mut offsets, mut data) = (Vec::new(), Vec::new());
        for block in &blocks {
            offsets.push(8 + data.len() as u32);
            data.extend(block);
            data.resize(data.len().next_multiple_of(2), 0);
        }
        let lengths: Vec<u32> = blocks.iter().map(|block| block.len() as u32).collect();
        let bits = vec![self.bits; self.n_channels as usize];
        let photometric = if self.n_channels == 1 { 1 } else { 2 };
        let mut fields: Vec<(u16, u16, Vec<u32>)> = vec![
            (256, 4, vec![width]),
            (257, 4, vec![height]),
            (258, 3, bits),
            (259, 3, vec![self.compression.into()]),
            (262, 3, vec![photometric]),
            (277, 3, vec![self.n_channels]),
            (317, 3, vec![if self.has_differences { 2 } else { 1 }]),
        ];
        if self.is_tiled {
            fields.extend([
                (322, 4, vec![16]),
                (323, 4, vec![16]),
                (324, 4, offsets),
                (325, 4, lengths),
            ]);
        } else {
            fields.extend([(273, 4, offsets), (278, 4, vec![8]), (279, 4, lengths)]);
        }
        fields.sort_by_key(|field| field.0);
        self.assembled(&data, &fields)
    }

    fn assembled(self, data: &[u8], fields: &[(u16, u16, Vec<u32>)]) -> Vec<u8> {
        let word =
            |value: u16| if self.is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        let long =
            |value: u32| if self.is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        let directory = 8 + data.len() as u32;
        let mut beyond = directory + 2 + 12 * fields.len() as u32 + 4;
        let (mut entries, mut values) = (Vec::new(), Vec::new());
        for (tag, kind, numbers) in fields {
            entries.extend([word(*tag), word(*kind)].concat());
            entries.extend(long(numbers.len() as u32));
            let mut bytes: Vec<u8> = if *kind == 3 {
                numbers.iter().flat_map(|number| word(*number as u16)).collect()
            } else {
                numbers.iter().flat_map(|number| long(*number)).collect()
            };
            if bytes.len() > 4 {
                entries.extend(long(beyond));
                bytes.resize(bytes.len().next_multiple_of(2), 0);
                beyond += bytes.len() as u32;
                values.extend(bytes);
            } else {
                bytes.resize(4, 0);
                entries.extend(bytes);
            }
        }
        let mut file = if self.is_big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        file.extend(word(42));
        file.extend(long(directory));
        file.extend(data);
        file.extend(word(fields.len() as u16));
        file.extend(entries);
        file.extend(long(0));
        file.extend(values);
        file
    }

    fn meant(self) -> Meant {
        let wide = |sample: u32| (sample * 65_535 / ((1 << self.bits) - 1)) as u16;
        let pixel = |x: u32, y: u32| {
            let sample = |channel: u32| wide(self.sample(x, y, channel.min(self.n_channels - 1)));
            [sample(0), sample(1), sample(2), if self.n_channels == 4 { sample(3) } else { 65_535 }]
        };
        (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| pixel(x, y))).collect()
    }
}

/// Section 9: literal bytes, and runs of three and more.
fn pack_bits(bytes: &[u8]) -> Vec<u8> {
    let (mut packed, mut rest) = (Vec::new(), bytes);
    while let Some(first) = rest.first() {
        let run = rest.iter().take(128).take_while(|byte| *byte == first).count();
        if run >= 3 {
            packed.extend([(257 - run) as u8, *first]);
            rest = &rest[run..];
            continue;
        }
        let literal = (1..rest.len().min(128)).find(|at| {
            rest[*at..]
                .windows(3)
                .next()
                .is_some_and(|three| three[0] == three[1] && three[1] == three[2])
        });
        let length = literal.unwrap_or(rest.len().min(128));
        packed.push((length - 1) as u8);
        packed.extend(&rest[..length]);
        rest = &rest[length..];
    }
    packed
}

/// Section 13: bytes as they are, in codes of 9 bits, with a new table before they would need 10.
fn lzw(bytes: &[u8]) -> Vec<u8> {
    let chunks = bytes
        .chunks(200)
        .flat_map(|chunk| std::iter::once(256).chain(chunk.iter().map(|byte| u32::from(*byte))));
    packed(chunks.chain([257]), 9)
}

#[test]
fn every_kind_of_tiff() {
    for is_big_endian in [false, true] {
        for compression in [1, 5, 8, 32_773] {
            for (n_channels, bits) in [(1, 8), (1, 16), (3, 8), (3, 16), (4, 8)] {
                for (is_tiled, has_differences) in [(false, false), (true, false), (false, true)] {
                    // Differences are defined for the compressions that look for repetition.
                    if has_differences && !matches!(compression, 5 | 8) {
                        continue;
                    }
                    let kind = Kind {
                        is_big_endian,
                        compression,
                        n_channels,
                        bits,
                        is_tiled,
                        has_differences,
                    };
                    let what = format!(
                        "big endian {is_big_endian}, compression {compression}, {n_channels} × {bits} bits, tiled {is_tiled}, \
                         differences {has_differences}"
                    );
                    assert_pixels(&what, &kind.file(), SIZE, &kind.meant());
                }
            }
        }
    }
}
