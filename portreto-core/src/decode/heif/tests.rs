use image::DynamicImage;
use portreto_samples::{self as samples, Av1, AvifSampling, HeifItem};

use super::*;
use crate::{
    decode::decode as open,
    probe::{Info, probe},
};

struct Opened {
    image: DynamicImage,
    info: Info,
}

fn opened(file: &[u8]) -> Opened {
    let limits = Limits::default();
    Opened { image: open(file, &limits).unwrap().image, info: probe(file, &limits).unwrap() }
}

/// A file of one picture with further properties.
fn file(coded: &Av1, planes: &[Vec<u16>], properties: &[Vec<u8>]) -> Vec<u8> {
    let properties = [coded.properties(), properties.to_vec()].concat();
    let data = coded.code(planes);
    samples::heif(*b"avif", &[HeifItem { kind: *b"av01", properties, data, ..Default::default() }])
}

/// Four fields of one color each, 32 pixels wide and tall, as planes: edges lie between samples of half the resolution.
fn fields(sampling: AvifSampling, colors: [[u16; 3]; 4]) -> Vec<Vec<u16>> {
    let plane = |channel: usize, width: usize, height: usize| {
        let field = move |x: usize, y: usize| 2 * (2 * y / height) + 2 * x / width;
        (0..height).flat_map(|y| (0..width).map(move |x| colors[field(x, y)][channel])).collect()
    };
    let (width, height) = match sampling {
        AvifSampling::Gray => return vec![plane(0, 64, 64)],
        AvifSampling::Full => (64, 64),
        AvifSampling::Half => (32, 64),
        AvifSampling::Quarter => (32, 32),
    };
    vec![plane(0, 64, 64), plane(1, width, height), plane(2, width, height)]
}

#[test]
fn every_depth_range_sampling_and_matrix_gives_its_colors() {
    use AvifSampling::{Full, Gray, Half, Quarter};
    for bits in [8, 10, 12] {
        for sampling in [Gray, Quarter, Half, Full] {
            for (is_full_range, matrix) in [(true, 6), (false, 1), (false, 9), (true, 8), (true, 0)]
            {
                if sampling != Full && matches!(matrix, 0 | 8) {
                    continue;
                }
                let coded = Av1 { width: 64, height: 64, sampling, bits, is_full_range };
                let unit = 1 << (bits - 8);
                let colors = [[180, 128, 128], [81, 90, 240], [145, 54, 100], [60, 200, 110]]
                    .map(|color| color.map(|sample| sample * unit));
                let nclx = samples::heif_nclx(1, 13, matrix, is_full_range);
                let found = opened(&file(&coded, &fields(sampling, colors), &[nclx]));
                let what =
                    format!("{bits} bits, {sampling:?}, matrix {matrix}, full {is_full_range}");
                assert_eq!(found.info.bits, bits, "{what}");
                assert_eq!(found.image.color().has_color(), sampling != Gray, "{what}");
                assert_eq!(found.image.as_flat_samples_u16().is_some(), bits > 8, "{what}");
                let nclx =
                    Nclx { primaries: 1, transfer: 13, matrix: matrix.into(), is_full_range };
                let rule = Matrix::new(nclx, bits, 255).unwrap();
                let image = found.image.into_rgb8();
                for (field, [luma, blue, red]) in colors.into_iter().enumerate() {
                    let expected = if sampling == Gray {
                        [rule.gray(luma); 3]
                    } else {
                        rule.rgb(luma, 16 * i64::from(blue), 16 * i64::from(red))
                    };
                    let (x, y) = (16 + 32 * (field % 2), 16 + 32 * (field / 2));
                    let pixel = image.get_pixel(x as u32, y as u32).0.map(u16::from);
                    let near = pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 3);
                    assert!(near, "{what}: {pixel:?}, not {expected:?}");
                }
            }
        }
    }
}

