//! The text form: every spelling is read, one is printed.

mod strategies;

use proptest::{collection::vec, prelude::*, sample::select};

use self::strategies::transform;
use super::*;
use crate::ErrorKind;

fn canonical(text: &str) -> String {
    text.parse::<Transform>().unwrap().to_string()
}

#[test]
fn spellings_have_one_canonical_text() {
    for (typed, printed) in [
        ("same", "same"),
        ("auto:accept=webp", "auto:accept=webp"),
        ("auto:target=70:accept=webp:still", "auto:accept=webp:quality=auto:still"),
        ("jpg:target=80:quality=auto", "jpg:quality=auto:target=80"),
        ("jpg:profile=original:quality=70", "jpg:quality=70:profile=original"),
        ("webp:quality=auto:effort=6", "webp:quality=auto:effort=6"),
        ("png", "png"),
        ("jpeg", "jpg"),
        ("tif", "tiff"),
        ("jpg:quality=80", "jpg:quality=80"),
        ("webp:lossless", "webp:lossless"),
        ("webp:effort=06:quality=9", "webp:quality=9:effort=6"),
        (
            "jpg:optimize:progressive:subsampling=422:quality=82",
            "jpg:quality=82:subsampling=422:progressive:optimize",
        ),
        ("png:optimize:compression=best", "png:compression=best:optimize"),
        ("jpg:metadata=strip", "jpg"),
        ("jpg:metadata=all:quality=9", "jpg:quality=9:metadata=all"),
        ("auto:metadata=copyright", "auto:metadata=copyright"),
        ("dither:atkinson,pbm", "dither:atkinson,pbm"),
        ("bin", "raw"),
        ("raw:order=msb", "raw"),
        ("raw:invert:order=lsb:bits=4", "raw:bits=4:order=lsb:invert"),
        ("resize:320x,same", "resize:320x"),
        ("resize:0320x0240:inside", "resize:320x240"),
        ("resize:x240:fit=outside:gravity=center", "resize:x240:outside"),
        (
            "resize:320x240:linear:filter=triangle:no-enlarge:background=FFFFFFFF:gravity=north:contain",
            "resize:320x240:contain:gravity=north:background=ffffff:no-enlarge:filter=bilinear:linear",
        ),
        ("crop:640x480@10x20", "crop:640x480@10x20"),
        ("crop:640x480:gravity=center", "crop:640x480"),
        ("rotate:090,flip:vertical,greyscale", "rotate:90,flip:vertical,grayscale"),
        ("rotate:-7.50:filter=catmull-rom:background=000000", "rotate:352.5:background=000000"),
        ("rotate:45:filter=triangle", "rotate:45:filter=bilinear"),
        ("resize:320x240:cover:gravity=30%x70%", "resize:320x240:cover:gravity=0.3x0.7"),
        ("resize:320x240:cover:gravity=0.5x0", "resize:320x240:cover:gravity=north"),
        (
            "resize:9x9:sharpen:dpr=2.0:cover:gravity=attention",
            "resize:9x9:cover:gravity=attention:dpr=2:sharpen",
        ),
        ("resize:9x9:contain:background=blur:dpr=1", "resize:9x9:contain:background=blur"),
        ("crop:50%x33.30%", "crop:50x33.3:percent"),
        ("crop:50x33.3@0x1:percent", "crop:50x33.3@0x1:percent"),
        ("crop:5x5:gravity=entropy", "crop:5x5:gravity=entropy"),
        ("trim:color=FFFFFF:tolerance=010", "trim:color=ffffff"),
        ("pad:10.10.10.10", "pad:10"),
        ("extend:1.2.1.2:background=blur", "pad:1.2:background=blur"),
        ("pad:0.0.0.9", "pad:0.0.0.9"),
        ("adjust:gamma=2.2:brightness=1.10", "adjust:brightness=1.1:gamma=2.2"),
        ("adjust:hue=90.5:saturation=0:contrast=1", "adjust:saturation=0:hue=90.5"),
        ("tint:704214:strength=1", "tint:704214"),
        ("blur:02.500", "blur:2.5"),
        ("sharpen", "sharpen"),
        ("sharpen:threshold=0:amount=1:sigma=1", "sharpen:sigma=1"),
        ("flatten:background=FFFFFF", "flatten"),
        ("round:50%:background=ffffff00", "round:50:percent"),
        ("round:12", "round:12"),
        ("caption:Hello@2C_you!", "caption:Hello@2c_you@21"),
        ("caption:{time}:color=FFFFFF:size=024:margin=10", "caption:@7btime@7d"),
        (
            "caption:x:opacity=0.5:margin=0:gravity=0.1x0.2:background=00000080:color=ff0000:size=9",
            "caption:x:size=9:color=ff0000:background=00000080:gravity=0.1x0.2:margin=0:opacity=0.5",
        ),
        (
            "watermark:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff:tile:scale=0.50:opacity=1",
            "watermark:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff:scale=0.5:tile",
        ),
        ("dither:floyd-steinberg:levels=2:serpentine,png", "dither:floyd-steinberg:serpentine,png"),
        (
            "dither:bayer-8:strength=0.750:palette=gameboy",
            "dither:bayer-8:palette=gameboy:strength=0.75",
        ),
        (
            "dither:atkinson:metric=oklab:quantizer=k-means:colors=016",
            "dither:atkinson:colors=16:quantizer=k-means:metric=oklab",
        ),
        ("dither:atkinson:metric=rgb:quantizer=wu:colors=16", "dither:atkinson:colors=16"),
        (
            "dither:atkinson:linear:palette=FFFFFF.000000",
            "dither:atkinson:palette=ffffff.000000:linear",
        ),
        ("dither:atkinson:levels=4.4.4:greyscale", "dither:atkinson:levels=4:grayscale"),
        ("dither:kist:levels=8.08.4", "dither:kist:levels=8.8.4"),
        ("dither:ordered:matrix=0.02-3.1", "dither:ordered:matrix=0.2-3.1"),
        ("dither:kernel:weights=0.x.7-3.5.1@16", "dither:kernel:weights=0.x.7-3.5.1"),
        ("dither:kernel:weights=x.1@2:serpentine", "dither:kernel:weights=x.1@2:serpentine"),
        ("dither:threshold:cutoff=0.5", "dither:threshold"),
        ("dither:threshold:cutoff=0.25:alpha=threshold", "dither:threshold:cutoff=0.25"),
        (
            "dither:random:seed=007:alpha=keep:palette=cga:recolor",
            "dither:random:palette=cga:recolor:alpha=keep:seed=7",
        ),
    ] {
        assert_eq!(canonical(typed), printed, "{typed}");
        assert_eq!(canonical(printed), printed, "{typed}");
    }
}

