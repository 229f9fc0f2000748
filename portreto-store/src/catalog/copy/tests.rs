use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use portreto_core::replica::{Key, Shard};
use uuid::Uuid;

use super::*;
use crate::{
    catalog::{Debt, JobKey, NewJob, database::sql, trial::Place},
    event::Cursor,
    image::{Image, ImageId, Variant},
    person::{ApiKey, Person, Scope},
    portreto::FileState,
    store::{StoreEntry, StoreState},
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn image(n: usize) -> Image {
    Image {
        id: ImageId::new(Uuid::from_u128(n as u128 + 1)),
        digest: Digest::of(&n.to_le_bytes()),
        name: format!("{n} – ein schönes 'Bild' \\ % \u{1F600}.png"),
        media_type: "image/png".to_owned(),
        width: 3,
        height: 4,
        bytes: 5,
        owner: ["", "ada", "Z", "é"][n % 4].to_owned(),
        labels: BTreeSet::from(["x".to_owned(), format!("ä {n}")]),
        created: at(n as i64),
        fingerprint: None,
        metadata: None,
    }
}

/// Something in every table, and more than a page of images.
async fn fill(catalog: &Catalog) {
    let images: Vec<Image> = (0..1_203).map(image).collect();
    let adopted = images.iter().map(|image| super::super::Catalogued {
        image: image.clone(),
        revision: 2,
        bundle: (image.bytes == 5).then(|| Digest::of(b"bundle")),
    });
    catalog.adopt_images(&adopted.collect::<Vec<_>>()).await.unwrap();
    let key = |transform: &str| JobKey {
        original: images[0].digest,
        transform: transform.to_owned(),
        engine_version: 1,
    };
    let job = |n: u128, transform: &str| NewJob {
        id: Uuid::from_u128(n),
        key: key(transform),
        owner: "ada".to_owned(),
        priority: -3,
        delay: Duration::from_secs(9),
        attempts: 5,
    };
    catalog.ask(&[job(7, "a"), job(8, "b")], at(1)).await.unwrap();
    let variant = Variant {
        original: images[0].digest,
        transform: "b".to_owned(),
        engine_version: 1,
        digest: Digest::of(b"b"),
        media_type: "image/png".to_owned(),
        width: 1,
        height: 2,
        bytes: 10,
    };
    catalog.commit_variant(&variant, at(2), Uuid::from_u128(1)).await.unwrap();
    catalog.fail_job(&key("a"), "no", at(3), Uuid::from_u128(2)).await.unwrap();
    catalog.delete_image(images[5].id, at(4), Uuid::from_u128(3)).await.unwrap();
    let store = StoreEntry {
        id: "a".parse().unwrap(),
        uuid: Uuid::from_u128(4),
        url: "file:///a".to_owned(),
        state: StoreState::Active,
        weight: 3,
    };
    catalog.put_store(&store).await.unwrap();
    catalog.set_conditional_puts(&store.id, true).await.unwrap();
    let debt = Debt { store: store.id, key: Key::Blob(images[0].digest) };
    catalog.owe(&[debt], at(5)).await.unwrap();
    let shards: Vec<_> = Shard::all().take(3).map(|shard| (shard, true)).collect();
    catalog.set_verified(&shards, at(6)).await.unwrap();
    let file = FileState { place: [0; 16], stamp: [255; 16] };
    catalog.put_files(&[(file, images[1].id)], b"\0stores\xFF").await.unwrap();
    let person = Person { id: "p".to_owned(), name: "ada".to_owned(), created: at(7) };
    catalog.insert_person(&person, "hash").await.unwrap();
    let (minute, [first, next]) = (Duration::from_mins(1), [b"1", b"2"].map(|t| Digest::of(t)));
    catalog.open_session("s", "p", &first, at(8), minute).await.unwrap();
    catalog.refresh(&first, &next, at(9), minute).await.unwrap();
    let key = ApiKey {
        id: "k".to_owned(),
        person: "p".to_owned(),
        name: "camera".to_owned(),
        scope: Scope::Read,
        created: at(10),
    };
    catalog.insert_api_key(&key, &Digest::of(b"key")).await.unwrap();
    catalog.count_attempt(&[("name".to_owned(), 9)], at(11), minute).await.unwrap();
    let content = Digest::of(b"content");
    catalog.name_request("ada", "name", &content, at(100), minute).await.unwrap();
    let lease = Duration::from_secs(9);
    catalog.claim_sink("log", "holder", lease).await.unwrap().unwrap();
    let first = catalog.events_after(Cursor::default(), 1).await.unwrap().remove(0);
    assert!(catalog.bury_event("log", "holder", lease, &first, "no").await.unwrap());
    // An owner who has nothing any more is known as that.
    let mut gone = image(9_999);
    gone.owner = "gone".to_owned();
    catalog.commit_image(&gone, &[], Uuid::from_u128(5)).await.unwrap();
    catalog.delete_image(gone.id, at(12), Uuid::from_u128(6)).await.unwrap();
}

#[tokio::test]
async fn there_and_back_everything_is_the_same() {
    let [first, second] = [Place::sqlite(), Place::sqlite()];
    let (embedded, shared) = (first.open().await, Place::postgres().open().await);
    let back = second.open().await;
    fill(&embedded).await;
    let there = embedded.copy_to(&shared, &|_, _| {}).await.unwrap();
    let again = shared.copy_to(&back, &|_, _| {}).await.unwrap();
    assert_eq!(there, again);
    for copied in &there {
        assert!(copied.rows > 0, "{} was not tried", copied.table);
    }
    assert_eq!(embedded.stats().await.unwrap(), back.stats().await.unwrap());
    assert_eq!(embedded.kinds_of_events().await, back.kinds_of_events().await);
    // Both go on from there: events come after those that were copied.
    for catalog in [&shared, &back] {
        let (new, event) = (image(5_000), Uuid::from_u128(99));
        catalog.commit_image(&new, &[], event).await.unwrap();
        assert_eq!(catalog.kinds_of_events().await.last().unwrap(), "portreto.image.uploaded");
    }
    // Not into what has something.
    for (from, to) in [(&embedded, &shared), (&shared, &back), (&shared, &embedded)] {
        let refused = from.copy_to(to, &|_, _| {}).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Conflict);
    }
}

