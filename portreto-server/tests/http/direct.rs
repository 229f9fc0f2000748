//! Direct URLs over HTTP.

use std::fs;

use futures::future::join_all;
use jiff::Timestamp;
use portreto_core::{Digest, Limits, probe};
use portreto_server::{KeyRing, sign_url};

use crate::wire::{Site, photo};

fn media_type(bytes: &[u8]) -> &'static str {
    probe(bytes, &Limits::default()).unwrap().format.media_type()
}

#[tokio::test]
async fn a_signed_url_gives_the_picture_to_everyone() {
    let site = Site::with(|config| config.anonymous = false).await;
    let picture = photo(0);
    let original = Digest::of(&picture);
    let upload = portreto_store::Upload {
        bytes: picture.into(),
        name: "a.jpg".to_owned(),
        labels: std::collections::BTreeSet::new(),
        owner: "ada".to_owned(),
        transforms: Vec::new(),
        keep_damaged: false,
    };
    let image = site.portreto.add(upload).await.unwrap().image;
    let url = |name: &str| sign_url(&site.keys, &original, name, None).unwrap();

    // Many at once render it once.
    let webp = url("resize:32x32.webp");
    for answer in join_all((0..50).map(|_| site.get(&webp))).await {
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.headers["content-type"], "image/webp");
        assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(answer.headers["etag"], format!("\"{}\"", Digest::of(&answer.body)));
        assert!(!answer.headers.contains_key("vary"));
    }
    site.portreto.idle().await;
    assert_eq!(site.portreto.stats().await.unwrap().variants, 1);
    assert_eq!(site.portreto.renders().operations["resize"], 1);
    let etag = site.get(&webp).await.headers["etag"].clone();
    let unchanged = site.send("GET", &webp, &[("If-None-Match", &etag)], b"").await;
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
    let head = site.send("HEAD", &webp, &[], b"").await;
    assert_eq!((head.status, head.body.len()), (200, 0));

    // What the client accepts decides.
    let auto = url("resize:32x32.auto");
    for (accept, expected) in [
        ("image/webp,*/*", "image/webp"),
        ("image/avif,image/webp;q=0", "image/avif"),
        ("image/webp;q=0,*/*;q=0.1", "image/jpeg"),
        ("*/*", "image/jpeg"),
    ] {
        let answer = site.send("GET", &auto, &[("Accept", accept)], b"").await;
        assert_eq!((answer.status, media_type(&answer.body)), (200, expected), "{accept}");
        assert_eq!(answer.headers["content-type"], expected);
        assert_eq!(answer.headers["vary"], "Accept");
    }
    assert_eq!(site.get(&url("resize:32x32,png.png")).await.headers["content-type"], "image/png");

    // One that ends soon is not cached longer.
    let soon = Timestamp::from_second(4_000_000_000).unwrap();
    let long = sign_url(&site.keys, &original, "png.png", Some(soon)).unwrap();
    assert_eq!(site.get(&long).await.status, 200);
    let past = Timestamp::from_second(1_000).unwrap();
    let past = sign_url(&site.keys, &original, "png.png", Some(past)).unwrap();
    assert_eq!(site.get(&past).await.json()["type"], "/problems/expired");

    // Not asked of the catalog, but of the stores: gone with the image, also from memory.
    site.portreto.delete(image.id).await.unwrap();
    assert_eq!(site.get(&url("resize:40x40.webp")).await.status, 404);
}

#[tokio::test]
async fn a_deleted_picture_is_not_given_from_memory() {
    let site = Site::new().await;
    let picture = photo(0);
    let url = sign_url(&site.keys, &Digest::of(&picture), "resize:32x32.webp", None).unwrap();
    assert_eq!(site.get(&url).await.status, 404);
    let image = site.upload(&picture).await;
    assert_eq!(site.get(&url).await.status, 200);
    let path = image["links"]["self"].as_str().unwrap();
    assert_eq!(site.send("DELETE", path, &[], b"").await.status, 204);
    assert_eq!(site.get(&url).await.status, 404);
}

