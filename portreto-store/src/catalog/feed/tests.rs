use std::{collections::BTreeSet, time::Duration};

use jiff::{SignedDuration, Timestamp};
use portreto_core::Digest;
use uuid::Uuid;

use super::*;
use crate::{
    catalog::{
        database::Connection,
        trial::{Place, on_both_databases},
    },
    image::{Image, ImageId},
};

on_both_databases! {
    events_come_in_order_and_from_any_place
    a_sink_is_one_holders_at_a_time_and_begins_with_what_comes
    what_a_sink_would_not_have_is_put_aside
    old_events_are_forgotten
}

const LEASE: Duration = Duration::from_mins(1);

struct Fixture {
    catalog: Catalog,
    next: u128,
    #[expect(dead_code, reason = "the directory lasts as long as the catalog")]
    place: Place,
}

impl Fixture {
    async fn on(place: Place) -> Self {
        Self { catalog: place.open().await, next: 0, place }
    }

    fn uuid(&mut self) -> Uuid {
        self.next += 1;
        Uuid::from_u128(self.next)
    }

    fn image(&mut self) -> (Image, Uuid) {
        let id = ImageId::new(self.uuid());
        let image = Image {
            id,
            digest: Digest::of(id.to_string().as_bytes()),
            name: "a.png".to_owned(),
            media_type: "image/png".to_owned(),
            width: 3,
            height: 4,
            bytes: 5,
            owner: String::new(),
            labels: BTreeSet::new(),
            created: Timestamp::from_second(self.next as i64).unwrap(),
            fingerprint: None,
            metadata: None,
        };
        (image, self.uuid())
    }

    /// Uploads one more; gives the id of its event, which need not be seen yet: transactions may be under way in other databases of the
    /// server.
    async fn upload_at_once(&mut self) -> Uuid {
        let (image, event) = self.image();
        self.catalog.commit_image(&image, &[], event).await.unwrap();
        event
    }

    /// The same, until it is seen.
    async fn upload(&mut self) -> Uuid {
        let event = self.upload_at_once().await;
        while !self.ids_after(Cursor::default()).await.contains(&event) {
            tokio::task::yield_now().await;
        }
        event
    }

    async fn ids_after(&self, place: Cursor) -> Vec<Uuid> {
        let events = self.catalog.events_after(place, 100).await.unwrap();
        assert!(events.is_sorted_by_key(|event| event.cursor));
        events.iter().map(|event| event.id).collect()
    }

    async fn claim(&self, holder: &str) -> Option<SinkClaim> {
        self.catalog.claim_sink("s", holder, LEASE).await.unwrap()
    }
}

async fn events_come_in_order_and_from_any_place(mut f: Fixture) {
    let mut ids = Vec::new();
    for _ in 0..7 {
        ids.push(f.upload().await);
    }
    assert_eq!(f.ids_after(Cursor::default()).await, ids);
    let events = f.catalog.events_after(Cursor::default(), 3).await.unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!(events[0].kind, "portreto.image.uploaded");
    assert_eq!(events[0].data["name"], "a.png");
    assert_eq!(f.ids_after(events[2].cursor).await, ids[3..]);
    let last = f.catalog.last_event().await.unwrap();
    assert!(f.ids_after(last).await.is_empty());
    // Each is two numbers later than the one before.
    let from = Timestamp::from_second(5).unwrap();
    assert_eq!(f.ids_after(f.catalog.place_before(from).await.unwrap()).await, ids[2..]);
    let from = Timestamp::from_second(1_000).unwrap();
    assert_eq!(f.catalog.place_before(from).await.unwrap(), last);
}

async fn a_sink_is_one_holders_at_a_time_and_begins_with_what_comes(mut f: Fixture) {
    f.upload().await;
    let claim = f.claim("a").await.unwrap();
    assert!(f.ids_after(claim.cursor).await.is_empty(), "what was before is not sent");
    let first = f.upload().await;
    assert_eq!(f.ids_after(claim.cursor).await, [first]);
    assert_eq!(f.claim("b").await, None);
    assert_eq!(f.claim("a").await, Some(claim), "it is his");

    let to = f.catalog.last_event().await.unwrap();
    assert!(!f.catalog.advance_sink("s", "b", LEASE, to, 1).await.unwrap());
    assert!(f.catalog.advance_sink("s", "a", LEASE, to, 1).await.unwrap());
    let sinks = f.catalog.sinks().await.unwrap();
    assert_eq!((sinks[0].name.as_str(), sinks[0].delivered, sinks[0].behind), ("s", 1, 0));

    // Whoever goes silent loses it.
    assert!(f.catalog.advance_sink("s", "a", Duration::ZERO, to, 0).await.unwrap());
    let claimed = loop {
        if let Some(claim) = f.claim("b").await {
            break claim;
        }
    };
    assert_eq!(claimed.cursor, to);
    assert!(!f.catalog.advance_sink("s", "a", LEASE, Cursor::default(), 1).await.unwrap());

    // A failure lets go, and leaves it alone for a while.
    f.catalog.fail_sink("s", "b", "gone", LEASE).await.unwrap();
    assert_eq!((f.claim("a").await, f.claim("b").await), (None, None));
    let state = f.catalog.sinks().await.unwrap().remove(0);
    assert_eq!((state.failures, state.reason.as_deref()), (1, Some("gone")));
    // Setting it back ends that, and what its holder does afterwards counts for nothing.
    assert!(f.catalog.rewind_sink("s", claim.cursor).await.unwrap());
    assert!(!f.catalog.rewind_sink("t", claim.cursor).await.unwrap());
    assert_eq!(f.claim("a").await, Some(claim));
    assert!(f.catalog.rewind_sink("s", Cursor::default()).await.unwrap());
    assert!(!f.catalog.advance_sink("s", "a", LEASE, to, 1).await.unwrap());
    assert_eq!(f.ids_after(f.claim("b").await.unwrap().cursor).await.len(), 2);

    f.catalog.release_sink("s", "b").await.unwrap();
    assert!(f.claim("a").await.is_some());
    assert!(f.catalog.remove_sink("s").await.unwrap());
    assert!(!f.catalog.remove_sink("s").await.unwrap());
}

