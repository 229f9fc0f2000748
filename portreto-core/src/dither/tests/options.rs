//! Every way to dither that has a meaning.

use proptest::{collection::vec, prelude::*, sample::select};

use crate::transform::{
    Algorithm, Alpha, Color, Dither, Levels, Matrix, Metric, Operation, Palette, Quantizer,
    Strength, Transform, Weights,
};

pub(crate) fn palette() -> impl Strategy<Value = Palette> {
    let named = select(Palette::names().collect::<Vec<_>>()).prop_map(|name| name.parse().unwrap());
    let color = any::<[u8; 3]>().prop_map(|[red, green, blue]| Color::opaque(red, green, blue));
    let gray = any::<u8>().prop_map(|gray| Color::opaque(gray, gray, gray));
    let custom = prop_oneof![vec(color, 2..=256), vec(gray.clone(), 2..=256), vec(gray, 2)];
    prop_oneof![named, custom.prop_map(|colors| Palette::custom(colors).unwrap())]
}

fn matrix() -> impl Strategy<Value = Matrix> {
    (1..9_usize).prop_flat_map(|width| {
        vec(vec(prop_oneof![0..64_u16, any::<u16>()], width), 1..9)
            .prop_map(|rows| Matrix::new(&rows).unwrap())
    })
}

fn weights() -> impl Strategy<Value = Weights> {
    let shape = (0..=7_usize, 0..=7_usize, 1..=4_usize);
    shape.prop_flat_map(|(before, behind, n_rows)| {
        let rows = vec(vec(prop_oneof![0..9_u16, any::<u16>()], before + 1 + behind), n_rows);
        (rows, 0..500_u32).prop_map(move |(mut rows, dropped)| {
            rows[0][..=before].fill(0);
            let sum: u32 = rows.iter().flatten().copied().map(u32::from).sum();
            Weights::new(&rows, before, sum + dropped).unwrap_or_else(|_| "x.1".parse().unwrap())
        })
    })
}

/// What a dither may choose from.
#[derive(Debug, Clone)]
enum Wanted {
    Levels([u16; 3]),
    Palette(Palette),
    Colors(u16, Quantizer),
}

/// `dither`, with `change` if that has a meaning.
fn with(dither: Dither, change: impl FnOnce(Dither) -> Dither) -> Dither {
    let changed = change(dither.clone());
    let has_meaning = Transform::from(Operation::Dither(changed.clone())).check().is_ok();
    if has_meaning { changed } else { dither }
}

pub(crate) fn options() -> impl Strategy<Value = Dither> {
    let levels = prop_oneof![
        Just([2; 3]),
        (2..=256_u16).prop_map(|levels| [levels; 3]),
        [2..=256_u16, 2..=256, 2..=256]
    ];
    let colors = prop_oneof![
        levels.prop_map(Wanted::Levels),
        palette().prop_map(Wanted::Palette),
        (2..=256_u16, select(Quantizer::ALL)).prop_map(|(n, how)| Wanted::Colors(n, how)),
    ];
    let strength = prop_oneof![Just(1000), 0..=1000_u16];
    let own = (matrix(), weights());
    let rest = (
        any::<[bool; 4]>(),
        strength,
        0..=1000_u16,
        any::<u32>(),
        select(Alpha::ALL),
        select(Metric::ALL),
    );
    (select(Algorithm::ALL), colors, own, rest).prop_map(
        |(algorithm, colors, (matrix, weights), (flags, strength, cutoff, seed, alpha, metric))| {
            let [serpentine, linear, grayscale, recolor] = flags;
            let thousandths = |n| Strength::from_thousandths(n).unwrap();
            let dither = match algorithm {
                Algorithm::Ordered => Dither::ordered(matrix),
                Algorithm::Kernel => Dither::kernel(weights),
                other => Dither::new(other),
            };
            let dither = with(dither.linear(linear).alpha(alpha), |dither| match colors {
                Wanted::Levels(levels) => {
                    dither.channel_levels(Levels::of_channels(levels).unwrap())
                }
                Wanted::Palette(palette) => dither.palette(palette),
                Wanted::Colors(n, how) => match dither.clone().colors(n) {
                    Ok(chosen) => chosen.quantizer(how).unwrap(),
                    Err(_) => dither,
                },
            });
            let dither = with(dither, |dither| dither.recolor(recolor));
            let dither = dither.clone().metric(metric).unwrap_or(dither);
            let dither = with(dither, |dither| dither.serpentine(serpentine));
            let dither = with(dither, |dither| dither.grayscale(grayscale));
            let dither = with(dither, |dither| dither.strength(thousandths(strength)));
            let dither = with(dither, |dither| dither.cutoff(thousandths(cutoff)));
            with(dither, |dither| dither.seed(seed))
        },
    )
}
