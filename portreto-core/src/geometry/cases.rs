//! The table of `cases.txt`, pixel by pixel.

use portreto_samples::jpeg_with_orientation;

use super::*;
use crate::{Limits, Transform, render, transform::Operation};

/// One row, taken apart.
struct Case<'a> {
    line: &'a str,
    orientation: u8,
    /// Upright.
    size: (u32, u32),
    transform: Transform,
    canvas: (u32, u32),
    scaled: (u32, u32),
    at: (u32, u32),
    source: [f64; 4],
}

fn cases() -> impl Iterator<Item = Case<'static>> {
    let lines = include_str!("cases.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let pair = |text: &str| {
            let (x, y) = text.split_once('x').unwrap();
            (x.parse().unwrap(), y.parse().unwrap())
        };
        let number = |text: &str| match text.split_once('/') {
            Some((above, below)) => above.parse::<f64>().unwrap() / below.parse::<f64>().unwrap(),
            None => text.parse().unwrap(),
        };
        let orientation = words[0].parse().unwrap();
        let (width, height) = pair(words[1]);
        Case {
            line,
            orientation,
            size: if orientation >= 5 { (height, width) } else { (width, height) },
            transform: words[2].parse().unwrap(),
            canvas: pair(words[3]),
            scaled: pair(words[4]),
            at: pair(words[5]),
            source: std::array::from_fn(|i| number(words[6 + i])),
        }
    })
}

#[test]
fn every_fit_and_gravity_at_every_orientation() {
    let mut n_cases = 0;
    for case in cases() {
        let [Operation::Resize(resize)] = case.transform.operations() else {
            panic!("{}", case.line)
        };
        let Layout { source, scaled, canvas, at } = resize.layout(case.size);
        assert_eq!((canvas, scaled, at), (case.canvas, case.scaled, case.at), "{}", case.line);
        let found = [source.left, source.top, source.width, source.height];
        for (found, expected) in found.iter().zip(case.source) {
            assert!((found - expected).abs() < 1e-9, "{}: {found}, not {expected}", case.line);
        }
        n_cases += 1;
    }
    assert!(n_cases >= 200, "{n_cases} cases");
}

#[test]
fn files_of_every_orientation_come_out_as_the_table_says() {
    // Each seventh row, to keep it short: all 8 orientations come up in turn.
    let limits = Limits::default();
    for case in cases().step_by(7) {
        let original = jpeg_with_orientation(case.orientation, case.size.0, case.size.1);
        let rendered = render(&original, &case.transform, &limits).unwrap();
        assert_eq!((rendered.width, rendered.height), case.canvas, "{}", case.line);
    }
}
