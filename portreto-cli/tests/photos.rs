//! The main job on a directory of photos: every original comes back, and every thumbnail is upright.
//!
//! The pictures are the drawn ones; `PORTRETO_PHOTOS=DIR` names others:
//!
//! ```sh
//! PORTRETO_PHOTOS=~/Photos cargo test --release -p portreto-cli --test photos -- --nocapture
//! ```

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use image::{DynamicImage, GrayImage, RgbImage, imageops};
use serde_json::Value;
use tempfile::TempDir;

const THUMBNAIL: &str = "resize:320x320,jpg";
const BLACK_AND_WHITE: &str = "dither:floyd-steinberg:levels=2,png";

/// A home with the photos uploaded.
struct Photos {
    home: TempDir,
    /// Of each image: where its photo is, and its id.
    images: Vec<(PathBuf, String)>,
}

impl Photos {
    fn upload() -> Self {
        let home = tempfile::tempdir().unwrap();
        let directory = env::var_os("PORTRETO_PHOTOS").map_or_else(
            || {
                let directory = home.path().join("photos");
                fs::create_dir(&directory).unwrap();
                for sample in portreto_samples::all() {
                    fs::write(directory.join(sample.name), sample.bytes).unwrap();
                }
                directory
            },
            PathBuf::from,
        );
        let mut photos = Self { home, images: Vec::new() };
        let directory = directory.to_str().unwrap();
        let transforms = ["--transform", THUMBNAIL, "--transform", BLACK_AND_WHITE];
        let output = photos.run(&[&["upload", "--json", directory], &transforms[..]].concat());
        for line in output.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            let line: Value = serde_json::from_slice(line).unwrap();
            let Some(status) = line["status"].as_str() else { continue };
            match status {
                "added" | "already-there" => photos.images.push((
                    line["path"].as_str().unwrap().into(),
                    line["id"].as_str().unwrap().to_owned(),
                )),
                "skipped" => {}
                _ => panic!("{line}"),
            }
        }
        assert!(!photos.images.is_empty(), "no photos in {directory}");
        photos
    }

    /// What a command printed; it has to succeed.
    fn run(&self, args: &[&str]) -> Vec<u8> {
        let output = Command::new(env!("CARGO_BIN_EXE_portreto"))
            .env("PORTRETO_HOME", self.home.path().join("home"))
            .args(args)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {stderr}");
        output.stdout
    }

    fn variant(&self, id: &str, transform: &str) -> DynamicImage {
        let bytes = self.run(&["get", id, "--output", "-", "--transform", transform]);
        image::load_from_memory(&bytes).unwrap()
    }
}

#[test]
fn every_original_comes_back_and_every_variant_is_what_was_asked_for() {
    let photos = Photos::upload();
    for (path, id) in &photos.images {
        let name = path.display();
        let original = photos.run(&["get", id, "--output", "-"]);
        assert!(original == fs::read(path).unwrap(), "{name} is not what it was");

        let thumbnail = photos.variant(id, THUMBNAIL);
        assert_eq!(thumbnail.width().max(thumbnail.height()), 320, "{name}");
        let dithered = photos.variant(id, BLACK_AND_WHITE).into_rgba8();
        let two_levels = dithered.pixels().all(|pixel| pixel.0.iter().all(|&s| s == 0 || s == 255));
        assert!(two_levels, "{name}");
    }
    println!("{} photos came back bit for bit", photos.images.len());
}

#[test]
fn pictures_that_differ_in_orientation_only_have_the_same_thumbnail() {
    let photos = Photos::upload();
    let sets = orientation_sets(&photos.images);
    for (name, members) in &sets {
        let thumbnails: Vec<RgbImage> =
            members.iter().map(|id| photos.variant(id, THUMBNAIL).into_rgb8()).collect();
        for (number, thumbnail) in thumbnails.iter().enumerate() {
            for other in &thumbnails {
                assert_eq!(thumbnail.dimensions(), other.dimensions(), "{name} {number}");
                assert_upright(thumbnail, other, &format!("{name} {number}"));
            }
        }
        println!("{} pictures {name}* are all upright", members.len());
    }
    let drawn = env::var_os("PORTRETO_PHOTOS").is_none();
    assert!(!drawn || sets.len() == 1, "the drawn pictures have a set");
}

/// Pictures whose names differ in the one digit at their end, at least the eight orientations of Exif.
fn orientation_sets(images: &[(PathBuf, String)]) -> BTreeMap<String, Vec<&str>> {
    let mut sets: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (path, id) in images {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if let Some(name) = stem.strip_suffix(|last: char| last.is_ascii_digit()) {
            let directory = path.parent().unwrap_or(Path::new(""));
            sets.entry(directory.join(name).display().to_string()).or_default().push(id);
        }
    }
    sets.retain(|_, members| members.len() >= 8);
    sets
}

/// Of all eight ways to turn and mirror it, `picture` is most like `reference` as it is, by far.
///
/// The two may differ in what is written on them and in what JPEG made of them, so equality cannot be
/// asked for.
fn assert_upright(picture: &RgbImage, reference: &RgbImage, name: &str) {
    let (picture, reference) = (square(picture), square(reference));
    let as_it_is = difference(&picture, &reference);
    let mut turned = picture;
    for turn in 0..4 {
        for mirrored in [false, true] {
            if (turn, mirrored) == (0, false) {
                continue;
            }
            let other = if mirrored { imageops::flip_horizontal(&turned) } else { turned.clone() };
            let other = difference(&other, &reference);
            assert!(2 * as_it_is < other, "{name}: {as_it_is} as it is, {other} turned");
        }
        turned = imageops::rotate90(&turned);
    }
}

/// Small, gray and square, so that it can be turned at will.
fn square(picture: &RgbImage) -> GrayImage {
    let gray = DynamicImage::from(picture.clone()).into_luma8();
    imageops::resize(&gray, 32, 32, imageops::FilterType::Triangle)
}

/// The sum of the absolute differences of all pixels.
fn difference(one: &GrayImage, other: &GrayImage) -> u64 {
    let pairs = one.as_raw().iter().zip(other.as_raw());
    pairs.map(|(one, other)| u64::from(one.abs_diff(*other))).sum()
}