#[tokio::test]
async fn a_copy_that_stops_has_left_nothing() {
    let (first, second) = (Place::sqlite(), Place::postgres());
    let (from, to) = (first.open().await, second.open().await);
    fill(&from).await;
    let (source, target) = (from.clone(), to.clone());
    let stopped = tokio::spawn(async move {
        let never = |table: &str, _| assert!(table != "people", "stopped");
        drop(source.copy_to(&target, &never).await);
    });
    assert!(stopped.await.is_err());
    assert_eq!(to.stats().await.unwrap().images, 0);
    from.copy_to(&to, &|_, _| {}).await.unwrap();
}

/// What is listed here is what there is.
#[tokio::test]
async fn no_table_and_no_column_is_forgotten() {
    let place = Place::sqlite();
    let sqlite = place.open().await;
    let all = "SELECT m.name AS table_name, c.name AS column_name FROM sqlite_master AS m \
               JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' \
               AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '_sqlx_%'";
    let of_sqlite = columns(&sqlite, all).await;
    let shared = Place::postgres().open().await;
    let all = "SELECT table_name::text, column_name::text FROM information_schema.columns \
               WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_sqlx%' \
               AND (table_name, column_name) NOT IN (('events', 'tx'), ('sinks', 'tx'))";
    let of_postgres = columns(&shared, all).await;
    let listed = TABLES.iter().flat_map(|table| {
        table.columns.iter().map(|(column, _)| format!("{}.{column}", table.name))
    });
    let listed: BTreeSet<String> = listed.collect();
    assert_eq!(listed, of_sqlite);
    assert_eq!(listed, of_postgres);
}

async fn columns(catalog: &Catalog, query: &'static str) -> BTreeSet<String> {
    let rows = sql(query).fetch_all(&mut catalog.read().await.unwrap()).await.unwrap();
    let name = |row: &Row| {
        let (table, column): (String, String) =
            (row.try_get("table_name").unwrap(), row.try_get("column_name").unwrap());
        format!("{table}.{column}")
    };
    rows.iter().map(name).collect()
}
