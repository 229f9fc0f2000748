//! Any transform.

use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::{
    Digest, Format,
    dither::tests::options::options,
    transform::{
        Accept, Adjust, Background, BitOrder, Blur, Caption, Color, Compression, Crop, Filter, Fit,
        Flatten, Flip, Gravity, MetadataPolicy, Operation, Output, Pad, Profile, Resize, Rotate,
        Round, Sharpen, Strength, Subsampling, Tint, Transform, Trim, Watermark,
    },
};

fn color() -> impl Strategy<Value = Color> {
    any::<[u8; 4]>().prop_map(|[red, green, blue, alpha]| Color::new(red, green, blue, alpha))
}

/// A number from `least` to `most` thousandths.
fn milli(range: std::ops::RangeInclusive<u32>) -> impl Strategy<Value = f64> {
    range.prop_map(|thousandths| f64::from(thousandths) / 1000.0)
}

fn gravity() -> impl Strategy<Value = Gravity> {
    prop_oneof![
        select(Gravity::SIDES),
        (milli(0..=1000), milli(0..=1000)).prop_map(|(x, y)| Gravity::point(x, y).unwrap()),
        select(vec![Gravity::Entropy, Gravity::Attention]),
    ]
}

fn background() -> impl Strategy<Value = Background> {
    prop_oneof![color().prop_map(Background::Color), Just(Background::Blur)]
}

fn resize() -> impl Strategy<Value = Resize> {
    let size = (option::of(1..=u32::MAX), option::of(1..=u32::MAX))
        .prop_filter("one side", |(width, height)| width.is_some() || height.is_some());
    let words = (select(Fit::ALL), gravity(), select(Filter::ALL));
    (size, words, background(), milli(1000..=8000), any::<(bool, bool, bool)>())
        .prop_map(
            |(
                (width, height),
                (fit, gravity, filter),
                background,
                dpr,
                (no_enlarge, linear, sharpen),
            )| {
                Resize::new(width, height)
                    .unwrap()
                    .fit(fit)
                    .gravity(gravity)
                    .filter(filter)
                    .background(background)
                    .no_enlarge(no_enlarge)
                    .dpr(dpr)
                    .unwrap()
                    .linear(linear)
                    .sharpen(sharpen)
            },
        )
        .prop_filter("a meaning for every option", |resize| resize.check().is_ok())
}

fn crop() -> impl Strategy<Value = Crop> {
    let pixels = (1..=u32::MAX, 1..=u32::MAX, option::of(any::<(u32, u32)>()), gravity()).prop_map(
        |(width, height, at, gravity)| {
            let crop = Crop::new(width, height).unwrap();
            at.map_or(crop.gravity(gravity), |(x, y)| crop.at(x, y))
        },
    );
    let percent =
        (milli(1..=100_000), milli(1..=100_000), option::of((0..=100_u32, 0..=100_u32)), gravity())
            .prop_map(|(width, height, at, gravity)| {
                let crop = Crop::percent(width, height).unwrap();
                at.map_or(crop.gravity(gravity), |(x, y)| crop.at(x, y))
            });
    prop_oneof![pixels, percent]
}

fn rotate() -> impl Strategy<Value = Rotate> {
    let free = (1..360_000_u32).prop_filter("not exact", |turn| turn % 90_000 != 0);
    let filter =
        select(vec![Filter::Nearest, Filter::Bilinear, Filter::CatmullRom, Filter::Mitchell]);
    let free = (free, color(), filter).prop_map(|(turn, background, filter)| {
        let turn = Rotate::new(f64::from(turn) / 1000.0).unwrap();
        turn.background(background).unwrap().filter(filter).unwrap()
    });
    prop_oneof![select(Rotate::QUARTERS), free]
}

fn effect() -> impl Strategy<Value = Operation> {
    let opaque = any::<[u8; 3]>().prop_map(|[red, green, blue]| Color::opaque(red, green, blue));
    let margins = any::<[u16; 4]>().prop_filter("a margin", |margins| *margins != [0; 4]);
    let strength = (0..=1000_u16).prop_map(|share| Strength::from_thousandths(share).unwrap());
    prop_oneof![
        (any::<u8>(), option::of(color())).prop_map(|(tolerance, color)| {
            let trim = Trim::new().tolerance(tolerance);
            Operation::Trim(color.map_or(trim, |color| trim.color(color)))
        }),
        (margins, background()).prop_map(|(margins, background)| {
            let [top, right, bottom, left] = margins.map(u32::from);
            Operation::Pad(Pad::new(top, right, bottom, left).unwrap().background(background))
        }),
        (
            milli(0..=10_000),
            milli(0..=10_000),
            milli(0..=10_000),
            milli(1..=359_999),
            milli(100..=10_000)
        )
            .prop_map(|(brightness, contrast, saturation, hue, gamma)| {
                let adjust =
                    Adjust::new().brightness(brightness).unwrap().contrast(contrast).unwrap();
                let adjust = adjust.saturation(saturation).unwrap().hue(hue).unwrap();
                Operation::Adjust(adjust.gamma(gamma).unwrap())
            }),
        (opaque.clone(), strength).prop_map(|(color, strength)| Operation::Tint(
            Tint::new(color).unwrap().strength(strength)
        )),
        milli(300..=1_000_000).prop_map(|sigma| Operation::Blur(Blur::new(sigma).unwrap())),
        Just(Operation::Sharpen(Sharpen::mild())),
        (milli(300..=1_000_000), milli(1..=10_000), milli(0..=1000)).prop_map(
            |(sigma, amount, threshold)| {
                let sharpen = Sharpen::unsharp(sigma).unwrap().amount(amount).unwrap();
                Operation::Sharpen(sharpen.threshold(threshold).unwrap())
            }
        ),
        opaque.prop_map(|color| Operation::Flatten(Flatten::new(color).unwrap())),
        (1..=65_535_u32, color()).prop_map(|(radius, color)| Operation::Round(
            Round::new(radius).unwrap().background(color)
        )),
        (milli(1..=50_000), color()).prop_map(|(radius, color)| Operation::Round(
            Round::percent(radius).unwrap().background(color)
        )),
    ]
}