#[test]
fn errors_name_the_field_the_value_and_the_range() {
    for (text, message) in [
        ("", "transform is empty; write same to leave the picture as it is"),
        ("png,", "format png must be the last element"),
        ("grayscale,", "transform has nothing between two commas, or at an end"),
        ("png,grayscale", "format png must be the last element"),
        ("resize", "resize needs a size, WxH, Wx or xH: resize:…"),
        ("resize:x", "resize needs a width or a height: WxH, Wx or xH"),
        ("resize:0x5", "resize width is 0, but must be at least 1"),
        ("resize:+5x", "resize width is \"+5\", but must be a whole number below 2^32"),
        (
            "resize:4294967296x",
            "resize width is \"4294967296\", but must be a whole number below 2^32",
        ),
        ("resize:5x5:cover:fill", "resize has two values at \"fill\""),
        ("resize:5x5:background=red", "color is \"red\", but must be rrggbb or rrggbbaa"),
        ("resize:5x5:gravity", "resize gravity needs a value: gravity=…"),
        ("resize:5x5:linear=1", "resize linear takes no value"),
        ("crop:5x5@1x1:gravity=north", "crop takes either @XxY or gravity=, not both"),
        ("crop:5@1", "crop is \"5@1\", but must be WxH or WxH@XxY"),
        ("flip:sideways", "unknown flip \"sideways\"; one of horizontal, vertical"),
        ("grayscale:1", "grayscale does not take \"1\"; it takes nothing more"),
        ("dither:atkinson:levels=1", "dither levels is 1, but must be 2 to 256"),
        ("dither:atkinson:levels=66000", "dither levels is 66000, but must be 2 to 256"),
        ("dither:atkinson:colors=257", "dither colors is 257, but must be 2 to 256"),
        ("dither:atkinson:colors=4:levels=4", "dither takes either levels or colors, not both"),
        ("dither:atkinson:colors=4:palette=cga", "dither takes either palette or colors, not both"),
        (
            "dither:atkinson:palette=cga:quantizer=wu",
            "dither quantizer chooses colors: it needs colors=",
        ),
        (
            "dither:atkinson:levels=4:metric=oklab",
            "dither metric compares colors: it needs palette= or colors=",
        ),
        ("dither:atkinson:levels=3:palette=cga", "dither takes either levels or palette, not both"),
        ("dither:atkinson:palette=ff0000", "palette has 1 colors, but must have 2 to 256"),
        (
            "dither:atkinson:palette=ff000080.000000",
            "palette color is ff000080, but must be opaque: rrggbb",
        ),
        (
            "dither:atkinson:strength=1.1",
            "strength is \"1.1\", but must be 0 to 1, with at most three decimals",
        ),
        ("jpg:quality=0", "jpg quality is 0, but must be 1 to 100"),
        ("jpg:quality=300", "jpg quality is 300, but must be 1 to 100"),
        ("png:quality=5", "png does not take quality; jpg, webp and avif do"),
        ("webp:lossless:quality=5", "webp takes either quality or lossless, not both"),
        ("png:lossless", "png does not take lossless; only webp does"),
        ("png:progressive", "png does not take progressive; only jpg does"),
        ("webp:subsampling=420", "webp does not take subsampling; only jpg does"),
        ("jpg:subsampling=411", "unknown subsampling \"411\"; one of 444, 422, 420, 440"),
        ("jpg:compression=best", "jpg does not take compression; only png does"),
        ("png:compression=9", "unknown compression \"9\"; one of fast, balanced, best"),
        ("gif:metadata=all", "gif does not take metadata; jpg, png, webp and tiff do"),
        ("jpg:metadata=some", "unknown metadata \"some\"; one of strip, copyright, all"),
        ("webp:optimize", "webp does not take optimize; jpg and png do"),
        ("same:optimize", "same does not take optimize; jpg and png do"),
        ("jpg:optimize:optimize", "jpg has two values at \"optimize\""),
        ("jpg:progressive=yes", "jpg progressive takes no value"),
        ("jpg:quality=best", "jpg quality is \"best\", but must be a whole number below 2^32"),
        ("jpg:quality=80:target=70", "jpg takes either a quality or a target for it, not both"),
        ("jpg:target=99", "jpg target is 99, but must be 30 to 95"),
        ("png:quality=auto", "png does not take quality; jpg, webp and avif do"),
        ("auto:accept=png", "unknown accept \"png\"; one of avif, webp"),
        ("auto:effort=3", "auto does not take effort; webp and avif do"),
        ("gif:profile=original", "gif does not take profile; jpg, png, webp and tiff do"),
        ("jpg:profile=p3", "unknown profile \"p3\"; one of srgb, display-p3, original"),
        ("jpg:still", "jpg does not take still; webp and gif do"),
        ("jpg:effort=3", "jpg does not take effort; webp and avif do"),
        ("webp:effort=7", "webp effort is 7, but must be 0 to 6"),
        ("webp:lossless:effort=3", "webp takes either effort or lossless, not both"),
        ("raw:bits=3", "raw bits is 3, but must be 1, 2, 4 or 8"),
        ("raw:bits=256", "raw bits is 256, but must be 1, 2, 4 or 8"),
        ("raw:order=big", "unknown bit order \"big\"; one of msb, lsb"),
        ("raw:quality=5", "raw does not take quality; jpg, webp and avif do"),
        ("png:bits=4", "png does not take bits; only raw does"),
        ("same:invert", "same does not take invert; only raw does"),
        (
            "raw:depth=4",
            "raw does not take \"depth\"; it takes quality=, target=, accept=, lossless, effort=, subsampling=, progressive, compression=, optimize, metadata=, profile=, bits=, order=, invert, still",
        ),
    ] {
        let error = text.parse::<Transform>().unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
        assert_eq!(error.kind(), ErrorKind::InvalidTransform, "{text}");
    }
}

