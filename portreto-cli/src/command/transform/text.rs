//! Flags to a transform, by way of its text: what a flag means is what the word means there.

use std::num::NonZeroU32;

use anyhow::{Context as _, Result, bail};
use portreto_core::{
    Format, Transform,
    transform::{Presets, Rotate},
};

use super::{overlay, palette::palette, rows};
use crate::args::Operations;

/// What was typed: a transform, or one for each of the widths, and what tells its file's name from the others'.
pub(super) fn transforms(
    typed: &Operations,
    presets: &Presets,
    format: Option<Format>,
) -> Result<Vec<(String, Transform)>> {
    if typed.widths.is_empty() {
        return Ok(vec![(String::new(), transform(typed, presets, format)?)]);
    }
    let of_width = |width: &NonZeroU32| {
        let typed = Operations { resize: Some(format!("{width}x")), ..typed.clone() };
        Ok((format!("-{width}"), transform(&typed, presets, format)?))
    };
    typed.widths.iter().map(of_width).collect()
}

/// The transform that was typed. `format` is what the output's name promises, for `--quality` without `--format`.
pub(super) fn transform(
    typed: &Operations,
    presets: &Presets,
    format: Option<Format>,
) -> Result<Transform> {
    if let Some(text) = typed.transform.as_ref().or(typed.preset.as_ref()) {
        return Ok(text.read(presets)?);
    }
    if typed.linear && typed.resize.is_none() && typed.dither.is_none() {
        bail!("--linear is a way to resize or dither: it needs --resize or --dither");
    }
    if typed.gravity.is_some() && typed.resize.is_none() && typed.crop.is_none() {
        bail!("--gravity is a way to crop or resize: it needs --crop or --resize");
    }
    if typed.background.is_some() && !has_room(typed) {
        bail!(
            "--background fills room: it needs --resize, --pad, --round or a --rotate that is no quarter turn"
        );
    }
    let elements = [
        typed.trim.map(|tolerance| format!("trim:tolerance={tolerance}")),
        crop(typed),
        resize(typed),
        rotate(typed),
        typed.flip.map(|flip| format!("flip:{flip}")),
        typed.pad.as_ref().map(|margins| on_background(typed, format!("pad:{margins}"))),
        typed.flatten.map(|color| format!("flatten:background={color}")),
        typed.grayscale.then(|| "grayscale".to_owned()),
        adjust(typed),
        typed.tint.map(|color| format!("tint:{color}")),
        typed.blur.as_ref().map(|sigma| format!("blur:{sigma}")),
        sharpen(typed),
        typed.round.as_ref().map(|radius| on_background(typed, format!("round:{radius}"))),
        overlay::watermark(typed)?,
        overlay::caption(typed)?,
        dither(typed)?,
        output(typed, format)?,
    ];
    let text = elements.into_iter().flatten().collect::<Vec<_>>().join(",");
    let text = if text.is_empty() { "same" } else { &text };
    text.parse().with_context(|| format!("the flags make no transform ({text})"))
}

fn crop(typed: &Operations) -> Option<String> {
    let size = typed.crop.as_ref()?;
    // A place that was typed wins over a side, if the side can mean the resize.
    let means_resize = size.contains('@') && typed.resize.is_some();
    let gravity = typed.gravity.filter(|_| !means_resize);
    Some(element(format!("crop:{size}"), [gravity.map(|side| format!("gravity={side}"))]))
}

fn resize(typed: &Operations) -> Option<String> {
    let arguments = [
        typed.fit.map(|fit| fit.to_string()),
        typed.gravity.map(|side| format!("gravity={side}")),
        typed.background.map(|color| format!("background={color}")),
        typed.no_enlarge.then(|| "no-enlarge".to_owned()),
        typed.dpr.as_ref().map(|dpr| format!("dpr={dpr}")),
        typed.filter.map(|filter| format!("filter={filter}")),
        typed.linear.then(|| "linear".to_owned()),
    ];
    Some(element(format!("resize:{}", typed.resize.as_ref()?), arguments))
}

fn rotate(typed: &Operations) -> Option<String> {
    let turn = format!("rotate:{}", typed.rotate?);
    Some(if is_quarter(typed) { turn } else { on_background(typed, turn) })
}

fn is_quarter(typed: &Operations) -> bool {
    typed.rotate.is_some_and(|turn| Rotate::QUARTERS.contains(&turn))
}

