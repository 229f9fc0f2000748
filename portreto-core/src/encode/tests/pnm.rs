//! Netpbm's formats, read back by the `image` crate and byte by byte.

use super::*;

fn two(colors: [[u8; 4]; 2], width: u32, indices: &[u8]) -> Picture {
    let height = indices.len() as u32 / width;
    Picture::Indexed(Indexed::from_indices(width, height, colors.to_vec(), indices))
}

const BLACK: [u8; 4] = [0, 0, 0, 255];
const WHITE: [u8; 4] = [255, 255, 255, 255];

#[test]
fn the_darker_of_two_colors_is_the_ink() {
    let indices = [0, 1, 1, 0, 1, 1, 1, 1, 0, 0];
    let bits = [0b1001_0000, 0b1100_0000];
    for (dark, light) in [
        (BLACK, WHITE),
        ([200, 0, 0, 255], [0, 200, 0, 255]),
        ([0, 0, 0, 255], [0, 0, 0, 0]),
        ([90, 90, 90, 255], [91, 90, 90, 255]),
    ] {
        let bytes = encoded(&two([dark, light], 10, &indices), Format::Pbm, USUAL);
        assert_eq!(bytes, [&b"P4\n10 1\n"[..], &bits].concat(), "{dark:?} {light:?}");
        // The other way around: 0 is the light one.
        let bytes = encoded(&two([light, dark], 10, &indices), Format::Pbm, USUAL);
        assert_eq!(bytes[8..], [0b0110_1111, 0b0000_0000], "{light:?} {dark:?}");
    }
    // Of one color alone, black is what is nearer to it.
    for (gray, bits) in [(0, 0xE0), (127, 0xE0), (128, 0), (255, 0)] {
        let color = [gray, gray, gray, 255];
        let bytes = encoded(&two([color, color], 3, &[0, 1, 0]), Format::Pbm, USUAL);
        assert_eq!(bytes, [&b"P4\n3 1\n"[..], &[bits]].concat());
    }
}

#[test]
fn bits_of_any_picture_of_two_colors_at_any_width() {
    for width in [1, 7, 8, 9, 16, 17, 64, 65] {
        let indices: Vec<u8> = (0..width * 3).map(|at| (at * at % 3 / 2) as u8).collect();
        let picture = two([BLACK, WHITE], width, &indices);
        let expected = picture.to_direct().into_owned();
        let bytes = encoded(&picture, Format::Pbm, USUAL);
        assert_eq!(reopened(&bytes), expected, "{width}");
        let direct = |image: DynamicImage| encoded(&Picture::Direct(image), Format::Pbm, USUAL);
        assert_eq!(direct(expected.clone()), bytes);
        assert_eq!(direct(expected.to_rgb8().into()), bytes);
        assert_eq!(direct(expected.to_rgba16().into()), bytes);
        // More entries than two, of which two are used; or which look the same on white.
        let more = [[0, 0, 0, 255], [255, 255, 255, 255], [9, 9, 9, 255], [7, 7, 7, 0]].to_vec();
        let more = Indexed::from_indices(width, 3, more, &indices);
        assert_eq!(encoded(&Picture::Indexed(more), Format::Pbm, USUAL), bytes, "{width}");
        let more = [[0, 0, 0, 255], [255, 255, 255, 255], [9, 9, 9, 0]].to_vec();
        let indices: Vec<_> =
            indices.iter().enumerate().map(|(at, index)| index << (at % 2)).collect();
        let more = Indexed::from_indices(width, 3, more, &indices);
        assert_eq!(encoded(&Picture::Indexed(more), Format::Pbm, USUAL), bytes, "{width}");
    }
}

#[test]
fn more_than_two_colors_are_refused_with_advice() {
    let three = vec![BLACK, [1, 1, 1, 255], WHITE];
    let three = Picture::Indexed(Indexed::from_indices(3, 1, three, &[0, 1, 2]));
    for picture in [three.clone(), Picture::Direct(three.to_direct().into_owned())] {
        let error = encode(&picture, Format::Pbm, USUAL, &Attached::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTransform);
        let advice = "pbm is black and white, and the picture has more than two colors; dither it to two of \
                      them: grayscale,dither:atkinson,pbm";
        assert_eq!(error.to_string(), advice);
    }
}

#[test]
fn samples_keep_their_bits_and_lie_on_white() {
    for image in kinds() {
        let wide = image.color().bytes_per_pixel() / image.color().channel_count() == 2;
        let white = samples::opaque(&image);
        let picture = Picture::Direct(image.clone());
        let pixmap = encoded(&picture, Format::Ppm, USUAL);
        let graymap = encoded(&picture, Format::Pgm, USUAL);
        let (color, gray): (DynamicImage, _) = if wide {
            (white.to_rgb16().into(), crate::transform::grayed(&white))
        } else {
            (white.to_rgb8().into(), crate::transform::grayed(&white))
        };
        assert_eq!(reopened(&pixmap), color, "{:?}", image.color());
        assert_eq!(reopened(&graymap), gray, "{:?}", image.color());
    }
}

#[test]
fn files_byte_by_byte() {
    let image = RgbImage::from_raw(2, 1, vec![1, 2, 3, 255, 255, 255]).unwrap();
    let picture = Picture::Direct(image.into());
    assert_eq!(encoded(&picture, Format::Ppm, USUAL), b"P6\n2 1\n255\n\x01\x02\x03\xFF\xFF\xFF");
    assert_eq!(encoded(&picture, Format::Pgm, USUAL), b"P5\n2 1\n255\n\x02\xFF");
    let wide = ImageBuffer::<Luma<u16>, _>::from_raw(1, 2, vec![0x0102, 0xFFFE]).unwrap();
    let picture = Picture::Direct(wide.into());
    assert_eq!(encoded(&picture, Format::Pgm, USUAL), b"P5\n1 2\n65535\n\x01\x02\xFF\xFE");
}

#[test]
fn what_is_half_seen_through_lies_on_white_in_sixteen_bits_as_in_eight() {
    for (sample, alpha) in [(0, 0), (0, 255), (255, 0), (10, 128), (200, 3), (77, 254)] {
        let narrow = DynamicImage::from(RgbaImage::from_pixel(1, 1, Rgba([sample, 0, 0, alpha])));
        let wide = samples::opaque(&narrow.to_rgba16().into());
        assert_eq!(on_white(&wide), on_white(&narrow), "{sample} {alpha}");
    }
}