#[test]
fn errors_of_geometry_and_effects_name_the_field_too() {
    for (text, message) in [
        (
            "rotate:360",
            "rotate degrees is \"360\", but must be more than 0 and less than 360, with at most three decimals",
        ),
        (
            "rotate:90:background=000000",
            "rotate 90 is exact: background and filter have no meaning",
        ),
        (
            "rotate:9:filter=lanczos3",
            "rotate filter is lanczos3, but must be nearest, bilinear, catmull-rom or mitchell",
        ),
        ("resize:5x5:dpr=9", "resize dpr is 9, but must be 1 to 8"),
        (
            "resize:5x5:dpr=two",
            "resize dpr is \"two\", but must be a number with at most three decimals",
        ),
        (
            "resize:5x5:gravity=attention",
            "resize gravity attention chooses what to keep: it needs cover, and both sides",
        ),
        (
            "resize:5x:cover:gravity=entropy",
            "resize gravity entropy chooses what to keep: it needs cover, and both sides",
        ),
        (
            "resize:5x5:cover:background=blur",
            "resize background blur fills a box: it needs contain, and both sides",
        ),
        ("resize:5x5:cover:gravity=0.3", "gravity is \"0.3\", but a point is 0.3x0.7 or 30%,70%"),
        ("resize:5x5:cover:gravity=1.3x0", "gravity x is 1.3, but must be 0 to 1"),
        ("crop:50%x5", "crop \"50%x5\" takes either pixels or percent, not both"),
        (
            "crop:101x5:percent",
            "crop width is 101, but must be more than 0 and at most 100 percent",
        ),
        ("crop:1.5x5", "crop width is \"1.5\", but must be a whole number below 2^32"),
        ("trim:tolerance=256", "trim tolerance is 256, but must be 0 to 255"),
        ("pad:0", "pad needs a margin that is not 0"),
        ("pad:1.2.3", "pad takes one margin, two or four: TOP.RIGHT.BOTTOM.LEFT"),
        ("pad:70000", "pad margin is 70000, but must be 0 to 65535"),
        (
            "adjust:hue=0",
            "adjust changes nothing: it needs brightness=, contrast=, saturation=, hue= or gamma=",
        ),
        ("adjust:contrast=11", "adjust contrast is 11, but must be 0 to 10"),
        ("tint:70421480", "tint color is 70421480, but must be opaque: rrggbb"),
        ("blur:0.2", "blur sigma is 0.2, but must be 0.3 to 1000"),
        ("blur:-1", "blur sigma is \"-1\", but must be 0.3 to 1000, with at most three decimals"),
        (
            "sharpen:amount=2",
            "sharpen amount and threshold are of an unsharp mask: they need sigma=",
        ),
        ("sharpen:sigma=1:amount=0", "sharpen amount is 0, but must be 0.001 to 10"),
        (
            "flatten:background=00000000",
            "flatten background is 00000000, but must be opaque: rrggbb",
        ),
        (
            "watermark:logo",
            "watermark is \"logo\", but must be 64 hexadecimal digits, the BLAKE3 of the picture's file",
        ),
        ("caption:", "caption needs a text, such as Hello_world: caption:…"),
        ("caption:a@0ab", "caption has a control character; it is one line of text"),
        ("caption:a@", "caption \"a@\" has an @ without two hexadecimal digits"),
        ("caption:a:size=2", "caption size is 2, but must be 4 to 1000"),
        (
            "caption:a:gravity=entropy",
            "caption gravity entropy has no meaning: it chooses what to keep",
        ),
        ("round:1.5", "round radius is 1.5, but must be a whole number from 1 to 65535"),
        (
            "round:51%",
            "round radius is 51, but must be more than 0 and at most 50 percent, with at most three decimals",
        ),
    ] {
        let error = text.parse::<Transform>().unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
        assert_eq!(error.kind(), ErrorKind::InvalidTransform, "{text}");
    }
}