/// Whether some operation has a background.
fn has_room(typed: &Operations) -> bool {
    let turns = typed.rotate.is_some() && !is_quarter(typed);
    typed.resize.is_some() || typed.pad.is_some() || typed.round.is_some() || turns
}

fn on_background(typed: &Operations, name: String) -> String {
    element(name, [typed.background.map(|background| format!("background={background}"))])
}

fn adjust(typed: &Operations) -> Option<String> {
    let arguments = [
        ("brightness", &typed.brightness),
        ("contrast", &typed.contrast),
        ("saturation", &typed.saturation),
        ("hue", &typed.hue),
        ("gamma", &typed.gamma),
    ];
    let arguments =
        arguments.map(|(name, value)| value.as_ref().map(|value| format!("{name}={value}")));
    let is_typed = arguments.iter().any(Option::is_some);
    is_typed.then(|| element("adjust".to_owned(), arguments))
}

fn sharpen(typed: &Operations) -> Option<String> {
    Some(match typed.sharpen.as_deref()? {
        "mild" => "sharpen".to_owned(),
        sigma => format!("sharpen:sigma={sigma}"),
    })
}

fn dither(typed: &Operations) -> Result<Option<String>> {
    let Some(algorithm) = typed.dither else { return Ok(None) };
    let palette = typed.palette.as_deref().map(palette).transpose()?;
    let matrix = typed.matrix.as_deref().map(rows::matrix).transpose()?;
    let weights = typed.kernel.as_deref().map(rows::weights).transpose()?;
    let arguments = [
        matrix.map(|matrix| format!("matrix={matrix}")),
        weights.map(|weights| format!("weights={weights}")),
        typed.levels.map(|levels| format!("levels={levels}")),
        palette.map(|palette| format!("palette={palette}")),
        typed.colors.map(|colors| format!("colors={colors}")),
        typed.quantizer.map(|quantizer| format!("quantizer={quantizer}")),
        typed.metric.map(|metric| format!("metric={metric}")),
        typed.recolor.then(|| "recolor".to_owned()),
        typed.serpentine.then(|| "serpentine".to_owned()),
        typed.strength.map(|strength| format!("strength={strength}")),
        typed.cutoff.map(|cutoff| format!("cutoff={cutoff}")),
        typed.alpha.map(|alpha| format!("alpha={alpha}")),
        typed.seed.map(|seed| format!("seed={seed}")),
        typed.linear.then(|| "linear".to_owned()),
    ];
    Ok(Some(element(format!("dither:{algorithm}"), arguments)))
}

fn output(typed: &Operations, promised: Option<Format>) -> Result<Option<String>> {
    let arguments = [
        typed.accept.map(|accept| format!("accept={accept}")),
        typed.target.map(|target| format!("target={target}")),
        typed.quality.as_ref().map(|quality| format!("quality={quality}")),
        typed.lossless.then(|| "lossless".to_owned()),
        typed.effort.map(|effort| format!("effort={effort}")),
        typed.subsampling.map(|subsampling| format!("subsampling={subsampling}")),
        typed.progressive.then(|| "progressive".to_owned()),
        typed.compression.map(|compression| format!("compression={compression}")),
        typed.optimize.then(|| "optimize".to_owned()),
        typed.profile.map(|profile| format!("profile={profile}")),
        typed.metadata.map(|policy| format!("metadata={policy}")),
        typed.bits.map(|bits| format!("bits={bits}")),
        typed.bit_order.map(|order| format!("order={order}")),
        typed.invert_bits.then(|| "invert".to_owned()),
        typed.still.then(|| "still".to_owned()),
    ];
    let n_typed = arguments.iter().flatten().count();
    // What has a meaning whatever the format will be.
    let n_any = [typed.profile.is_some(), typed.metadata.is_some(), typed.still];
    let n_any = n_any.into_iter().filter(|typed| *typed).count();
    let format = match &typed.format {
        Some(format) => format.clone(),
        None if n_typed == 0 => return Ok(None),
        None => match promised {
            Some(format) => format.to_string(),
            None if n_typed == n_any => "same".to_owned(),
            None => bail!(NEEDS_FORMAT),
        },
    };
    Ok(Some(element(format, arguments)))
}

const NEEDS_FORMAT: &str = "--quality, --optimize and the other ways to encode need --format, or a file name that promises one";