async fn what_a_sink_would_not_have_is_put_aside(mut f: Fixture) {
    let claim = f.claim("a").await.unwrap();
    let (bad, good) = (f.upload().await, f.upload().await);
    let event = f.catalog.events_after(claim.cursor, 1).await.unwrap().remove(0);
    assert!(!f.catalog.bury_event("s", "b", LEASE, &event, "no").await.unwrap());
    assert!(f.catalog.dead_letters("s", 10).await.unwrap().is_empty());
    assert!(f.catalog.bury_event("s", "a", LEASE, &event, "no").await.unwrap());
    let dead = f.catalog.dead_letters("s", 10).await.unwrap().remove(0);
    assert_eq!((dead.event.id, &*dead.reason, &dead.event.data), (bad, "no", &event.data));
    assert_eq!(f.catalog.sinks().await.unwrap()[0].dead, 1);
    assert_eq!(f.ids_after(f.claim("a").await.unwrap().cursor).await, [good]);
}

async fn old_events_are_forgotten(mut f: Fixture) {
    for _ in 0..5 {
        f.upload().await;
    }
    let all = f.catalog.events_after(Cursor::default(), 100).await.unwrap();
    assert_eq!(f.catalog.forget_events(all[2].time).await.unwrap(), 2);
    assert_eq!(
        f.ids_after(Cursor::default()).await,
        all[2..].iter().map(|e| e.id).collect::<Vec<_>>()
    );
    let later = all[4].time + SignedDuration::from_secs(1);
    assert_eq!(f.catalog.forget_events(later).await.unwrap(), 3);
    assert_eq!(f.catalog.forget_events(later).await.unwrap(), 0);
}

/// A transaction that has begun and is slow has written its event before others that have ended: nobody may pass over it.
#[tokio::test]
async fn an_event_of_a_slow_transaction_is_not_passed_over() {
    let mut f = Fixture::on(Place::postgres()).await;
    let before = f.upload().await;
    let (slow, slow_event) = f.image();
    let mut tx = f.catalog.write().await.unwrap();
    events::images_uploaded(&mut tx, &[(slow_event, &slow)]).await.unwrap();
    assert!(matches!(&*tx, Connection::PostgresTransaction(_)));
    let fast = f.upload_at_once().await;
    let seen = f.catalog.events_after(Cursor::default(), 100).await.unwrap();
    assert_eq!(seen.iter().map(|event| event.id).collect::<Vec<_>>(), [before]);
    assert_eq!(f.catalog.last_event().await.unwrap(), seen[0].cursor);
    tx.commit().await.unwrap();
    // One after the other when a transaction in another database of the server began between them.
    let expected = [slow_event, fast];
    loop {
        let ids = f.ids_after(seen[0].cursor).await;
        assert!(expected.starts_with(&ids), "{ids:?}");
        if ids.len() == expected.len() {
            break;
        }
        tokio::task::yield_now().await;
    }
}

/// Many writers and a reader that goes on from where it was: each event once, none lost.
#[tokio::test(flavor = "multi_thread")]
async fn no_event_is_lost_or_doubled_while_many_write() {
    const WRITERS: u128 = 8;
    const EACH: u128 = 25;
    let place = Place::postgres();
    let catalog = place.open().await;
    let writers = (0..WRITERS).map(|writer| {
        let mut f =
            Fixture { catalog: catalog.clone(), next: (writer + 1) << 32, place: Place::sqlite() };
        tokio::spawn(async move {
            let mut ids = Vec::new();
            for _ in 0..EACH {
                ids.push(f.upload_at_once().await);
            }
            ids
        })
    });
    let writers: Vec<_> = writers.collect();
    let (mut place, mut seen) = (Cursor::default(), Vec::new());
    while seen.len() < (WRITERS * EACH) as usize {
        for event in catalog.events_after(place, 7).await.unwrap() {
            assert!(event.cursor > place);
            place = event.cursor;
            seen.push(event.id);
        }
    }
    let mut written = Vec::new();
    for writer in writers {
        written.extend(writer.await.unwrap());
    }
    seen.sort();
    written.sort();
    assert_eq!(seen, written);
}