#[test]
fn options_of_a_dither_that_mean_nothing_are_refused() {
    for (text, message) in [
        ("dither:atkinson:levels=8.8", "dither levels is \"8.8\", but must be one number or three"),
        ("dither:atkinson:levels=8.8.1", "dither levels is 1, but must be 2 to 256"),
        ("dither:atkinson:recolor", "dither recolor needs colors to show: palette= or colors="),
        (
            "dither:bayer-8:serpentine",
            "dither serpentine has no meaning for bayer-8; it is for error diffusion by a kernel",
        ),
        (
            "dither:threshold:strength=0.5",
            "dither strength has no meaning for threshold; it is for what spreads an error or has a pattern of \
             thresholds",
        ),
        (
            "dither:atkinson:cutoff=0.4",
            "dither cutoff has no meaning for atkinson; it is for threshold",
        ),
        ("dither:ordered", "dither ordered needs matrix=0.2-3.1"),
        ("dither:kernel", "dither kernel needs weights=0.x.7-3.5.1@16"),
        ("dither:stucki:matrix=0.1", "dither matrix has no meaning for stucki; it is for ordered"),
        (
            "dither:ordered:matrix=0.1-2",
            "row 2 of the dither matrix has 1 numbers, but the first has 2",
        ),
        ("dither:ordered:matrix=65536", "dither matrix entry is 65536, but must be 0 to 65535"),
        (
            "dither:kernel:weights=7-3.5.1",
            "dither weights need one x, at the pixel: 0.x.7-3.5.1@16",
        ),
        (
            "dither:kernel:weights=1.x.7",
            "dither weights of the first row must be 0 up to the pixel: they are done",
        ),
        (
            "dither:kernel:weights=x.7@6",
            "the sum of the dither weights is 7, but must be more than 0 and at most the divisor",
        ),
        (
            "dither:kernel:weights=x.0.0.0.0.0.0.0.1",
            "dither weights reach too far: at most 7 columns before the pixel and 7 behind",
        ),
        ("dither:otsu:levels=3", "dither otsu finds one threshold: levels=2, or a palette of two"),
        (
            "dither:otsu:palette=ff0000.00ff00",
            "dither otsu cuts between grays; add recolor to use a palette of colors",
        ),
    ] {
        let error = text.parse::<Transform>().unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
        assert_eq!(error.kind(), ErrorKind::InvalidTransform, "{text}");
    }
}

