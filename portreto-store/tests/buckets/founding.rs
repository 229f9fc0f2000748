//! Making a store of a bucket; reaching it by other URLs.

use std::error::Error as _;

use object_store::client::{HttpRequest, HttpRequestBody, HttpService};
use portreto_store::store::{Survey, open_wired};

use super::*;
use crate::wire::Fault;

/// Both found at the same time, each after the other has seen that there is nothing.
async fn two_founders(wire: &Wire) -> [Result<(), String>; 2] {
    let (first, second) = (place(wire), place(wire));
    let (marker_1, marker_2) = (marker(1), marker(2));
    let (a, b) = tokio::join!(first.found(&marker_1), second.found(&marker_2));
    [a, b].map(|founded| founded.map_err(|error| error.to_string()))
}

#[tokio::test]
async fn of_two_founders_of_one_bucket_one_is_told() {
    let wire = Wire::new();
    let founded = two_founders(&wire).await;
    let n_founded = founded.iter().filter(|founded| founded.is_ok()).count();
    assert_eq!(n_founded, 1, "{founded:?}");
    let winner = if founded[0].is_ok() { marker(1) } else { marker(2) };
    assert_eq!(place(&wire).survey().await.unwrap(), Survey::Store(winner));
}

#[tokio::test]
async fn a_server_that_ignores_conditions_is_known_for_it() {
    for (ignores, expected) in [(false, true), (true, false)] {
        let wire = Wire::new();
        if ignores {
            wire.server.ignore_conditions();
        }
        let place = place(&wire);
        assert_eq!(place.honors_conditions(), None);
        place.found(&marker(1)).await.unwrap();
        assert_eq!(place.honors_conditions(), Some(expected));
        // Its own marker is written over: it says who the peers are now. Another's is not.
        let now = Marker { peers: vec![entry(3, "s3://paintings")], ..marker(1) };
        place.found(&now).await.unwrap();
        assert!(place.found(&marker(2)).await.is_err());
        assert_eq!(place.survey().await.unwrap(), Survey::Store(now));
    }
}

#[tokio::test(start_paused = true)]
async fn founding_survives_lost_answers_to_its_own_effects() {
    // Founding puts the README, looks for the marker, and makes it.
    for fault in
        [Fault::LostAnswer, Fault::LostAnswerHang, Fault::StatusAfter(500, "InternalError")]
    {
        let wire = Wire::new();
        let place = place(&wire);
        wire.script(&[Fault::Nothing, Fault::Nothing, fault]);
        place.found(&marker(1)).await.unwrap();
        let log = wire.take_log();
        assert!(log[2].starts_with("PUT portreto.json"), "{log:?}");
        assert_eq!(place.survey().await.unwrap(), Survey::Store(marker(1)));
        assert_eq!(place.honors_conditions(), Some(true), "{fault:?} {log:?}");
    }
}

#[tokio::test]
async fn a_bucket_is_reached_by_path_and_by_host() {
    let wire = Wire::new();
    founded(&wire).await;
    let by_host = "s3://photos/family?endpoint=http://photos.s3.test&allow_http=true\
                   &virtual_hosted_style_request=true&region=us-east-1";
    let by_host = open_wired(by_host, &wiring(Some(&wire))).unwrap();
    assert_eq!(by_host.survey().await.unwrap(), Survey::Store(marker(1)));
    let (key, bytes) = blob("by host");
    by_host.put(&key, bytes.clone()).await.unwrap();
    assert_eq!(place(&wire).get(&key).await.unwrap(), bytes);
}

#[tokio::test]
async fn wrong_credentials_are_denied_and_not_a_store_that_is_away() {
    let wire = Wire::new();
    founded(&wire).await;
    let mut wiring = wiring(Some(&wire));
    wiring.variables.as_mut().unwrap()[1].1 = "another".to_owned();
    let url = "s3://photos/family?endpoint=http://s3.test&allow_http=true&region=us-east-1";
    let error = open_wired(url, &wiring).unwrap().survey().await.unwrap_err();
    assert_eq!(error.kind(), portreto_core::replica::StoreErrorKind::Denied);
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_signed_url_needs_no_credentials_and_serves_nothing_else() {
    let wire = Wire::new();
    let place = founded(&wire).await;
    let (key, bytes) = blob("for a friend");
    place.put(&key, bytes.clone()).await.unwrap();
    let url = place.presign_get(&key, seconds(600)).await.unwrap().expect("S3 has such URLs");
    assert!(url.query().unwrap().contains("X-Amz-Expires=600"), "{url}");
    let get = async |url: &str| {
        let body = HttpRequestBody::empty();
        let request: HttpRequest = http::Request::get(url).body(body).unwrap();
        let response = wire.call(request).await.unwrap();
        (response.status().as_u16(), response.into_body().bytes().await.unwrap())
    };
    assert_eq!(get(url.as_str()).await, (200, bytes));
    let (other, _) = blob("not for him");
    let other = url.as_str().replace(&key.to_string(), &other.to_string());
    let longer = url.as_str().replace("X-Amz-Expires=600", "X-Amz-Expires=6000");
    assert_eq!(get(&other).await.0, 403);
    assert_eq!(get(&longer).await.0, 403);

    let memory = portreto_store::store::open("memory:").unwrap();
    assert!(memory.presign_get(&key, seconds(600)).await.unwrap().is_none());
}
