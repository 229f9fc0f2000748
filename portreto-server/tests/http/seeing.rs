//! What the server tells of itself.

use std::time::Duration;

use portreto_core::Digest;
use portreto_server::{Relay, Sinks, sign_url};
use portreto_store::SinkState;
use tokio::sync::oneshot;

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
    // Kept after it was given.
    site.portreto.idle().await;
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
        "portreto_http_request_seconds_count{route=\"/i/{digest}/{name}\",status=\"200\"} 3",
        "portreto_http_requests_in_flight 1",
        "portreto_cache_hits_total 2",
        "portreto_cache_misses_total 1",
        "portreto_operations_total{operation=\"resize\"} 1",
        "portreto_render_seconds_bucket{le=\"+Inf\"} 2",
        "portreto_renders_waiting 0",
        "portreto_owed_copies 0",
        "portreto_store_calls_total{store=\"a\",kind=\"put\",outcome=\"ok\"} 4",
        "portreto_store_calls_total{store=\"b\",kind=\"put\",outcome=\"failed\"} 0",
        "portreto_store_call_seconds_count{store=\"a\",kind=\"put\"} 4",
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
async fn metrics_tell_how_far_behind_a_sink_is() {
    let site = Site::new().await;
    // Its directory is not there.
    let log = site.home.path().join("log/activity.jsonl");
    let sinks = Sinks::parse(&format!("[sinks.log]\nurl = \"file://{}\"", log.display())).unwrap();
    let relay = Relay::open(&site.portreto, sinks, &site.keys).await.unwrap();
    let quickly = Duration::from_millis(5);
    let (stop, stopped) = oneshot::channel::<()>();
    let relaying =
        tokio::spawn(relay.with_pauses(quickly, quickly).run(async { drop(stopped.await) }));
    let until = async |is_so: fn(&[SinkState]) -> bool| {
        while !is_so(&site.portreto.sinks().await.unwrap()) {
            tokio::task::yield_now().await;
        }
    };
    until(|sinks| !sinks.is_empty()).await;
    site.upload(&photo(0)).await;
    site.upload(&photo(1)).await;
    until(|sinks| sinks[0].failures > 0).await;
    stop.send(()).unwrap();
    relaying.await.unwrap();
    let failures = site.portreto.sinks().await.unwrap()[0].failures;

    let text = String::from_utf8(site.get("/metrics").await.body).unwrap();
    for line in [
        "portreto_sink_events_behind{sink=\"log\"} 2".to_owned(),
        format!("portreto_sink_failures{{sink=\"log\"}} {failures}"),
        "portreto_sink_dead_letters{sink=\"log\"} 0".to_owned(),
    ] {
        assert!(text.lines().any(|told| told == line), "{line} is not in\n{text}");
    }
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
    let picture = photo(0);
    site.upload(&picture).await;
    for store in site.get("/stores").await.json()["stores"].as_array().unwrap() {
        let put = &store["calls"]["put"];
        // The picture and its record.
        assert_eq!((&put["count"], &put["failed"]), (&2.into(), &0.into()), "{store}");
        assert!(put["bytes"].as_u64().unwrap() > picture.len() as u64);
        assert!(put["mean_ms"].as_f64().unwrap() > 0.0);
    }
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

/// The router against the document: each path answers to the methods that are told, and to no other.
#[tokio::test]
async fn what_is_told_is_what_is_routed() {
    let site = Site::with(|config| config.anonymous = false).await;
    let document = site.get("/openapi.json").await.json();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 20);
    for (path, ways) in paths {
        let concrete = path.replace("{id}", "0198c0de-0000-7000-8000-000000000000");
        let concrete = concrete.replace("{levels}", "4").replace(['{', '}'], "x");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let told = ways.get(method.to_lowercase()).is_some();
            let answer = site.send(method, &concrete, &[], b"").await;
            assert_eq!(answer.status == 405, !told, "{method} {path}: {answer:?}");
        }
    }
}

/// At an address of its own nobody logs in, nothing but what is for those who run it is there, and it answers while all connections of
/// the server are taken.
#[tokio::test]
async fn those_who_run_it_have_an_address_of_their_own() {
    let site = Site::with(|config| {
        config.anonymous = false;
        config.admin_listen = Some("127.0.0.1:0".parse().unwrap());
        config.connections = 1;
    })
    .await;
    let admin = site.admin.unwrap();
    let taken = tokio::net::TcpStream::connect(site.addr).await.unwrap();
    for (path, status) in [
        ("/health", 200),
        ("/ready", 200),
        ("/metrics", 200),
        ("/stores", 200),
        ("/images", 404),
        ("/auth/login", 404),
        ("/i/x/y", 404),
    ] {
        let answer = site.get_at(admin, path).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
    drop(taken);
    for path in ["/metrics", "/stores"] {
        assert_eq!(site.get(path).await.status, 401, "{path}");
    }
    site.stop().await;
    assert!(tokio::net::TcpStream::connect(admin).await.is_err());
}

/// A store that was away while a picture came gets its copy without anybody asking for it.
#[tokio::test]
async fn what_stores_owe_is_made_up_for_in_the_background() {
    let directories = tempfile::tempdir().unwrap();
    let stores: Vec<_> = ["a", "b", "c"].iter().map(|id| directories.path().join(id)).collect();
    let site = Site::of_options(
        |options| {
            options.stores = stores.iter().map(|path| path.to_str().unwrap().to_owned()).collect();
        },
        |config| config.settle_every = Duration::from_millis(20),
    )
    .await;
    let (there, away) = (&stores[0], directories.path().join("away"));
    std::fs::rename(there, &away).unwrap();
    for n in 0..8 {
        site.upload(&photo(n)).await;
    }
    // Of eight pictures and their records some belong there.
    assert!(site.portreto.stats().await.unwrap().owed > 0);
    std::fs::rename(&away, there).unwrap();
    while site.portreto.stats().await.unwrap().owed > 0 {
        tokio::task::yield_now().await;
    }
    let mut settled = String::new();
    while !settled.contains("portreto_settled_copies_total ") || settled.contains("copies_total 0")
    {
        settled = String::from_utf8(site.get("/metrics").await.body).unwrap();
    }
    let report = site
        .portreto
        .scrub(&portreto_store::scrub::ScrubOptions::default(), &|_| ())
        .await
        .unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}
