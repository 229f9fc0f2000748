use std::fs;

use crate::home::{Home, files_in, small_picture};

#[test]
fn an_original_comes_back_bit_for_bit() {
    let home = Home::new();
    home.write("one.png", &small_picture(1));
    home.ok(&["upload", "one.png"]);
    let id = home.id_of("one.png");
    assert_eq!(home.ok(&["get", &id, "-o", "-"]).stdout, small_picture(1));
    fs::remove_file(home.path("one.png")).unwrap();
    let run = home.ok(&["get", &id[28..]]);
    assert_eq!(run.text(), format!("written {} ./one.png\n", &id[28..]));
    assert_eq!(fs::read(home.path("one.png")).unwrap(), small_picture(1));
}

#[test]
fn other_files_are_not_overwritten() {
    let home = Home::new();
    home.write("one.png", &small_picture(1));
    home.ok(&["upload", "one.png"]);
    let id = home.id_of("one.png");
    home.write("out/one.png", b"precious");
    let run = home.fails(1, &["get", &id, "-o", "out"]);
    run.says("another file is in the way at out/one.png").says("hint: --force overwrites");
    assert_eq!(fs::read(home.path("out/one.png")).unwrap(), b"precious");
    home.ok(&["get", &id, "-o", "out", "--force"]);
    assert_eq!(fs::read(home.path("out/one.png")).unwrap(), small_picture(1));
    let run = home.ok(&["get", &id, "-o", "out", "--json"]);
    assert_eq!(run.json()[0]["status"], "already-there");
    assert_eq!(files_in(&home.path("out")).len(), 1, "no temporary file is left");
}

#[test]
fn images_of_one_name_become_two_files() {
    let home = Home::new();
    home.write("a/x.png", &small_picture(1));
    home.write("b/x.png", &small_picture(2));
    home.write("c/X.png", &small_picture(3));
    home.ok(&["upload", "a"]);
    home.ok(&["upload", "b"]);
    home.ok(&["upload", "c"]);
    let run = home.ok(&["get", "--all", "-o", "out"]);
    let files = files_in(&home.path("out"));
    assert_eq!(files.len(), 3, "{run}");
    assert_eq!(files["x.png"], small_picture(1));
    let ids: Vec<_> =
        home.ls().iter().map(|i| i["id"].as_str().unwrap()[28..].to_owned()).collect();
    assert_eq!(files[&format!("x-{}.png", ids[1])], small_picture(2));
    assert_eq!(files[&format!("X-{}.png", ids[2])], small_picture(3));
    home.ok(&["get", "--all", "-o", "out"]);
    assert_eq!(files_in(&home.path("out")).len(), 3, "the same names again");
}

#[test]
fn a_variant_is_made_on_demand_and_kept() {
    let home = Home::new();
    home.write("one.png", &small_picture(1));
    home.ok(&["upload", "one.png", "--label", "red"]);
    home.ok(&["get", "--label", "red", "-o", "out", "-t", "resize:8x,jpg"]);
    let files = files_in(&home.path("out"));
    assert_eq!(files.keys().collect::<Vec<_>>(), ["one.jpg"]);
    assert_eq!(home.ok(&["stats", "--json"]).json()[0]["variants"], 1);
    let id = home.id_of("one.png");
    let again = home.ok(&["get", &id, "-o", "-", "-t", "resize:8x:inside,jpg"]);
    assert_eq!(again.stdout, files["one.jpg"]);
    assert_eq!(home.ok(&["stats", "--json"]).json()[0]["variants"], 1, "another spelling of it");
    home.fails(2, &["get", &id, "-t", "resize:8y"]).says("resize size");
}

#[test]
fn usage_that_cannot_work_is_refused() {
    let home = Home::new();
    home.write("one.png", &small_picture(1));
    home.ok(&["upload", "one.png"]);
    let id = home.id_of("one.png");
    home.fails(2, &["get"]).says("<ID");
    home.fails(2, &["get", &id, "--all"]).says("cannot be used with");
    home.fails(2, &["get", "--all", "-o", "-"]).says("stdout takes one image");
    home.fails(2, &["get", &id, "-o", "small.jpg"]).says("names a file").says("-o - > small.jpg");
    home.fails(2, &["get", &id, "-o", "one.png/x"]);
}