/// Smooth and colorful, with an odd size.
fn smooth(width: usize, height: usize) -> Vec<Vec<u16>> {
    let plane = |value: fn(usize, usize) -> usize| {
        (0..height).flat_map(|y| (0..width).map(move |x| value(x, y) as u16)).collect()
    };
    vec![plane(|x, y| 40 + 2 * x + y), plane(|x, y| 90 + x + y / 2), plane(|x, y| 160 - x / 2 + y)]
}

#[test]
fn color_of_half_the_resolution_lies_between_its_pixels() {
    let (width, height) = (45, 31);
    let planes = smooth(width, height);
    let coded = |sampling| Av1 { width, height, sampling, bits: 8, is_full_range: true };
    let full = opened(&file(&coded(AvifSampling::Full), &planes, &[])).image.into_rgb8();
    for sampling in [AvifSampling::Half, AvifSampling::Quarter] {
        let down = if sampling == AvifSampling::Half { 1 } else { 2 };
        let halved = |plane: &Vec<u16>| -> Vec<u16> {
            let mean = |x: usize, y: usize| {
                let at = |x: usize, y: usize| {
                    u32::from(plane[y.min(height - 1) * width + x.min(width - 1)])
                };
                let sum = at(x, y) + at(x + 1, y) + at(x, y + down - 1) + at(x + 1, y + down - 1);
                ((sum + 2) / 4) as u16
            };
            let rows = (0..height).step_by(down);
            rows.flat_map(|y| (0..width).step_by(2).map(move |x| mean(x, y))).collect()
        };
        let planes = [planes[0].clone(), halved(&planes[1]), halved(&planes[2])];
        let found = opened(&file(&coded(sampling), &planes, &[])).image.into_rgb8();
        let worst = full.iter().zip(found.iter()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(6), "{sampling:?}: {worst:?}");
    }
}

#[test]
fn turns_and_mirrors_are_those_of_exif() {
    let (width, height) = (40, 24);
    let coded = Av1 { width, height, sampling: AvifSampling::Full, bits: 8, is_full_range: true };
    let planes = smooth(width, height);
    let upright = opened(&file(&coded, &planes, &[])).image;
    let turn = |quarters| samples::heif_box(*b"irot", &[quarters]);
    let mirror = |axis| samples::heif_box(*b"imir", &[axis]);
    // Quarter turns go against the clock; axis 0 exchanges top and bottom.
    let cases = [
        (1, vec![]),
        (1, vec![turn(0)]),
        (8, vec![turn(1)]),
        (3, vec![turn(2)]),
        (6, vec![turn(3)]),
        (4, vec![mirror(0)]),
        (2, vec![mirror(1)]),
        (5, vec![turn(3), mirror(1)]),
        (7, vec![turn(1), mirror(1)]),
        (7, vec![turn(3), mirror(0)]),
        (5, vec![mirror(1), turn(1)]),
        (2, vec![turn(2), mirror(0)]),
    ];
    for (orientation, properties) in cases {
        let found = opened(&file(&coded, &planes, &properties));
        assert_eq!(found.info.orientation, orientation, "{properties:?}");
        let mut expected = upright.clone();
        let turned = image::metadata::Orientation::from_exif(orientation).unwrap();
        expected.apply_orientation(turned);
        assert_eq!((found.info.width, found.info.height), (expected.width(), expected.height()));
        assert_eq!(found.image, expected, "{orientation}");
    }
}