#[test]
fn unknown_names_list_what_exists() {
    let error = "crisp".parse::<Transform>().unwrap_err().to_string();
    assert_eq!(
        error,
        "unknown operation or format \"crisp\"; one of resize, crop, trim, pad, rotate, flip, grayscale, \
         adjust, tint, blur, sharpen, flatten, round, watermark, caption, dither, jpg, png, webp, gif, bmp, tiff, qoi, pbm, pgm, ppm, avif, jxl, raw"
    );
    let error = "dither:blurry".parse::<Transform>().unwrap_err().to_string();
    assert!(error.contains("floyd-steinberg, ") && error.ends_with("threshold"), "{error}");
    let error = "dither:atkinson:palette=nes".parse::<Transform>().unwrap_err().to_string();
    assert!(error.contains("gameboy"), "{error}");
}

#[test]
fn length_is_bounded_at_every_door() {
    let long = "flip:vertical,".repeat(32) + "flip:vertical";
    assert!(long.parse::<Transform>().unwrap_err().to_string().contains("33 operations"));
    let huge = "x".repeat(2049);
    assert!(huge.parse::<Transform>().unwrap_err().to_string().contains("2049 bytes"));
    let operations = vec!["\"grayscale\""; 33].join(",");
    let json = format!("{{\"operations\":[{operations}]}}");
    assert!(serde_json::from_str::<Transform>(&json).is_err());
    let built = (0..33).fold(Transform::new(), |transform, _| transform.grayscale());
    assert!(built.check().is_err());
}

