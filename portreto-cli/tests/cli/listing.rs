use serde_json::Value;

use crate::home::{Home, small_picture};

fn some_images() -> Home {
    let home = Home::new();
    home.write("one.png", &small_picture(1));
    home.write("two.png", &small_picture(2));
    home.write("Three.PNG", &small_picture(3));
    home.ok(&["upload", "one.png", "--label", "red"]);
    home.ok(&["upload", "two.png", "--label", "red", "--label", "blue"]);
    home.ok(&["upload", "Three.PNG"]);
    home
}

fn names(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["name"].as_str().unwrap()).collect()
}

#[test]
fn lines_have_the_promised_keys_and_no_others() {
    let home = some_images();
    let images = home.ls();
    assert_eq!(names(&images), ["one.png", "two.png", "Three.PNG"], "oldest first");
    let image = images[1].as_object().unwrap();
    let mut keys: Vec<_> = image.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "bytes",
            "created",
            "digest",
            "fingerprint",
            "height",
            "id",
            "labels",
            "media_type",
            "name",
            "width"
        ]
    );
    assert_eq!(image["labels"], serde_json::json!(["blue", "red"]));
    assert_eq!((&image["width"], &image["height"]), (&24.into(), &16.into()));
    assert_eq!(image["media_type"], "image/png");
    assert_eq!(image["digest"].as_str().unwrap().len(), 64);
    assert_eq!(image["id"].as_str().unwrap().len(), 36);
    let created = image["created"].as_str().unwrap();
    assert!(created.starts_with("20") && created.ends_with('Z'), "{created}");
}

#[test]
fn filters_filter() {
    let home = some_images();
    for (filter, expected) in [
        (&["--label", "red"][..], &["one.png", "two.png"][..]),
        (&["--label", "red", "--label", "blue"], &["two.png"]),
        (&["--label", "green"], &[]),
        (&["--name", "three"], &["Three.PNG"]),
        (&["--since", "1d"], &["one.png", "two.png", "Three.PNG"]),
        (&["--until", "1d"], &[]),
        (&["--since", "2000-01-01", "--until", "2001-01-01T12:00"], &[]),
    ] {
        let lines = home.ok(&[&["ls", "--json"], filter].concat()).json();
        assert_eq!(names(&lines), expected, "{filter:?}");
    }
    home.fails(2, &["ls", "--since", "yesterday"]).says("--since").says("7d or 12h");
}

#[test]
fn the_table_is_one_line_an_image() {
    let home = some_images();
    let run = home.ok(&["ls"]);
    let lines: Vec<_> = run.text().lines().collect();
    assert_eq!(lines.len(), 3);
    let id = home.id_of("two.png");
    assert!(lines[1].starts_with(&id[28..]) && lines[1].ends_with("two.png"), "{run}");
    assert!(lines[1].contains("24x16"), "{run}");
    let long = home.ok(&["ls", "--long", "--name", "two"]);
    assert!(long.text().starts_with(&id) && long.text().contains("blue,red"), "{long}");
}

#[test]
fn ids_may_be_abbreviated() {
    let home = some_images();
    let id = home.id_of("two.png");
    for short in [id.as_str(), &id[28..], &id.replace('-', ""), &id[..35]] {
        let info = home.ok(&["info", short, "--json"]).json();
        assert_eq!(info[0]["id"], id.as_str(), "{short}");
    }
    let run = home.fails(1, &["info", "ffffffff", &id]);
    run.says("error: ffffffff: ");
    assert!(run.text().contains(&id), "the other one is shown: {run}");
    home.fails(1, &["info", "01"]);
}

#[test]
fn info_tells_where_each_copy_is() {
    let home = Home::new();
    home.write("one.png", &small_picture(1));
    home.ok(&["upload", "one.png", "-t", "resize:8x,png", "--label", "red"]);
    let id = home.id_of("one.png");
    let info = home.ok(&["info", &id, "--json"]).json().remove(0);
    for copies in [&info["replicas"], &info["record"], &info["variants"][0]["replicas"]] {
        let copies = copies.as_array().unwrap();
        assert_eq!(copies.len(), 2, "{info}");
        assert!(copies.iter().all(|copy| copy["state"] == "good"), "{info}");
        assert_ne!(copies[0]["store"], copies[1]["store"]);
    }
    let variant = &info["variants"][0];
    assert_eq!((&variant["transform"], &variant["width"]), (&"resize:8x,png".into(), &8.into()));
    let text = home.ok(&["info", &id]);
    for word in [id.as_str(), "one.png", "red", "24x16", "image/png", "good", "resize:8x,png"] {
        assert!(text.text().contains(word), "{word}: {text}");
    }
}

#[test]
fn what_is_removed_is_gone() {
    let home = some_images();
    let id = home.id_of("two.png");
    let run = home.fails(1, &["rm", "ffffffff", &id, &id[28..]]);
    run.says("ffffffff");
    assert_eq!(run.text(), format!("deleted {} two.png\n", &id[28..]));
    assert_eq!(names(&home.ls()), ["one.png", "Three.PNG"]);
    home.fails(1, &["rm", &id]);
    home.ok(&["scrub"]);
}

#[test]
fn stats_count() {
    let home = some_images();
    let stats = home.ok(&["stats", "--json"]).json().remove(0);
    assert_eq!(stats["images"], 3);
    let bytes: usize = (1..=3).map(|number| small_picture(number).len()).sum();
    assert_eq!(stats["original_bytes"], bytes);
    assert!(home.ok(&["stats"]).text().contains("images"));
}

#[test]
fn looking_needs_a_home() {
    let home = Home::new();
    for args in [
        &["ls"][..],
        &["info", "12345678"],
        &["get", "12345678"],
        &["rm", "12345678"],
        &["stats"],
        &["scrub"],
        &["repair"],
        &["store", "list"],
    ] {
        home.fails(2, args)
            .says("error: ")
            .says("`portreto upload` makes one")
            .says("hint: --home DIR");
        assert!(!home.home().exists());
    }
}
