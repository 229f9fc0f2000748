//! What the server tells of itself.

use portreto_core::Digest;
use portreto_server::sign_url;

use crate::wire::{Site, photo};

#[tokio::test]
async fn metrics_count_what_was_asked() {
    let site = Site::new().await;
    let picture = photo(0);
    site.upload(&picture).await;
    let url = sign_url(&site.keys, &Digest::of(&picture), "resize:8x8.png", None).unwrap();
    for _ in 0..3 {
        assert_eq!(site.get(&url).await.status, 200);
    }
    assert_eq!(site.get("/images/nothing").await.status, 404);
    assert_eq!(site.get("/no/such/path").await.status, 404);
    let answer = site.get("/metrics").await;
    assert!(answer.headers["content-type"].starts_with("application/openmetrics-text"));
    let text = String::from_utf8(answer.body).unwrap();
    for line in [
        "portreto_http_requests_total{method=\"POST\",route=\"/images\",status=\"201\"} 1",
        "portreto_http_requests_total{method=\"GET\",route=\"/i/{digest}/{name}\",status=\"200\"} 3",
        "portreto_http_requests_total{method=\"GET\",route=\"/images/{id}\",status=\"404\"} 1",
        "portreto_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "portreto_http_request_seconds_count{route=\"/i/{digest}/{name}\"} 3",
        "portreto_http_requests_in_flight 1",
        "portreto_cache_hits_total 2",
        "portreto_cache_misses_total 1",
        "portreto_images 1",
        "portreto_variants 1",
        "portreto_jobs{state=\"queued\"} 0",
        "portreto_store_up{store=\"a\"} 1",
        "portreto_store_up{store=\"b\"} 1",
        "portreto_replica_faults{kind=\"corrupt\"} 0",
    ] {
        assert!(text.lines().any(|told| told == line), "{line} is not in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn stores_are_told_without_their_places() {
    let site = Site::new().await;
    let answer = site.get("/stores").await;
    let home = site.home.path().to_str().unwrap();
    assert!(!String::from_utf8(answer.body.clone()).unwrap().contains(home));
    let stores = answer.json()["stores"].clone();
    assert_eq!(stores.as_array().unwrap().len(), 2);
    assert_eq!((&stores[0]["id"], &stores[0]["healthy"]), (&"a".into(), &true.into()));
}

#[tokio::test]
async fn the_server_describes_itself() {
    let site = Site::with(|config| config.anonymous = false).await;
    let document = site.get("/openapi.json").await;
    assert_eq!((document.status, &document.json()["openapi"]), (200, &"3.1.0".into()));
    let page = site.get("/docs").await;
    assert_eq!((page.status, &*page.headers["content-type"]), (200, "text/html; charset=utf-8"));
    assert!(page.headers["content-security-policy"].starts_with("default-src 'none'"));
    let page = String::from_utf8(page.body).unwrap();
    for path in document.json()["paths"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
    }
    assert!(!page.contains("<script"));
}
