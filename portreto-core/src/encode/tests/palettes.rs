//! Pictures of few colors, at every depth.

use super::*;
use crate::picture::Depth;

/// Colors that are no gray ramp.
fn palette(colors: usize) -> Vec<[u8; 4]> {
    (0..colors).map(|i| [(i * 7) as u8, (255 - i) as u8, (i * i) as u8, 255]).collect()
}

fn indexed(palette: Vec<[u8; 4]>) -> Indexed {
    let (width, height) = (13, 9);
    let n_pixels = (width * height) as usize;
    let indices: Vec<_> = (0..n_pixels).map(|at| (at % palette.len()) as u8).collect();
    Indexed::from_indices(width, height, palette, &indices)
}

#[test]
fn palettes_take_as_few_bits_as_they_need() {
    for (colors, bits) in
        [(1, 1), (2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (100, 8), (256, 8)]
    {
        let picture = indexed(palette(colors));
        let expected = picture.to_direct();
        let bytes = encoded(&Picture::Indexed(picture), Format::Png, USUAL);
        assert_eq!((bytes[24], bytes[25]), (bits, 3), "depth and color type of {colors} colors");
        assert_eq!(reopened(&bytes).into_rgb8(), expected.into_rgb8(), "{colors} colors");
    }
}

#[test]
fn transparent_entries_keep_their_alpha() {
    let mut colors = palette(20);
    colors[3][3] = 0;
    colors[11][3] = 140;
    let picture = indexed(colors);
    let expected = picture.to_direct();
    let bytes = encoded(&Picture::Indexed(picture), Format::Png, USUAL);
    assert_eq!(reopened(&bytes), expected);
    let at = bytes.windows(4).position(|name| name == b"tRNS").unwrap();
    assert_eq!(bytes[at - 4..at], 12_u32.to_be_bytes(), "the list ends with its last use");
}

#[test]
fn an_even_gray_ramp_needs_no_palette() {
    for (steps, bits) in [(2_usize, 1), (4, 2), (16, 4), (256, 8)] {
        let ramp: Vec<[u8; 4]> = (0..steps)
            .map(|i| [(i * 255 / (steps - 1)) as u8; 3])
            .map(|[r, g, b]| [r, g, b, 255])
            .collect();
        let picture = indexed(ramp.clone());
        let expected = picture.to_direct();
        let bytes = encoded(&Picture::Indexed(picture), Format::Png, USUAL);
        assert_eq!((bytes[24], bytes[25]), (bits, 0), "{steps} steps");
        assert_eq!(reopened(&bytes), expected);
        // Turned around it does.
        let turned = indexed(ramp.into_iter().rev().collect());
        let expected = turned.to_direct();
        let bytes = encoded(&Picture::Indexed(turned), Format::Png, USUAL);
        assert_eq!(bytes[25], 3);
        assert_eq!(reopened(&bytes).into_luma8(), expected.into_luma8());
    }
}

#[test]
fn palettes_of_gif_are_written_as_they_are() {
    for colors in [1, 2, 3, 17, 255, 256] {
        let picture = indexed(palette(colors));
        let expected = picture.to_direct().into_rgb8();
        let bytes = encoded(&Picture::Indexed(picture), Format::Gif, USUAL);
        assert_eq!(reopened(&bytes).into_rgb8(), expected, "{colors} colors");
    }
    let mut colors = palette(8);
    (colors[2][3], colors[5][3], colors[6][3]) = (0, 127, 128);
    let picture = indexed(colors);
    let bytes = encoded(&Picture::Indexed(picture.clone()), Format::Gif, USUAL);
    let image = reopened(&bytes).into_rgba8();
    for (index, pixel) in picture.indices().iter().zip(image.pixels()) {
        assert_eq!(pixel[3], if [2, 5].contains(index) { 0 } else { 255 }, "entry {index}");
    }
}

/// Widths around the ends of bytes, words and what formats pad rows to.
const SIZES: [(u32, u32); 11] =
    [(1, 1), (7, 3), (8, 1), (9, 2), (15, 2), (16, 3), (17, 2), (31, 2), (32, 1), (33, 3), (65, 2)];

/// Every color somewhere, in no regular order.
fn scattered((width, height): (u32, u32), palette: Vec<[u8; 4]>) -> Indexed {
    let index = |at: u32| ((at * at + at / 7 * 3) as usize % palette.len()) as u8;
    let indices: Vec<u8> = (0..width * height).map(index).collect();
    Indexed::from_indices(width, height, palette, &indices)
}

#[test]
fn every_depth_and_width_comes_back_from_every_format() {
    for n_colors in [1, 2, 3, 4, 5, 16, 17, 256] {
        for size in SIZES {
            for transparent in [false, true] {
                let mut colors = palette(n_colors);
                colors[n_colors / 2][3] = if transparent { 0 } else { 255 };
                let picture = scattered(size, colors);
                let direct = picture.to_direct();
                let white = on_white(&direct).into_rgb8();
                let picture = Picture::Indexed(picture);
                for format in [Format::Png, Format::Gif, Format::WebP, Format::Tiff, Format::Qoi] {
                    let back = reopened(&encoded(&picture, format, LOSSLESS));
                    let case = format!("{format} {size:?} {n_colors} {transparent}");
                    assert_eq!(on_white(&back).into_rgb8(), white, "{case}");
                }
                for format in [Format::Bmp, Format::Ppm] {
                    let back = reopened(&encoded(&picture, format, LOSSLESS)).into_rgb8();
                    assert_eq!(back, white, "{format} {size:?} {n_colors} {transparent}");
                }
                let luma = crate::transform::grayed(&white.into());
                assert_eq!(reopened(&encoded(&picture, Format::Pgm, LOSSLESS)), luma);
            }
        }
    }
}

#[test]
fn bitmaps_are_as_deep_as_their_palette_needs() {
    for (n_colors, bits, size) in
        [(2, 1, (33, 5)), (4, 4, (9, 5)), (16, 4, (9, 5)), (17, 8, (9, 5))]
    {
        let bytes =
            encoded(&Picture::Indexed(scattered(size, palette(n_colors))), Format::Bmp, USUAL);
        assert_eq!(bytes[28..30], [bits, 0], "{n_colors} colors");
        // Rows are padded to four bytes.
        let row_bytes = (size.0 as usize * usize::from(bits)).div_ceil(32) * 4;
        assert_eq!(bytes.len(), 54 + 4 * n_colors + 5 * row_bytes);
        assert_eq!(headers(&bytes, &Limits::default()).unwrap().bits, bits);
    }
}

/// "Bitmap Storage", learn.microsoft.com/windows/win32/gdi/bitmap-storage, field by field.
#[test]
fn a_bitmap_of_two_colors_byte_by_byte() {
    let palette = vec![[1, 2, 3, 255], [0xF0, 0xE0, 0xD0, 255]];
    let picture = Indexed::from_indices(3, 2, palette, &[1, 0, 0, 0, 1, 1]);
    let expected: &[&[u8]] = &[
        b"BM",
        &[70, 0, 0, 0], // bytes of the file
        &[0, 0, 0, 0],
        &[62, 0, 0, 0], // where the pixels begin
        &[40, 0, 0, 0], // bytes of this header
        &[3, 0, 0, 0],  // width
        &[2, 0, 0, 0],  // height, from the bottom up
        &[1, 0],        // planes
        &[1, 0],        // bits a pixel
        &[0, 0, 0, 0],  // not compressed
        &[8, 0, 0, 0],  // bytes of the pixels
        &[0; 8],        // pixels a meter
        &[2, 0, 0, 0],  // colors
        &[0; 4],        // all of them matter
        &[3, 2, 1, 0],  // blue, green, red
        &[0xD0, 0xE0, 0xF0, 0],
        &[0b0110_0000, 0, 0, 0], // the lower row
        &[0b1000_0000, 0, 0, 0],
    ];
    let bytes = encoded(&Picture::Indexed(picture), Format::Bmp, USUAL);
    assert_eq!(bytes, expected.concat());
}

#[test]
fn memory_is_the_packed_rows_alone() {
    for (n_colors, depth, row_bytes) in
        [(2, Depth::One, 2), (4, Depth::Two, 3), (16, Depth::Four, 5), (17, Depth::Eight, 9)]
    {
        let picture = scattered((9, 4), palette(n_colors));
        assert_eq!((picture.depth, picture.row_bytes()), (depth, row_bytes));
        assert_eq!(picture.rows.len(), 4 * row_bytes);
        let deeper = picture.deepened(Depth::Eight);
        assert_eq!(
            (deeper.indices(), deeper.to_direct()),
            (picture.indices(), picture.to_direct())
        );
    }
}

/// Three rows of five pixels by hand, as the file holds them under its compression.
#[test]
fn rows_of_png_and_indices_of_gif_are_those_of_the_picture() {
    for (n_colors, indices, rows) in [
        (2, [1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1], &[0xB0, 0x78, 0x08][..]),
        // 3 2 1 0 | 3, and so on.
        (4, [3, 2, 1, 0, 3, 0, 0, 1, 1, 2, 2, 2, 2, 2, 2], &[0xE4, 0xC0, 0x05, 0x80, 0xAA, 0x80]),
        (
            16,
            [1, 2, 3, 4, 5, 0xA, 0xB, 0xC, 0xD, 0xE, 0xF, 0, 0, 0, 9],
            &[0x12, 0x34, 0x50, 0xAB, 0xCD, 0xE0, 0xF0, 0x00, 0x90],
        ),
    ] {
        let picture = Indexed::from_indices(5, 3, palette(n_colors), &indices);
        let picture = Picture::Indexed(picture);
        let bytes = encoded(&picture, Format::Png, USUAL);
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut found = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut found).unwrap();
        assert_eq!(found, rows, "{n_colors} colors");

        let bytes = encoded(&picture, Format::Gif, USUAL);
        let mut reader = ::gif::DecodeOptions::new().read_info(&bytes[..]).unwrap();
        assert_eq!(reader.global_palette().unwrap()[..3], palette(n_colors)[0][..3]);
        assert_eq!(reader.read_next_frame().unwrap().unwrap().buffer[..], indices);
    }
}

#[test]
fn two_bits_become_four_in_a_bitmap() {
    let picture = Indexed::from_indices(5, 2, palette(4), &[3, 2, 1, 0, 3, 0, 0, 1, 1, 2]);
    let bytes = encoded(&Picture::Indexed(picture), Format::Bmp, USUAL);
    // The lower row first, each padded to four bytes.
    assert_eq!(bytes[54 + 4 * 4..], [0x00, 0x11, 0x20, 0, 0x32, 0x10, 0x30, 0]);
}