#[test]
fn alpha_is_a_picture_of_its_own() {
    let (width, height) = (24, 16);
    let color = Av1 { width, height, sampling: AvifSampling::Full, bits: 8, is_full_range: true };
    let gray = Av1 { sampling: AvifSampling::Gray, ..color };
    let ramp: Vec<u16> = (0..width * height).map(|at| (at % width * 10) as u16).collect();
    let planes =
        vec![vec![100; width * height], vec![128; width * height], vec![128; width * height]];
    let with_alpha = |is_premultiplied: bool| {
        let mut references = vec![];
        if is_premultiplied {
            references.push((*b"prem", vec![2]));
        }
        let picture = HeifItem {
            kind: *b"av01",
            properties: color.properties(),
            data: color.code(&planes),
            references,
        };
        let properties = [gray.properties(), vec![samples::heif_alpha_property()]].concat();
        let references = vec![(*b"auxl", vec![1])];
        let data = gray.code(std::slice::from_ref(&ramp));
        let alpha = HeifItem { kind: *b"av01", properties, data, references };
        samples::heif(*b"avif", &[picture, alpha])
    };
    let straight = opened(&with_alpha(false));
    assert!(straight.info.has_alpha);
    for (x, _, pixel) in straight.image.to_rgba8().enumerate_pixels() {
        assert!(
            pixel[3].abs_diff(x as u8 * 10) <= 2 && pixel[0].abs_diff(100) <= 2,
            "{x}: {pixel:?}"
        );
    }
    // 100 of an alpha of 200 is half of all light.
    let divided = opened(&with_alpha(true)).image.to_rgba8();
    assert!(divided.get_pixel(20, 8)[0].abs_diff(128) <= 3, "{:?}", divided.get_pixel(20, 8));
    assert_eq!(divided.get_pixel(5, 8)[0], 255);
}

#[test]
fn what_is_said_of_the_picture_is_found() {
    let coded =
        Av1 { width: 16, height: 16, sampling: AvifSampling::Gray, bits: 8, is_full_range: true };
    let picture = HeifItem {
        kind: *b"av01",
        properties: coded.properties(),
        data: coded.code(&[vec![9; 256]]),
        ..Default::default()
    };
    // Turned by Exif, which does not count here.
    let block = samples::exif_with_orientation(6);
    let about = |kind, data| HeifItem {
        kind,
        data,
        references: vec![(*b"cdsc", vec![1])],
        ..Default::default()
    };
    let exif = about(*b"Exif", [&[0, 0, 0, 0][..], &block].concat());
    let xmp = about(*b"mime", b"<x:xmpmeta/>".to_vec());
    let file = samples::heif(*b"avif", &[picture, exif, xmp]);
    let headers = crate::probe::headers(&file, &Limits::default()).unwrap();
    assert_eq!(headers.exif, Some(&block[..]));
    assert_eq!(headers.xmp, Some(&b"<x:xmpmeta/>"[..]));
    assert_eq!(headers.info().orientation, 1);
}

#[test]
fn tiles_make_one_picture() {
    // 2 × 2 tiles of 64 pixels, of which 100 × 90 are shown.
    let (width, height) = (64, 64);
    let coded =
        Av1 { width, height, sampling: AvifSampling::Quarter, bits: 8, is_full_range: true };
    let lumas = [50, 100, 150, 200];
    let tile = |luma| HeifItem {
        kind: *b"av01",
        properties: coded.properties(),
        data: coded.code(&[vec![luma; 64 * 64], vec![128; 32 * 32], vec![128; 32 * 32]]),
        ..Default::default()
    };
    let grid = |rows: u8, columns: u8, size: (u32, u32), to: Vec<u16>| {
        let (across, down) = (size.0 as u16, size.1 as u16);
        let data = [&[0, 0, rows - 1, columns - 1][..], &across.to_be_bytes(), &down.to_be_bytes()]
            .concat();
        let properties = vec![samples::heif_size(size.0, size.1)];
        let grid = HeifItem { kind: *b"grid", properties, data, references: vec![(*b"dimg", to)] };
        let items: Vec<_> = std::iter::once(grid).chain(lumas.map(tile)).collect();
        samples::heif(*b"avif", &items)
    };
    let found = opened(&grid(2, 2, (100, 90), vec![2, 3, 4, 5])).image;
    assert_eq!((found.width(), found.height()), (100, 90));
    for (x, y, pixel) in found.to_rgb8().enumerate_pixels() {
        let luma = lumas[(x / 64 + 2 * (y / 64)) as usize];
        assert!(u16::from(pixel[1]).abs_diff(luma) <= 2, "{x} {y}: {pixel:?}");
    }
    for broken in [
        grid(2, 2, (100, 90), vec![2, 3, 4]),
        grid(2, 2, (129, 90), vec![2, 3, 4, 5]),
        grid(2, 2, (60, 90), vec![2, 3, 4, 5]),
        grid(2, 2, (100, 90), vec![2, 3, 4, 1]),
        grid(1, 1, (64, 64), vec![1]),
    ] {
        let error = open(&broken, &Limits::default()).unwrap_err();
        assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
    }
}

