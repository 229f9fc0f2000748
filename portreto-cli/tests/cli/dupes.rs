use image::{DynamicImage, imageops::FilterType};
use portreto_samples::{JpegOptions, camera_exif, chart, jpeg, soft_disc, with_exif};

use crate::home::Home;

fn png(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A picture in three versions, and others.
fn home() -> Home {
    let home = Home::new();
    let picture = chart(320, 240);
    let small = DynamicImage::from(picture.clone()).resize(100, 80, FilterType::Triangle);
    let photo = jpeg(&picture, JpegOptions { quality: 40, ..JpegOptions::default() });
    home.write("pictures/1.png", &png(&picture.into()));
    home.write("pictures/2.png", &png(&soft_disc(90, 90).into()));
    home.write("pictures/3.jpg", &with_exif(&photo, &camera_exif(1, true)));
    home.write("pictures/4.png", &png(&small));
    home.write("pictures/5.png", &png(&DynamicImage::new_rgb8(20, 20)));
    for number in 1..=5 {
        let extension = if number == 3 { "jpg" } else { "png" };
        home.ok(&["upload", "--no-look", &format!("pictures/{number}.{extension}")]);
    }
    home
}

#[test]
fn pictures_are_looked_at_when_they_are_uploaded() {
    let home = Home::new();
    home.write("1.png", &png(&chart(64, 48).into()));
    home.ok(&["upload", "1.png"]);
    assert_eq!(home.ls()[0]["fingerprint"]["perceptual"].as_str().unwrap().len(), 16);
    assert!(!home.ok(&["dupes"]).stderr.contains("looked at"));
}

#[test]
fn versions_of_a_picture_are_found() {
    let home = home();
    assert!(home.ls().iter().all(|line| line.get("fingerprint").is_none()), "left for later");
    let run = home.ok(&["dupes"]);
    run.says("looked at 5 pictures for the first time");
    let names: Vec<_> = run.text().lines().filter_map(|line| line.split(' ').next_back()).collect();
    assert_eq!(names, ["1.png", "3.jpg", "4.png"], "{run}");
    assert!(run.text().starts_with(" 0  "), "{run}");
    run.says("3 images look alike").says("1 cannot be compared");

    let groups = home.ok(&["dupes", "--json"]).json();
    assert_eq!(groups.len(), 1);
    let images = groups[0]["images"].as_array().unwrap();
    assert_eq!(images.len(), 3);
    assert_eq!(images[0]["distance"], 0);
    assert_eq!(images[0]["id"], home.id_of("1.png").as_str());
    assert!(images.iter().all(|image| image["distance"].as_u64() <= Some(8)), "{images:?}");

    home.ok(&["rm", &home.id_of("1.png"), &home.id_of("4.png")]);
    let run = home.ok(&["dupes"]);
    assert!(!run.stderr.contains("looked at"), "{run}");
    assert_eq!(run.text(), "");
    run.says("no images look alike");
    home.fails(2, &["dupes", "--distance", "17"]).says("0..=16");
}

#[test]
fn what_is_known_of_a_picture_is_shown_and_survives_the_catalog() {
    let home = home();
    let shown = |home: &Home| home.ls().into_iter().find(|line| line["name"] == "3.jpg").unwrap();
    let before = shown(&home);
    assert_eq!(before["metadata"]["model"], "Obscura 3", "known from the headers");
    home.ok(&["info", &home.id_of("3.jpg")]);
    let before = shown(&home);
    assert_eq!(before["metadata"]["location"]["latitude"], 52.51);
    assert_eq!(before["fingerprint"]["perceptual"].as_str().unwrap().len(), 16);
    let info = home.ok(&["info", &home.id_of("3.jpg")]);
    for line in [
        "taken     2024-05-06T07:08:09.25+02:00",
        "camera    Portreto Obscura 3, Portreto 35mm f/1.4",
        "exposure  1/250 s, f/2.8, ISO 400, 35 mm (as 52 mm)",
        "location  52.51, -13.25, 34.5 m",
        "artist    Ada Example",
        "copyright (c) Ada Example",
        "color     ",
        "thumbhash ",
    ] {
        assert!(info.text().contains(line), "{line}: {info}");
    }
    home.ok(&["rebuild", "--force"]);
    assert_eq!(shown(&home), before);
}
