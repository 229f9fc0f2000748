//! The pictures of `docs/transforms.md`.

use std::io::Cursor;

use image::ImageFormat;
use portreto_core::Digest;

use super::Picture;

/// What is done to the chart at 160 × 120 pixels: the name of the picture, the operations, the extension.
const PICTURES: &[(&str, &str, &str)] = &[
    ("original", "resize:160x120", "jpg"),
    ("resize-inside", "resize:96x96", "jpg"),
    ("resize-contain", "resize:96x96:contain:background=303030", "jpg"),
    ("resize-contain-blur", "resize:160x90:contain:background=blur", "jpg"),
    ("resize-cover", "resize:96x96:cover", "jpg"),
    ("resize-cover-northeast", "resize:48x96:cover:gravity=northeast", "jpg"),
    ("resize-cover-point", "resize:48x96:cover:gravity=0.25x0.6", "jpg"),
    ("resize-cover-attention", "resize:48x96:cover:gravity=attention", "jpg"),
    ("resize-cover-entropy", "resize:48x96:cover:gravity=entropy", "jpg"),
    ("resize-fill", "resize:96x96:fill", "jpg"),
    ("resize-outside", "resize:96x96:outside", "jpg"),
    ("resize-sharpen", "resize:160x120:sharpen", "jpg"),
    ("crop-pixels", "resize:160x120,crop:80x60@70x5", "jpg"),
    ("crop-percent", "resize:160x120,crop:50x50:percent", "jpg"),
    ("trim", "resize:96x72,pad:24:background=303030,trim", "jpg"),
    ("pad", "resize:128x96,pad:12.16:background=303030", "jpg"),
    ("rotate-90", "resize:160x120,rotate:90", "jpg"),
    ("rotate-15", "resize:128x96,rotate:15", "webp"),
    ("flip", "resize:160x120,flip:horizontal", "jpg"),
    ("grayscale", "resize:160x120,grayscale", "jpg"),
    ("adjust-brightness", "resize:160x120,adjust:brightness=1.4", "jpg"),
    ("adjust-contrast", "resize:160x120,adjust:contrast=1.6", "jpg"),
    ("adjust-saturation", "resize:160x120,adjust:saturation=2", "jpg"),
    ("adjust-hue", "resize:160x120,adjust:hue=90", "jpg"),
    ("adjust-gamma", "resize:160x120,adjust:gamma=1.8", "jpg"),
    ("tint", "resize:160x120,tint:704214", "jpg"),
    ("blur", "resize:160x120,blur:3", "jpg"),
    ("sharpen", "resize:160x120,sharpen", "jpg"),
    ("sharpen-unsharp", "resize:160x120,sharpen:sigma=2:amount=1.5", "jpg"),
    ("flatten", "resize:128x96,rotate:15,flatten:background=303030", "jpg"),
    ("round", "resize:160x120,round:24", "webp"),
    ("round-circle", "resize:96x96:cover,round:50:percent", "webp"),
    ("watermark", "resize:160x120,watermark:LOGO:opacity=0.7", "jpg"),
    ("watermark-tile", "resize:160x120,watermark:LOGO:scale=0.2:opacity=0.4:tile", "jpg"),
    ("caption", "resize:160x120,caption:2026-05-01@20Ada:size=14:background=00000080", "jpg"),
    ("quality-40", "resize:160x120,jpg:quality=40", "jpg"),
    ("quality-auto", "resize:160x120,jpg:quality=auto", "jpg"),
    ("dither", "resize:160x120,grayscale,dither:floyd-steinberg", "png"),
];

/// Every picture of `docs/transforms.md`.
#[must_use]
pub fn transform_pictures() -> Vec<Picture> {
    let logo = Digest::of(&logo()).to_string();
    let picture = |&(name, text, extension): &(&str, &str, &'static str)| {
        let transform = text.replace("LOGO", &logo);
        Picture { name: name.to_owned(), transform, extension }
    };
    PICTURES.iter().map(picture).collect()
}

/// The drawn picture that is laid over others, as a PNG.
///
/// # Panics
///
/// Never: it is written to memory.
#[must_use]
pub fn logo() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let written = portreto_samples::soft_disc(40, 40).write_to(&mut bytes, ImageFormat::Png);
    assert!(written.is_ok(), "a PNG in memory");
    bytes.into_inner()
}