#[test]
fn json_is_plain_and_checked() {
    let transform: Transform =
        "resize:320x,rotate:90,grayscale,dither:atkinson:levels=4:strength=0.5,jpg:quality=80"
            .parse()
            .unwrap();
    let json = serde_json::json!({
        "operations": [
            {"resize": {"width": 320}},
            {"rotate": 90},
            "grayscale",
            {"dither": {"algorithm": "atkinson", "levels": 4, "strength": 0.5}},
        ],
        "output": {"format": "jpg", "quality": 80},
    });
    assert_eq!(serde_json::from_value::<Transform>(json).unwrap(), transform);
    for wrong in [
        r#"{"operations":[{"resize":{}}]}"#,
        r#"{"operations":[{"resize":{"width":0}}]}"#,
        r#"{"operations":[{"resize":{"width":5,"hieght":5}}]}"#,
        r#"{"operations":[{"rotate":400}]}"#,
        r#"{"operations":[{"rotate":{"degrees":90,"background":"000000"}}]}"#,
        r#"{"operations":[{"adjust":{}}]}"#,
        r#"{"operations":[{"crop":{"width":5.5,"height":5}}]}"#,
        r#"{"operations":[{"blur":{"sigma":0.1}}]}"#,
        r#"{"operations":[{"sharpen":{"amount":2}}]}"#,
        r#"{"operations":[{"pad":{}}]}"#,
        r#"{"operations":[{"round":{"radius":60,"percent":true}}]}"#,
        r#"{"operations":[{"dither":{"algorithm":"atkinson","levels":1}}]}"#,
        r#"{"operations":[{"dither":{"algorithm":"atkinson","strength":1.5}}]}"#,
        r#"{"output":{"format":"png","quality":5}}"#,
        r#"{"output":{"format":"png","bits":4}}"#,
        r#"{"output":{"format":"raw","bits":5}}"#,
        r#"{"output":{"format":"raw","order":"middle"}}"#,
    ] {
        assert!(serde_json::from_str::<Transform>(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn text_and_json_round_trip(transform in transform()) {
        let text = transform.to_string();
        prop_assert_eq!(&text.parse::<Transform>().unwrap(), &transform);
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || b",:=@.-_".contains(&byte);
        prop_assert!(text.bytes().all(safe), "{}", text);
        let json = serde_json::to_string(&transform).unwrap();
        prop_assert_eq!(serde_json::from_str::<Transform>(&json).unwrap(), transform);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        let _ = text.parse::<Transform>();
    }

    #[test]
    fn what_is_printed_is_a_fixed_point(
        text in vec(select(vec![
            "resize", "crop", "dither", "flip", "jpg", "png", "auto", "same", "grayscale", ":", ":", ",", "=", "x", "@",
            "320", "0", "64", "cover", "gravity=", "north", "levels=", "strength=0.5", "palette=", "colors=", "metric=oklab", "ff0000", ".",
            "atkinson", "horizontal", "bayer-8", "quality=80", "rotate", "blur", "round", "pad", "trim", "adjust", "tint",
            "caption", "A", "@41", "_", "watermark", "sharpen", "sigma=", "%", "percent", "attention", "background=", "blur", "dpr=", "brightness=", "1.5", "-",
        ]), 1..14).prop_map(|parts| parts.concat())
    ) {
        if let Ok(transform) = text.parse::<Transform>() {
            let printed = transform.to_string();
            let again: Transform = printed.parse().unwrap();
            prop_assert_eq!(again.to_string(), printed);
            prop_assert_eq!(again, transform);
        }
    }
}