fn overlay() -> impl Strategy<Value = Operation> {
    let place = prop_oneof![
        select(Gravity::SIDES),
        (milli(0..=1000), milli(0..=1000)).prop_map(|(x, y)| Gravity::point(x, y).unwrap()),
    ];
    let strength = (0..=1000_u16).prop_map(|share| Strength::from_thousandths(share).unwrap());
    let common = (place, 0..=65_535_u32, strength);
    prop_oneof![
        (any::<[u8; 32]>(), common.clone(), option::of(milli(1..=1000)), any::<bool>()).prop_map(
            |(bytes, (gravity, margin, opacity), scale, tile)| {
                let mark = Watermark::new(Digest::of(&bytes)).gravity(gravity).margin(margin);
                let mark = mark.opacity(opacity).tile(tile);
                Operation::Watermark(scale.map_or(mark, |scale| mark.scale(scale).unwrap()))
            }
        ),
        ("\\PC{1,40}", common, 4..=1000_u32, color(), option::of(color())).prop_map(
            |(text, (gravity, margin, opacity), size, color, background)| {
                let caption = Caption::new(text).unwrap().size(size).unwrap().color(color);
                let caption = caption.gravity(gravity).margin(margin).opacity(opacity);
                Operation::Caption(
                    background.map_or(caption.clone(), |color| caption.background(color)),
                )
            }
        ),
    ]
}

fn output() -> impl Strategy<Value = Output> {
    prop_oneof![
        Just(Output::same()),
        select(Format::ALL.into_iter().filter(|format| format.is_written()).collect::<Vec<_>>())
            .prop_map(Output::new),
        (1..=100_u8).prop_map(|quality| Output::jpeg().quality(quality).unwrap()),
        (1..=100_u8).prop_map(|quality| Output::webp().quality(quality).unwrap()),
        (0..=6_u8).prop_map(|effort| Output::webp().effort(effort).unwrap()),
        Just(Output::webp().lossless().unwrap()),
        (select(Profile::ALL), select(vec![Output::jpeg(), Output::same()]))
            .prop_map(|(profile, output)| output.profile(profile).unwrap()),
        (30..=95_u8).prop_map(|target| Output::jpeg().visual_target(target).unwrap()),
        Just(Output::auto(Accept::new().with(Format::WebP).unwrap())),
        select(vec![
            Output::same(),
            Output::auto(Accept::new()),
            Output::webp(),
            Output::new(Format::Gif)
        ])
        .prop_map(|output| output.still().unwrap()),
        select(MetadataPolicy::ALL).prop_map(|policy| Output::same().metadata(policy).unwrap()),
        (select(Subsampling::ALL), any::<bool>(), any::<bool>()).prop_map(
            |(subsampling, progressive, optimize)| {
                let jpeg = Output::jpeg().subsampling(subsampling).unwrap();
                let jpeg = if progressive { jpeg.progressive().unwrap() } else { jpeg };
                if optimize { jpeg.optimize().unwrap() } else { jpeg }
            }
        ),
        (select(Compression::ALL), any::<bool>()).prop_map(|(compression, optimize)| {
            let png = Output::png().compression(compression).unwrap();
            if optimize { png.optimize().unwrap() } else { png }
        }),
        (option::of(select(vec![1, 2, 4, 8])), select(BitOrder::ALL), any::<bool>()).prop_map(
            |(bits, order, invert)| {
                let raw = Output::raw().bit_order(order).unwrap();
                let raw = bits.map_or(raw, |bits| raw.bits(bits).unwrap());
                if invert { raw.invert().unwrap() } else { raw }
            }
        ),
    ]
}

pub(super) fn transform() -> impl Strategy<Value = Transform> {
    let operation = prop_oneof![
        resize().prop_map(Operation::Resize),
        crop().prop_map(Operation::Crop),
        rotate().prop_map(Operation::Rotate),
        effect(),
        overlay(),
        select(Flip::ALL).prop_map(Operation::Flip),
        Just(Operation::Grayscale),
        options().prop_map(Operation::Dither),
    ];
    (vec(operation, 0..6), output())
        .prop_map(|(operations, output)| {
            operations.into_iter().fold(Transform::new().output(output), Transform::then)
        })
        .prop_filter("short enough to have a name", |transform| transform.check().is_ok())
}
