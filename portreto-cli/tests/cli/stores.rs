use crate::home::{Home, small_picture, tree};

#[test]
fn stores_are_listed_with_the_promised_keys() {
    let home = Home::new();
    home.write("one.png", &small_picture(1));
    home.ok(&["upload", "one.png"]);
    let stores = home.ok(&["store", "list", "--json"]).json();
    assert_eq!(stores.len(), 2);
    for store in &stores {
        assert!(store["id"].is_string() && store["url"].is_string(), "{store}");
        assert_eq!(store["state"], "active");
        assert_eq!(store["conditional_puts"], true, "found out when it was made: {store}");
    }
    assert_eq!(home.ok(&["store", "list"]).text().lines().count(), 2);
}

#[test]
fn a_store_is_added_drained_emptied_and_removed() {
    let home = Home::new();
    for number in 0..20 {
        home.write(&format!("in/{number}.png"), &small_picture(number));
    }
    home.ok(&["upload", "in"]);
    let first = home.stores().keys().next().unwrap().clone();
    let other = home.path("other");
    let added = home.ok(&["store", "add", other.to_str().unwrap(), "--id", "other", "--json"]);
    assert_eq!(added.json()[0]["id"], "other");
    home.fails(2, &["store", "add", other.to_str().unwrap()]);

    home.ok(&["repair"]);
    let copies = || {
        let store = home.home().join("stores").join(&first);
        let all = tree(&store).into_iter();
        all.filter(|path| {
            ["blobs", "records", "bundles"].iter().any(|n| path.starts_with(store.join(n)))
        })
        .count()
    };
    let before = copies();
    assert!(before > 0);
    home.ok(&["store", "drain", &first, "--later"]).says("portreto repair");
    assert_eq!(copies(), before);
    let drained = &home.ok(&["store", "drain", &first, "--json"]).json()[0];
    assert_eq!(drained["id"], *first);
    assert_eq!(drained["state"], "draining");
    assert_eq!((&drained["found"], &drained["left"]), (&before.into(), &0.into()), "{drained}");
    assert_eq!(copies(), 0);
    let again = home.ok(&["store", "drain", &first]);
    assert!(again.text().ends_with("0 copies moved, 0 left\n"), "{again}");
    home.ok(&["scrub"]);
    home.ok(&["store", "remove", &first]);
    assert_eq!(home.stores().keys().collect::<Vec<_>>().len(), 2);
    assert!(!home.stores().contains_key(&first));
    home.ok(&["scrub"]);
    assert_eq!(home.ls().len(), 20);
    assert!(tree(&other.join("blobs")).len() >= 20);

    let second = home.stores().keys().next().unwrap().clone();
    home.fails(2, &["store", "remove", &second]);
    home.fails(2, &["store", "remove", "nonesuch"]).says("nonesuch");
    home.fails(2, &["store", "drain", "Not An Id"]).says("a store id is");
}

#[test]
fn adding_a_store_first_makes_the_home() {
    let home = Home::new();
    home.ok(&["store", "add", home.path("third").to_str().unwrap()]).says("made a new home in");
    assert_eq!(home.stores().len(), 3);
}