#[tokio::test]
async fn the_catalog_may_be_away() {
    let site = Site::new().await;
    let picture = photo(0);
    site.upload(&picture).await;
    let url = |name: &str| sign_url(&site.keys, &Digest::of(&picture), name, None).unwrap();
    let kept = site.get(&url("resize:32x32.webp")).await.body;
    // Kept before the catalog goes away.
    site.portreto.close().await;
    for name in ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"] {
        let _ = fs::remove_file(site.home.path().join(name));
    }
    assert_eq!(site.get("/images").await.status, 503);
    assert_eq!(site.get(&url("resize:32x32.webp")).await.body, kept);
    // Also what was never made before.
    let made = site.get(&url("resize:16x16.png")).await;
    assert_eq!((made.status, media_type(&made.body)), (200, "image/png"));
    let other = sign_url(&site.keys, &Digest::of(b"other"), "resize:16x16.png", None).unwrap();
    assert_eq!(site.get(&other).await.status, 404);
}

#[tokio::test]
async fn what_is_not_signed_by_us_is_refused() {
    let site = Site::with(|config| {
        config.presets.define("thumb", "resize:24x24:cover").unwrap();
        config.open_presets = true;
    })
    .await;
    let picture = photo(0);
    let digest = Digest::of(&picture);
    site.upload(&picture).await;
    let good = sign_url(&site.keys, &digest, "resize:8x8.png", None).unwrap();
    assert_eq!(site.get(&good).await.status, 200);
    let forged = sign_url(&KeyRing::random("1"), &digest, "resize:8x8.png", None).unwrap();
    for (url, status, kind) in [
        (forged, 403, "bad-signature"),
        (good.replace("8x8", "9x9"), 403, "bad-signature"),
        (format!("/i/{digest}/resize:8x8.png"), 403, "unsigned"),
        (format!("{good}&x=1"), 400, "bad-request"),
        (format!("{good}&{}", good.split_once('?').unwrap().1), 400, "bad-request"),
        (format!("/i/{digest}/preset:thumb,rotate:90.webp"), 403, "unsigned"),
        (format!("/i/{digest}/preset:other.webp"), 400, "transform"),
        (format!("/i/{}/resize:8x8.png", &digest.to_string()[1..]), 400, "bad-request"),
        (sign_url(&site.keys, &digest, "resize:8x8", None).unwrap(), 400, "transform"),
        (sign_url(&site.keys, &digest, "resize:8x8.exe", None).unwrap(), 400, "transform"),
        (sign_url(&site.keys, &digest, "resize:8x8,jpg.png", None).unwrap(), 400, "transform"),
        (sign_url(&site.keys, &digest, "../../x.png", None).unwrap(), 400, "transform"),
        (sign_url(&site.keys, &digest, "crop:1x1@4000x0.png", None).unwrap(), 422, "unusable"),
    ] {
        let answer = site.get(&url).await;
        assert_eq!(answer.status, status, "{url}: {answer:?}");
        assert_eq!(answer.json()["type"], format!("/problems/{kind}"), "{url}");
    }
    let preset = site.get(&format!("/i/{digest}/preset:thumb.webp")).await;
    assert_eq!(preset.status, 200, "{preset:?}");
    assert_eq!(probe(&preset.body, &Limits::default()).unwrap().width, 24);
}

#[tokio::test]
async fn more_than_can_be_rendered_soon_is_turned_away() {
    let home = tempfile::tempdir().unwrap();
    let mut options = portreto_store::Options::new(home.path());
    options.create = true;
    options.waiting = 0;
    options.render_bytes = 1;
    let portreto = portreto_store::Portreto::open(options).await.unwrap();
    let picture = portreto_samples::jpeg_with_orientation(1, 640, 400);
    let digest = Digest::of(&picture);
    let upload = portreto_store::Upload {
        bytes: picture.into(),
        name: "a.jpg".to_owned(),
        labels: std::collections::BTreeSet::new(),
        owner: String::new(),
        transforms: Vec::new(),
        keep_damaged: false,
    };
    portreto.add(upload).await.unwrap();
    // One is rendered at a time, none waits: of many at once some come through, the others are told to come again.
    let transforms: Vec<_> =
        (1..40).map(|n| format!("resize:{n}x{n},png").parse().unwrap()).collect();
    let results = join_all(transforms.iter().map(|t| {
        let portreto = portreto.clone();
        async move { portreto.direct(&digest, t).await }
    }));
    let results = results.await;
    let busy = |r: &portreto_store::Result<_>| matches!(r, Err(error) if error.kind() == portreto_store::ErrorKind::Busy);
    let n_busy = results.iter().filter(|r| busy(r)).count();
    assert!(results.iter().all(|r| r.is_ok() || busy(r)), "{results:?}");
    assert!(n_busy > 0 && n_busy < results.len(), "{n_busy}");
}
