//! Pictures written here bit by bit, in every way that their standards allow, against the pixels that were meant.

mod bmp;
mod png;
mod tiff;

use image::{DynamicImage, Rgba, Rgba32FImage};

use crate::{decode::decode, limits::Limits};

/// Red, green, blue and alpha of 16 bits, for each pixel.
type Meant = Vec<[u16; 4]>;

fn assert_pixels(
    what: &str,
    file: &[u8],
    (width, height): (u32, u32),
    meant: &Meant,
) -> DynamicImage {
    let image =
        decode(file, &Limits::default()).unwrap_or_else(|error| panic!("{what}: {error}")).image;
    assert_eq!((image.width(), image.height()), (width, height), "{what}");
    let found: Meant = image.to_rgba16().pixels().map(|pixel| pixel.0).collect();
    assert!(
        found == *meant,
        "{what}: {:?}, not {:?}",
        &found[..found.len().min(8)],
        &meant[..meant.len().min(8)]
    );
    image
}

/// A number that looks random, the same for the same place.
fn noise(x: u32, y: u32, channel: u32) -> u32 {
    // One step of a multiplicative hash (Knuth, TAOCP 3, section 6.4), its high bits.
    (x.wrapping_mul(2_654_435_761)
        ^ y.wrapping_mul(2_246_822_519)
        ^ channel.wrapping_mul(3_266_489_917))
    .wrapping_mul(2_654_435_761)
        >> 12
}

/// Samples of `bits` in bytes, the first in the high bits, whole bytes for a row.
fn packed(samples: impl Iterator<Item = u32>, bits: u32) -> Vec<u8> {
    let (mut bytes, mut buffer, mut n_bits) = (Vec::new(), 0_u32, 0);
    for sample in samples {
        buffer = buffer << bits | sample;
        n_bits += bits;
        while n_bits >= 8 {
            n_bits -= 8;
            bytes.push((buffer >> n_bits) as u8);
        }
    }
    if n_bits > 0 {
        bytes.push((buffer << (8 - n_bits)) as u8);
    }
    bytes
}

/// `content` in a zlib stream that does not compress (RFC 1950, and RFC 1951, section 3.2.4).
fn stored_zlib(content: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = content.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend([length.to_le_bytes(), (!length).to_le_bytes()].concat());
        stream.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in content {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

#[test]
fn netpbm_in_text_and_in_bytes() {
    let gray = |values: &[u16]| values.iter().map(|v| [*v, *v, *v, 65_535]).collect::<Meant>();
    let rows: [(&[u8], (u32, u32), Meant); 8] = [
        (b"P1 3 2\n1 0 1\n0 1 0\n", (3, 2), gray(&[0, 65_535, 0, 65_535, 0, 65_535])),
        (b"P1\n# of a poet\n3 2 101010", (3, 2), gray(&[0, 65_535, 0, 65_535, 0, 65_535])),
        (b"P4 3 2\n\xA0\x40", (3, 2), gray(&[0, 65_535, 0, 65_535, 0, 65_535])),
        (b"P2 2 1 15 0 15", (2, 1), gray(&[0, 65_535])),
        (b"P5 2 1 255\n\x01\xFE", (2, 1), gray(&[257, 254 * 257])),
        (b"P5 2 1 65535\n\x01\x02\xFE\xFD", (2, 1), gray(&[0x0102, 0xFEFD])),
        (b"P3 1 1 255 1 2 3", (1, 1), vec![[257, 514, 771, 65_535]]),
        (b"P6 1 1 65535\n\x01\x02\x03\x04\x05\x06", (1, 1), vec![[0x0102, 0x0304, 0x0506, 65_535]]),
    ];
    for (file, size, meant) in rows {
        assert_pixels(&String::from_utf8_lossy(file), file, size, &meant);
    }
}

#[test]
fn light_keeps_its_alpha() {
    let light = Rgba32FImage::from_pixel(3, 2, Rgba([0.0, 0.0, 0.0, 0.5]));
    let mut file = std::io::Cursor::new(Vec::new());
    DynamicImage::from(light).write_to(&mut file, image::ImageFormat::OpenExr).unwrap();
    assert_pixels("exr", &file.into_inner(), (3, 2), &vec![[0, 0, 0, 32_768]; 6]);
}
