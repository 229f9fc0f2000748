//! What one client may take, and what slow ones cannot.

use std::{num::NonZeroU32, time::Duration};

use futures::future::join_all;
use portreto_core::Digest;
use portreto_server::{Config, Rate, sign_url};
use portreto_store::{ErrorKind, Options, Portreto, Quota, Scope, Upload};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::wire::{Site, photo};

/// So few that a test reaches them, and so slow that they do not come back during one.
fn three(config: &mut Config) {
    let [per_minute, burst] = [1, 3].map(|n| NonZeroU32::new(n).unwrap());
    config.rate = Some(Rate { per_minute, burst });
}

/// 4 MB that nothing compresses.
fn noise(seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    let picture = image::RgbImage::from_fn(1_200, 1_200, |_, _| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        image::Rgb([state as u8, (state >> 8) as u8, (state >> 16) as u8])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

#[tokio::test]
async fn who_comes_too_often_is_told_when_to_come_again() {
    let site = Site::with(three).await;
    let picture = photo(0);
    site.upload(&picture).await;
    let statuses = [site.get("/images").await.status, site.get("/nothing").await.status];
    assert_eq!(statuses, [200, 404]);
    let limited = site.get("/images").await;
    assert_eq!((limited.status, &limited.json()["type"]), (429, &"/problems/rate".into()));
    let wait: u64 = limited.headers["retry-after"].parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    // A header that anybody can write makes nobody another client.
    let forwarded = [("X-Forwarded-For", "198.51.100.7")];
    assert_eq!(site.send("GET", "/images", &forwarded, b"").await.status, 429);
    // Neither probes nor signed pictures are counted.
    let url = sign_url(&site.keys, &Digest::of(&picture), "resize:8x8.png", None).unwrap();
    for path in ["/health", "/ready", &url] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn clients_behind_a_trusted_proxy_are_told_apart() {
    let site = Site::with(|config| {
        three(config);
        config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let from = async |client: &str| {
        site.send("GET", "/images", &[("X-Forwarded-For", client)], b"").await.status
    };
    for _ in 0..3 {
        assert_eq!(from("198.51.100.7").await, 200);
    }
    assert_eq!(from("198.51.100.7").await, 429);
    assert_eq!(from("198.51.100.8").await, 200);
    // What the client writes before what the proxy saw counts for nothing.
    assert_eq!(from("1.2.3.4, 198.51.100.7").await, 429);
}

#[tokio::test]
async fn keys_and_people_are_counted_wherever_they_come_from() {
    let site = Site::with(|config| {
        three(config);
        config.anonymous = false;
    })
    .await;
    let ada = site.portreto.register("ada", "correct horse battery").await.unwrap();
    let mut secrets = Vec::new();
    for name in ["one", "two"] {
        secrets.push(site.portreto.add_api_key(&ada.id, name, Scope::Read).await.unwrap().1);
    }
    let by = async |secret: &str| {
        let bearer = format!("Bearer {secret}");
        site.send("GET", "/images", &[("Authorization", &bearer)], b"").await.status
    };
    for _ in 0..3 {
        assert_eq!(by(&secrets[0]).await, 200);
    }
    assert_eq!(by(&secrets[0]).await, 429);
    assert_eq!(by(&secrets[1]).await, 200);
    // Bad keys are not clients of their own: their address is.
    let statuses = [by("a").await, by("b").await, by("portreto_c").await, by("d").await];
    assert_eq!(statuses, [401, 401, 401, 429]);
    assert_eq!(by(&secrets[1]).await, 200);
}

/// Two servers of one home, many uploads at once: the bound is kept to the image and to the byte.
#[tokio::test]
async fn a_quota_holds_against_many_at_once() {
    let home = tempfile::tempdir().unwrap();
    let open = async |images, bytes| {
        let mut options = Options::new(home.path());
        options.create = true;
        options.quota = Quota { images, bytes };
        Portreto::open(options).await.unwrap()
    };
    let upload = |owner: &str, n: u8| Upload {
        bytes: photo(n).into(),
        name: "a.jpg".to_owned(),
        labels: std::collections::BTreeSet::new(),
        owner: owner.to_owned(),
        transforms: Vec::new(),
        keep_damaged: false,
    };
    let servers = [open(Some(5), None).await, open(Some(5), None).await];
    let race = (0..20).map(|n| servers[usize::from(n) % 2].add_later(upload("ada", n)));
    let results = join_all(race).await;
    let kept: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
    assert_eq!(kept.len(), 5);
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_eq!(error.kind(), ErrorKind::Quota, "{error}");
    }
    let usage = servers[0].usage("ada").await.unwrap();
    assert_eq!((usage.images, usage.bytes), (5, kept.iter().map(|k| k.image.bytes).sum()));
    // The same again is no more than there is; others have their own; what is deleted makes room.
    let again = servers[1].image_of("ada", &kept[0].image.digest).await.unwrap().unwrap();
    servers[1].delete(again.id).await.unwrap();
    servers[0].add_later(upload("eve", 0)).await.unwrap();
    servers[0].add_later(upload("ada", 100)).await.unwrap();
    servers[0].add_later(upload("ada", 100)).await.unwrap();
    assert_eq!(
        servers[0].add_later(upload("ada", 101)).await.unwrap_err().kind(),
        ErrorKind::Quota
    );
    // Bytes: as many as two pictures have.
    let most = (photo(0).len() + photo(1).len()) as u64;
    let server = open(None, Some(most)).await;
    for (n, fits) in [(0, true), (1, true), (2, false)] {
        assert_eq!(server.add_later(upload("bob", n)).await.is_ok(), fits, "{n}");
    }
}

#[tokio::test]
async fn the_quota_is_told_over_http() {
    let site =
        Site::of_options(|options| options.quota = Quota { images: Some(1), bytes: None }, |_| ())
            .await;
    site.upload(&photo(0)).await;
    let jpeg = [("Content-Type", "image/jpeg")];
    let refused = site.send("POST", "/images", &jpeg, &photo(1)).await;
    assert_eq!((refused.status, &refused.json()["type"]), (403, &"/problems/quota".into()));
    assert!(refused.json()["detail"].as_str().unwrap().contains("delete some"));
}

#[tokio::test]
async fn slow_uploads_hold_no_memory_that_others_need() {
    let site = Site::with(|config| config.intake_bytes = 8 << 20).await;
    let picture = noise(1);
    let head = format!(
        "POST /images HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: image/png\r\nContent-Length: {}\r\n\r\n",
        picture.len()
    );
    // Together they would need fifteen times the memory there is.
    let mut slow = Vec::new();
    for _ in 0..30 {
        let mut stream = TcpStream::connect(site.addr).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&picture[..2 << 20]).await.unwrap();
        slow.push(stream);
    }
    site.upload(&photo(0)).await;
    // They are served when they come to their end.
    for mut stream in slow.drain(..2) {
        stream.write_all(&picture[2 << 20..]).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let status = &answer[..12];
        assert!(status == b"HTTP/1.1 201" || status == b"HTTP/1.1 200", "{answer:?}");
    }
    let image = site.portreto.image_of("", &Digest::of(&picture)).await.unwrap().unwrap();
    assert_eq!(site.portreto.original(&image).await.unwrap(), picture);
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_given_up() {
    let site = Site::with(|config| {
        config.body_idle = Duration::from_millis(200);
        config.body_pace = 1 << 40;
    })
    .await;
    let head = "POST /images HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: image/png\r\nContent-Length: 9999\r\n\r\n";
    let answer = site.wire(head.as_bytes()).await;
    assert_eq!((answer.status, &answer.json()["type"]), (408, &"/problems/too-slow".into()));
}

#[tokio::test]
async fn slow_readers_hold_no_memory_that_others_need() {
    let site = Site::with(|config| config.outgoing_bytes = 6 << 20).await;
    let picture = noise(2);
    let image = site.upload(&picture).await;
    let path = image["links"]["content"].as_str().unwrap();
    // Each has the head of its answer, and takes nothing more.
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let mut slow = Vec::new();
    for _ in 0..12 {
        let mut stream = TcpStream::connect(site.addr).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
        slow.push(stream);
    }
    assert_eq!(site.get(path).await.body, picture);
    let part = site.send("GET", path, &[("Range", "bytes=1000000-3999999")], b"").await;
    assert_eq!((part.status, &*part.body), (206, &picture[1_000_000..4_000_000]));
    for mut stream in slow {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.ends_with(&picture));
    }
}