#[test]
fn other_colors_become_those_of_srgb() {
    let coded =
        Av1 { width: 64, height: 64, sampling: AvifSampling::Full, bits: 10, is_full_range: true };
    let colors = [[512, 512, 512], [450, 400, 700], [600, 512, 512], [900, 512, 512]];
    let planes = fields(AvifSampling::Full, colors);
    let seen = |nclx: [u8; 3]| {
        let nclx = samples::heif_nclx(nclx[0], nclx[1], nclx[2], true);
        opened(&file(&coded, &planes, &[nclx])).image.into_rgb8()
    };
    let plain = seen([1, 13, 6]);
    // A profile, where there is one, has the last word.
    let profile =
        samples::heif_box(*b"colr", &[b"prof".to_vec(), samples::srgb_profile()].concat());
    let nclx = samples::heif_nclx(9, 13, 6, true);
    assert_eq!(opened(&file(&coded, &planes, &[nclx, profile])).image.into_rgb8(), plain);
    // Red of more colorful primaries is redder in sRGB; gray stays gray.
    for primaries in [9, 12] {
        let wide = seen([primaries, 13, 6]);
        let (before, after) = (plain.get_pixel(48, 16).0, wide.get_pixel(48, 16).0);
        assert!(after[0] > before[0] && after[1] < before[1], "{before:?} {after:?}");
        assert!(wide.get_pixel(16, 48).0.iter().all(|sample| sample.abs_diff(150) <= 2));
    }
    // Light brighter than paper is mapped below white, and keeps its order.
    for transfer in [16, 18] {
        let light = seen([9, transfer, 9]);
        let grays = [(16, 16), (16, 48), (48, 48)].map(|(x, y)| light.get_pixel(x, y)[1]);
        assert!(grays.is_sorted() && grays[0] < grays[2], "{transfer}: {grays:?}");
    }
}

#[test]
fn false_claims_are_refused() {
    let coded = Av1 {
        width: 64,
        height: 64,
        sampling: AvifSampling::Quarter,
        bits: 8,
        is_full_range: true,
    };
    let planes = fields(AvifSampling::Quarter, [[100, 128, 128]; 4]);
    let data = coded.code(&planes);
    let claiming = |width, height| {
        let properties = vec![samples::heif_size(width, height), coded.properties()[1].clone()];
        samples::heif(
            *b"avif",
            &[HeifItem { kind: *b"av01", properties, data: data.clone(), ..Default::default() }],
        )
    };
    let kind = |file: &[u8], limits: &Limits| open(file, limits).unwrap_err().kind();
    let usual = Limits::default();
    assert_eq!(kind(&claiming(65_535, 65_535), &usual), ErrorKind::LimitExceeded);
    assert_eq!(kind(&claiming(63, 64), &usual), ErrorKind::Damaged);
    assert_eq!(kind(&claiming(64, 128), &usual), ErrorKind::Damaged);
    // The code is larger than the limit, whatever the container says.
    let small = Limits { pixels: 1000, ..usual };
    assert_eq!(kind(&claiming(16, 16), &small), ErrorKind::Damaged);
}
