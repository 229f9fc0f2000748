//! Places in buckets: over a wire that breaks as scripted, and on real servers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod azure;
mod faults;
mod founding;
mod moto;
mod parts;
mod replicated;
mod server;
mod tls;
mod wire;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use jiff::Timestamp;
use portreto_core::{Digest, replica::Key};
use portreto_store::{
    StoreEntry, StoreState,
    store::{Marker, Place, Wiring, open_wired},
};
use uuid::Uuid;

use self::wire::Wire;

/// What every server of these tests lets in.
const KEY: &str = "portreto";
const SECRET: &str = "a secret of 40 characters, as AWS has it";

/// A bucket of its own behind a wire, and the place in it.
fn place(wire: &Wire) -> Arc<dyn Place> {
    let url = "s3://photos/family?endpoint=http://s3.test&allow_http=true&region=us-east-1";
    open_wired(url, &wiring(Some(wire))).unwrap()
}

fn wiring(wire: Option<&Wire>) -> Wiring {
    let variables = [("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)];
    Wiring {
        connector: wire.map(|wire| Arc::new(wire.clone()) as _),
        answer: None,
        seed: Some(7),
        variables: Some(variables.map(|(key, value)| (key.to_owned(), value.to_owned())).into()),
    }
}

/// The same, as a store with its marker, with an empty log.
async fn founded(wire: &Wire) -> Arc<dyn Place> {
    let place = place(wire);
    place.found(&marker(1)).await.unwrap();
    wire.take_log();
    place
}

fn entry(n: u128, url: &str) -> StoreEntry {
    StoreEntry {
        id: format!("s{n}").parse().unwrap(),
        uuid: Uuid::from_u128(n),
        url: url.to_owned(),
        state: StoreState::Active,
        weight: 1,
    }
}

fn marker(n: u128) -> Marker {
    Marker::new(&entry(n, "s3://photos/family"), Timestamp::UNIX_EPOCH, Vec::new())
}

fn blob(bytes: impl Into<Bytes>) -> (Key, Bytes) {
    let bytes = bytes.into();
    (Key::Blob(Digest::of(&bytes)), bytes)
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}
