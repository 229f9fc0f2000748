//! Frame buffers, byte by byte.

use super::*;
use crate::picture::Depth;

/// Three rows of five pixels: each row ends within a byte, whatever the depth below 8.
const INDICES: [u8; 15] = [0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1];

fn raw(n_colors: u8, indices: &[u8], layout: Layout) -> Result<Vec<u8>> {
    let palette = (0..n_colors).map(|red| [red, 7, 7, 255]).collect();
    let picture = Indexed::from_indices(5, indices.len() as u32 / 5, palette, indices);
    encode(
        &Picture::Indexed(picture),
        Format::Raw,
        Encoding { layout, ..USUAL },
        &Attached::default(),
    )
}

#[test]
fn bits_lie_where_they_were_asked_to() {
    let (msb, lsb) = (BitOrder::Msb, BitOrder::Lsb);
    let (two, four) = (Some(Depth::Two), Some(Depth::Four));
    for (depth, order, invert, expected) in [
        (None, msb, false, &[0b0110_1000, 0b1000_0000, 0b1111_1000][..]),
        (None, lsb, false, &[0b0001_0110, 0b0000_0001, 0b0001_1111]),
        (None, msb, true, &[0b1001_0000, 0b0111_1000, 0]),
        (None, lsb, true, &[0b0000_1001, 0b0001_1110, 0]),
        (
            two,
            msb,
            false,
            &[0b00_01_01_00, 0b01_00_00_00, 0b01_00_00_00, 0, 0b01_01_01_01, 0b01_00_00_00],
        ),
        (
            two,
            lsb,
            false,
            &[0b00_01_01_00, 0b00_00_00_01, 0b00_00_00_01, 0, 0b01_01_01_01, 0b00_00_00_01],
        ),
        (
            two,
            msb,
            true,
            &[
                0b11_10_10_11,
                0b10_00_00_00,
                0b10_11_11_11,
                0b11_00_00_00,
                0b10_10_10_10,
                0b10_00_00_00,
            ],
        ),
        (four, msb, false, &[0x01, 0x10, 0x10, 0x10, 0, 0, 0x11, 0x11, 0x10]),
        (four, lsb, false, &[0x10, 0x01, 0x01, 0x01, 0, 0, 0x11, 0x11, 0x01]),
        (four, lsb, true, &[0xEF, 0xFE, 0x0E, 0xFE, 0xFF, 0x0F, 0xEE, 0xEE, 0x0E]),
        (Some(Depth::Eight), lsb, false, &INDICES),
    ] {
        let layout = Layout { depth, order, invert };
        assert_eq!(raw(2, &INDICES, layout).unwrap(), expected, "{layout:?}");
    }
}

#[test]
fn the_palette_decides_the_depth_unless_asked() {
    for (n_colors, n_bytes) in [(2, 1), (3, 2), (4, 2), (5, 3), (16, 3), (17, 5), (255, 5)] {
        let indices = [0, 1, n_colors - 1, 0, n_colors - 1];
        assert_eq!(
            raw(n_colors, &indices, Layout::default()).unwrap().len(),
            n_bytes,
            "{n_colors}"
        );
    }
    let panel = Layout { depth: Some(Depth::Four), ..Layout::default() };
    assert_eq!(raw(7, &[0, 1, 4, 5, 6], panel).unwrap(), [0x01, 0x45, 0x60]);
}

#[test]
fn what_does_not_fit_is_said_so() {
    let layout = Layout { depth: Some(Depth::Two), ..Layout::default() };
    let error = raw(7, &[0; 5], layout).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidTransform);
    assert_eq!(error.to_string(), "raw bits is 2, but the picture has 7 colors, which need 4");
    let colors = vec![[0, 0, 0, 255], [255, 255, 255, 255], [255, 255, 255, 0]];
    let layout = Layout { depth: Some(Depth::One), ..Layout::default() };
    let picture = Picture::Indexed(Indexed::new(1, 1, colors));
    let error = encode(&picture, Format::Raw, Encoding { layout, ..USUAL }, &Attached::default())
        .unwrap_err();
    let expected =
        "raw bits is 1, but the picture has 3 colors, one of them transparent, which need 2";
    assert_eq!(error.to_string(), expected);
    let direct = Picture::Direct(GrayImage::new(1, 1).into());
    let error = encode(&direct, Format::Raw, USUAL, &Attached::default()).unwrap_err();
    assert!(error.to_string().contains("dither it last, to at most 256 colors"), "{error}");
}
