//! Every kind of place passes the conformance suite.

use std::sync::Arc;

use jiff::Timestamp;
use portreto_store::{
    StoreEntry, StoreState,
    conformance::conforms,
    faulty::Faulty,
    store::{Marker, Place, directory_url, open},
};
use uuid::Uuid;

async fn founded(url: &str) -> Arc<dyn Place> {
    let entry = StoreEntry {
        id: "a".parse().expect("a good id"),
        uuid: Uuid::from_u128(1),
        url: url.to_owned(),
        state: StoreState::Active,
        weight: 1,
    };
    let place = open(url).expect("a good URL");
    place.found(&Marker::new(&entry, Timestamp::UNIX_EPOCH, Vec::new())).await.expect("founding");
    place
}

#[tokio::test]
async fn a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let url = directory_url(&dir.path().join("photos of 2026 #1 (ü)")).unwrap();
    let place = founded(url.as_str()).await;
    conforms(&*place).await;
    assert!(place.leftovers().await.unwrap().is_empty());
}

#[tokio::test]
async fn memory() {
    conforms(&*founded("memory:").await).await;
}

#[tokio::test]
async fn a_faulty_place_without_faults() {
    conforms(&Faulty::new(founded("memory:").await, 1)).await;
}
