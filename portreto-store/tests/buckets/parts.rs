//! Large blobs, which go in parts.

use portreto_core::replica::StoreErrorKind;

use super::*;
use crate::wire::Fault;

/// Three parts, the last one shorter.
fn large() -> (Key, Bytes) {
    blob((0..20).map(|n| vec![n; 1 << 20]).collect::<Vec<_>>().concat())
}

#[tokio::test(start_paused = true)]
async fn a_large_blob_goes_in_parts_and_comes_back_whole() {
    let wire = Wire::new();
    let place = founded(&wire).await;
    let (key, bytes) = large();
    // The beginning, then the parts: of one the bits flip, of another the answer is lost.
    wire.script(&[Fault::Nothing, Fault::FlipThere, Fault::LostAnswer]);
    place.put(&key, bytes.clone()).await.unwrap();
    let log = wire.take_log();
    assert_eq!(log.iter().filter(|line| line.contains("partNumber")).count(), 3 + 2, "{log:?}");
    assert_eq!(wire.server.uploads(), (1, 0));
    assert_eq!(place.get(&key).await.unwrap(), bytes);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_finished_is_called_off() {
    for fault in [Fault::Status(503, "SlowDown", None), Fault::NotSent, Fault::Hang] {
        let wire = Wire::new();
        let place = founded(&wire).await;
        let (key, bytes) = large();
        wire.always("partNumber=2", fault);
        let error = place.put(&key, bytes).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Offline, "{fault:?}");
        assert_eq!(wire.server.uploads(), (1, 0), "{fault:?} leaves parts behind");
        assert!(place.get(&key).await.unwrap_err().is_not_found());
    }
}

#[tokio::test(start_paused = true)]
async fn a_completion_whose_answer_was_lost_is_found_out_by_reading_back() {
    let wire = Wire::new();
    let place = founded(&wire).await;
    let (key, bytes) = large();
    wire.always("POST blobs", Fault::LostAnswer);
    // The beginning is a post, too, and needs its answer.
    wire.script(&[Fault::Nothing]);
    place.put(&key, bytes.clone()).await.unwrap();
    assert_eq!(wire.server.uploads(), (1, 0));
    assert_eq!(place.get(&key).await.unwrap(), bytes);
}