/// An element of the text: its name and those arguments that were typed.
pub(super) fn element<const N: usize>(name: String, arguments: [Option<String>; N]) -> String {
    let parts: Vec<String> = std::iter::once(name).chain(arguments.into_iter().flatten()).collect();
    parts.join(":")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{
        args::{Cli, Command},
        output::one_line,
    };

    fn typed(flags: &str) -> Result<Transform> {
        let line = format!("portreto transform in.jpg -o out {flags}");
        let Command::Transform(args) = Cli::try_parse_from(line.split_whitespace())?.command else {
            unreachable!("{line}")
        };
        let mut presets = Presets::new();
        presets.define("web", "resize:1600x,jpg:quality=70")?;
        transform(&args.operations, &presets, None)
    }

    #[test]
    fn flags_mean_what_the_text_means() {
        for (flags, text) in [
            ("", "same"),
            ("--resize 320x240", "resize:320x240"),
            ("--resize x240 --fit cover --gravity north", "resize:x240:cover:gravity=north"),
            ("--crop 10x20@1x2 --rotate 90", "crop:10x20@1x2,rotate:90"),
            (
                "--crop 10x20@1x2 --resize 5x5 --gravity east",
                "crop:10x20@1x2,resize:5x5:gravity=east",
            ),
            ("--crop 10x20 --gravity east", "crop:10x20:gravity=east"),
            ("--flip horizontal --grayscale --format png", "flip:horizontal,grayscale,png"),
            (
                "--resize 9x --linear --dither atkinson --levels 4 --serpentine --strength 0.5",
                "resize:9x:linear,dither:atkinson:levels=4:serpentine:strength=0.5:linear",
            ),
            (
                "--dither burkes --colors 16 --quantizer octree --metric oklab",
                "dither:burkes:colors=16:quantizer=octree:metric=oklab",
            ),
            ("--dither bayer-8 --palette 000000,ff0000", "dither:bayer-8:palette=000000.ff0000"),
            ("--dither fan --levels 8,8,4 --alpha keep", "dither:fan:levels=8.8.4:alpha=keep"),
            ("--dither random --seed 7", "dither:random:seed=7"),
            ("--dither kist --palette cga --recolor", "dither:kist:palette=cga:recolor"),
            ("--dither threshold --cutoff 0.3", "dither:threshold:cutoff=0.3"),
            (
                "--resize 9x9 --fit contain --background ff0000 --no-enlarge --filter mitchell",
                "resize:9x9:contain:background=ff0000:no-enlarge:filter=mitchell",
            ),
            ("--format jpg --quality 80", "jpg:quality=80"),
            (
                "--format jpg --subsampling 422 --progressive --optimize",
                "jpg:subsampling=422:progressive:optimize",
            ),
            ("--format png --compression best --optimize", "png:compression=best:optimize"),
            ("--format webp --effort 6", "webp:effort=6"),
            ("--format tiff --metadata copyright", "tiff:metadata=copyright"),
            ("--resize 9x9 --metadata all", "resize:9x9,same:metadata=all"),
            ("--trim --crop 50%x33.3%", "trim,crop:50x33.3:percent"),
            ("--trim=0 --flatten=000000", "trim:tolerance=0,flatten:background=000000"),
            (
                "--resize 9x9 --fit cover --gravity 30%,70% --dpr 2",
                "resize:9x9:cover:gravity=0.3x0.7:dpr=2",
            ),
            (
                "--resize 9x9 --fit contain --pad 5 --background blur",
                "resize:9x9:contain:background=blur,pad:5:background=blur",
            ),
            ("--rotate -7.5 --background 000000", "rotate:352.5:background=000000"),
            (
                "--rotate 90 --round 50% --background 000000",
                "rotate:90,round:50%:background=000000",
            ),
            (
                "--gamma 2 --brightness 1.1 --contrast 1.2 --saturation 0 --hue 9 --grayscale",
                "grayscale,adjust:brightness=1.1:contrast=1.2:saturation=0:hue=9:gamma=2",
            ),
            ("--sharpen --blur 2 --tint 704214", "tint:704214,blur:2,sharpen"),
            ("--sharpen=1.5", "sharpen:sigma=1.5"),
            ("--preset web", "resize:1600x,jpg:quality=70"),
            ("--transform rotate:90,preset:web,png", "rotate:90,resize:1600x,png"),
            (
                "--caption {name}! --caption-size 9 --caption-gravity north --caption-background 000000",
                "caption:@7bname@7d@21:size=9:background=000000:gravity=north",
            ),
            ("--format webp --lossless", "webp:lossless"),
            ("--format gif --still", "gif:still"),
            (
                "--still --metadata all --profile original",
                "same:metadata=all:profile=original:still",
            ),
            ("--format webp --profile display-p3", "webp:profile=display-p3"),
            ("--format auto --accept webp --quality auto", "auto:accept=webp:quality=auto"),
            ("--format jpg --target 85", "jpg:quality=auto:target=85"),
            ("--format same --still", "same:still"),
            (
                "--dither bayer-8 --format raw --bits 4 --bit-order lsb --invert-bits",
                "dither:bayer-8,raw:bits=4:order=lsb:invert",
            ),
            ("--dither atkinson --format pbm", "dither:atkinson,pbm"),
            ("--transform resize:320x,png", "resize:320x,png"),
        ] {
            let expected: Transform = text.parse().unwrap();
            assert_eq!(typed(flags).unwrap(), expected, "{flags}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_name() {
        for (flags, says) in [
            ("--resize 0x5", "resize width is 0"),
            ("--resize 320", "resize size is \"320\""),
            ("--resize 3x4,png", "a size is written"),
            ("--crop 5x5@1x1 --gravity north", "gravity"),
            ("--gravity north", "--gravity"),
            ("--linear", "--linear"),
            ("--fit cover", "--resize"),
            ("--resize 3x --fit covr", "cover"),
            ("--rotate 360", "less than 360"),
            ("--background 000000", "--pad"),
            ("--rotate 90 --background 000000", "--pad"),
            ("--rotate 9 --background blur", "color is"),
            ("--blur 2,png", "no meaning"),
            ("--brightness 11", "0 to 10"),
            ("--dpr 2", "--resize"),
            ("--preset wbe", "one of web"),
            ("--preset web --grayscale", "--grayscale"),
            ("--watermark no-such-file", "no-such-file"),
            ("--watermark-tile", "--watermark"),
            ("--caption-size 9", "--caption"),
            ("--caption x --caption-size 2", "4 to 1000"),
            ("--gravity attention --resize 9x9", "needs cover"),
            ("--trim=300", "300"),
            ("--levels 4", "--dither"),
            ("--dither atkinson --levels 1", "levels"),
            ("--dither atkins", "atkinson"),
            ("--dither atkinson --levels 8,8", "one number or three"),
            ("--dither atkinson --alpha half", "threshold"),
            ("--dither bayer-8 --serpentine", "no meaning"),
            ("--dither ordered", "needs matrix"),
            ("--dither ordered --matrix no-such-file", "no-such-file"),
            ("--dither atkinson --recolor", "palette="),
            ("--dither atkinson --strength 2", "0 to 1"),
            ("--dither atkinson --levels 2 --palette cga", "--palette"),
            ("--dither atkinson --colors 2 --palette cga", "--palette"),
            ("--dither atkinson --colors 1", "2 to 256"),
            ("--dither atkinson --palette cga --quantizer wu", "it needs colors="),
            ("--dither atkinson --metric oklab", "palette= or colors="),
            ("--dither atkinson --palette cga --metric hsv", "ciede2000"),
            ("--quality 80", "--format"),
            ("--format png --quality 80", "quality"),
            ("--format png --progressive", "png does not take progressive; only jpg does"),
            ("--format jpg --effort 3", "webp and avif do"),
            ("--format webp --effort 7", "0 to 6"),
            ("--format jpg --subsampling 411", "444"),
            ("--optimize", "--format"),
            ("--format jpg --accept webp", "accept"),
            ("--format auto --accept heic", "webp"),
            ("--format png --still", "webp and gif do"),
            ("--format bpm", "bmp"),
            ("--format gif --metadata all", "gif does not take metadata"),
            ("--metadata exif", "copyright"),
            ("--bits 4", "--format"),
            ("--format png --bits 4", "only raw does"),
            ("--format raw --bits 3", "1, 2, 4 or 8"),
            ("--format raw --bit-order big", "msb, lsb"),
            ("--transform raw --bits 4", "--bits"),
            ("--transform png --grayscale", "--grayscale"),
            ("--transform resize:", "resize"),
        ] {
            let error = typed(flags).unwrap_err();
            let error = one_line(error.as_ref());
            assert!(error.contains(says), "{flags}: {error}");
        }
    }
}
