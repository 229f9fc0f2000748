//! One fault of a bucket or its line after another: what the place answers, and when, in virtual time.

use futures::TryStreamExt;
use portreto_core::replica::{Space, StoreError, StoreErrorKind};
use portreto_store::conformance::conforms;
use tokio::time::Instant;

use super::*;
use crate::wire::Fault;

#[tokio::test]
async fn without_faults_it_is_a_store_like_any_other() {
    conforms(&*founded(&Wire::new()).await).await;
}

/// The script; what the put answers; whether the bytes are there; how many puts were sent; seconds, at most.
type PutCase<'a> = (&'a [Fault], Option<StoreErrorKind>, bool, usize, u64);

#[tokio::test(start_paused = true)]
async fn what_a_broken_line_does_to_a_put() {
    use Fault::*;
    let slow_down = Status(503, "SlowDown", None);
    let gone = Status(503, "ServiceUnavailable", Some(60));
    let cases: &[PutCase] = &[
        (&[], None, true, 1, 0),
        (&[NotSent, NotSent, NotSent], None, true, 4, 1),
        (&[NotSent; 4], Some(StoreErrorKind::Offline), false, 4, 1),
        (&[LostAnswer], None, true, 2, 1),
        (&[LostAnswer, LostAnswer], None, true, 2, 1),
        (&[Hang], None, true, 2, 6),
        (&[Hang, Hang], Some(StoreErrorKind::Offline), false, 2, 11),
        (&[Hang; 4], Some(StoreErrorKind::Offline), false, 2, 16),
        (&[LostAnswerHang, LostAnswerHang], None, true, 2, 11),
        (&[Slow(seconds(4))], None, true, 1, 4),
        (&[slow_down, slow_down], None, true, 3, 1),
        (&[slow_down; 4], Some(StoreErrorKind::Offline), false, 4, 1),
        (&[Status(500, "InternalError", None)], None, true, 2, 1),
        (&[StatusAfter(500, "InternalError"); 4], None, true, 4, 1),
        (&[Status(429, "TooManyRequests", Some(3))], None, true, 2, 4),
        (&[gone], Some(StoreErrorKind::Offline), false, 1, 0),
        (&[Status(507, "XMinioStorageFull", None)], Some(StoreErrorKind::Full), false, 1, 0),
        (&[Status(403, "AccessDenied", None)], Some(StoreErrorKind::Denied), false, 1, 0),
        // It may be the checksum: asked once more with another.
        (&[Status(400, "InvalidArgument", None)], None, true, 2, 0),
        (&[Status(400, "InvalidArgument", None); 2], Some(StoreErrorKind::Failed), false, 2, 0),
        (&[Status(400, "RequestTimeout", None)], None, true, 2, 1),
        (&[FlipThere], None, true, 2, 1),
        (&[FlipThere; 4], Some(StoreErrorKind::Failed), false, 4, 1),
    ];
    for &(script, answer, there, n_puts, most) in cases {
        let wire = Wire::new();
        let place = founded(&wire).await;
        let (key, bytes) = blob(vec![7; 5000]);
        wire.script(script);
        let started = Instant::now();
        let put = place.put(&key, bytes.clone()).await;
        let took = started.elapsed();
        let told = format!("{script:?}: {put:?} after {took:?}, {:?}", wire.take_log());
        assert_eq!(put.as_ref().err().map(StoreError::kind), answer, "{told}");
        let kept = wire.server.object(&format!("photos/family/{key}"));
        assert_eq!(kept, there.then_some(bytes), "{told}");
        assert_eq!(told.matches("PUT").count(), n_puts, "{told}");
        assert!(took.as_secs() <= most, "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_confirm_checksums_is_sent_signed_ones() {
    let wire = Wire::new();
    wire.server.grow_old();
    let place = founded(&wire).await;
    // It takes anything, also what a broken line has made of the bytes.
    wire.script(&[Fault::FlipThere]);
    for (n, n_puts) in [(0, 2), (1, 1), (2, 1)] {
        let (key, bytes) = blob(vec![n; 5000]);
        place.put(&key, bytes.clone()).await.unwrap();
        assert_eq!(wire.server.object(&format!("photos/family/{key}")), Some(bytes));
        assert_eq!(wire.take_log().len(), n_puts, "blob {n}");
    }
    // Now it would be found out.
    wire.script(&[Fault::FlipThere; 4]);
    let (key, bytes) = blob(vec![3; 5000]);
    assert_eq!(place.put(&key, bytes).await.unwrap_err().kind(), StoreErrorKind::Failed);
}

/// The script; what the get answers; seconds, at most. Bytes that are wrong but whole are for the reader to find.
type GetCase<'a> = (&'a [Fault], Result<&'a [u8], StoreErrorKind>, u64);

#[tokio::test(start_paused = true)]
async fn what_a_broken_line_does_to_a_get() {
    use Fault::*;
    use StoreErrorKind::{Failed, NotFound, Offline};
    let missing = Status(404, "NoSuchKey", None);
    let no_bucket = Status(404, "NoSuchBucket", None);
    let cases: &[GetCase] = &[
        (&[], Ok(b"the bytes"), 0),
        (&[NotSent, LostAnswer], Ok(b"the bytes"), 1),
        (&[Hang], Ok(b"the bytes"), 6),
        (&[Hang, Hang], Err(Offline), 11),
        (&[Slow(seconds(4))], Ok(b"the bytes"), 4),
        (&[Cut], Err(Offline), 0),
        (&[Stall], Err(Offline), 5),
        (&[FlipBack], Ok(b"the\x20cytes"), 0),
        (&[Status(503, "SlowDown", Some(2))], Ok(b"the bytes"), 3),
        (&[Status(500, "InternalError", None); 4], Err(Offline), 1),
        (&[Status(501, "NotImplemented", None)], Err(Failed), 0),
        (&[missing], Err(NotFound), 0),
        // Without its marker a store is away, not empty.
        (&[no_bucket, no_bucket], Err(Offline), 0),
    ];
    for (script, answer, most) in cases {
        let wire = Wire::new();
        let place = founded(&wire).await;
        let (key, bytes) = blob(&b"the bytes"[..]);
        place.put(&key, bytes.clone()).await.unwrap();
        wire.script(script);
        let started = Instant::now();
        let got = place.get(&key).await;
        let told = format!("{script:?}: {got:?} after {:?}", started.elapsed());
        assert!(started.elapsed().as_secs() <= *most, "{told}");
        match (got, answer) {
            (Ok(got), Ok(expected)) => assert_eq!(&got[..], *expected, "{told}"),
            (Err(error), Err(kind)) => assert_eq!(error.kind(), *kind, "{told}"),
            _ => panic!("{told}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_with_the_words_of_the_server() {
    let wire = Wire::new();
    let place = founded(&wire).await;
    wire.always("GET", Fault::Status(503, "SlowDown", None));
    let error = place.get(&blob("x").0).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "the server said 503 Service Unavailable (SlowDown): says the script");
}

#[tokio::test(start_paused = true)]
async fn listings_and_deletes_come_to_an_end_too() {
    let wire = Wire::new();
    let place = founded(&wire).await;
    let blobs: Vec<_> = (0..10_u8).map(|n| blob(vec![n])).collect();
    for (key, bytes) in &blobs {
        place.put(key, bytes.clone()).await.unwrap();
    }
    wire.take_log();
    // The second of four pages is asked for twice.
    let none = Fault::Nothing;
    wire.script(&[none, none, Fault::Hang]);
    let listed: Vec<_> = place.list(Space::Blobs, None).try_collect().await.unwrap();
    assert_eq!(listed.len(), 10);
    wire.script(&[none, none, Fault::Hang, Fault::Hang]);
    let listed: Result<Vec<_>, _> = place.list(Space::Blobs, None).try_collect().await;
    assert_eq!(listed.unwrap_err().kind(), StoreErrorKind::Offline, "and not a short list");

    wire.script(&[Fault::LostAnswer]);
    place.delete(&blobs[0].0).await.unwrap();
    wire.script(&[Fault::Hang, Fault::Hang]);
    let started = Instant::now();
    let error = place.delete(&blobs[1].0).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Offline);
    assert!(started.elapsed() <= seconds(11));
    assert!(place.get(&blobs[0].0).await.unwrap_err().is_not_found());
    assert!(place.get(&blobs[1].0).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_server_in_trouble_gets_a_tenth_more_load_and_not_four_times_as_much() {
    let wire = Wire::new();
    let place = founded(&wire).await;
    let (key, bytes) = blob("x");
    place.put(&key, bytes).await.unwrap();
    wire.take_log();
    wire.always("HEAD", Fault::Status(503, "SlowDown", None));
    for _ in 0..500 {
        assert_eq!(place.head(&key).await.unwrap_err().kind(), StoreErrorKind::Offline);
    }
    let n_sent = wire.take_log().len();
    assert!((500..=520).contains(&n_sent), "{n_sent} requests for 500 calls");
    // It is well again, and after many answers there may be retries again.
    wire.always("none", Fault::Nothing);
    for _ in 0..40 {
        place.head(&key).await.unwrap();
    }
    wire.script(&[Fault::Status(503, "SlowDown", None)]);
    place.head(&key).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_is_asked_to_wait_waits_with_all_that_he_does() {
    let wire = Wire::new();
    let place = founded(&wire).await;
    let (key, bytes) = blob("x");
    place.put(&key, bytes).await.unwrap();
    wire.script(&[Fault::Status(503, "SlowDown", Some(3))]);
    let started = Instant::now();
    let other = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        place.head(&key).await.unwrap();
        started.elapsed()
    };
    let (first, other) = tokio::join!(place.head(&key), other);
    first.unwrap();
    assert!(other >= seconds(3), "asked again after {other:?}");
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_waits_the_same_times() {
    let times = async || {
        let wire = Wire::new();
        let place = founded(&wire).await;
        wire.always("HEAD", Fault::NotSent);
        let started = Instant::now();
        let _ = place.head(&blob("x").0).await;
        started.elapsed()
    };
    assert_eq!(times().await, times().await);
}
