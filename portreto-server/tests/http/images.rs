//! Images over HTTP: uploaded in each of the ways, listed, given back, deleted.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use portreto_core::Digest;
use portreto_store::scrub::ScrubOptions;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::wire::{Site, form, form_type, open, photo};

#[tokio::test]
async fn a_picture_comes_back_as_it_was_sent() {
    let site = Site::new().await;
    let picture = photo(0);
    let digest = Digest::of(&picture).to_string();
    let sha = BASE64_STANDARD.encode(Sha256::digest(&picture));
    let headers = [
        ("Content-Type", "image/jpeg"),
        ("Content-Digest", &*format!("sha-512=:AA==:, sha-256=:{sha}:")),
    ];
    let path = "/images?name=..%2Fb%C3%A4r.jpg&label=x&label=y";
    let answer = site.send("POST", path, &headers, &picture).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let image = answer.json();
    let id = image["id"].as_str().unwrap();
    assert_eq!(answer.headers["location"], format!("/images/{id}"));
    assert_eq!((&image["digest"], &image["name"]), (&json!(digest), &json!("bär.jpg")));
    assert_eq!((&image["width"], &image["labels"]), (&json!(96), &json!(["x", "y"])));
    let again = site.send("POST", path, &headers, &picture).await;
    assert_eq!((again.status, again.json()["id"].as_str()), (200, Some(id)));
    assert_eq!(site.get(&format!("/images/{id}")).await.json(), image);

    let content = image["links"]["content"].as_str().unwrap();
    let answer = site.get(content).await;
    assert_eq!((answer.status, &answer.body), (200, &picture));
    let etag = format!("\"{digest}\"");
    for (name, value) in [
        ("etag", &*etag),
        ("content-type", "image/jpeg"),
        ("accept-ranges", "bytes"),
        ("cache-control", "private, no-cache"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("content-disposition", "inline; filename=\"b_r.jpg\"; filename*=UTF-8''b%C3%A4r.jpg"),
    ] {
        assert_eq!(answer.headers[name], value, "{name}");
    }
    let head = site.send("HEAD", content, &[], b"").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.headers["content-length"], picture.len().to_string());
    let unchanged = site.send("GET", content, &[("If-None-Match", &etag)], b"").await;
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
    let part = site.send("GET", content, &[("Range", "bytes=2-5"), ("If-Range", &etag)], b"").await;
    assert_eq!((part.status, &part.body[..]), (206, &picture[2..6]));
    assert_eq!(part.headers["content-range"], format!("bytes 2-5/{}", picture.len()));
    let outside = site.send("GET", content, &[("Range", "bytes=999999-")], b"").await;
    assert_eq!(
        (outside.status, &*outside.json()["type"].to_string()),
        (416, "\"/problems/range\"")
    );
    assert_eq!(outside.headers["content-range"], format!("bytes */{}", picture.len()));

    assert_eq!(site.send("DELETE", &format!("/images/{id}"), &[], b"").await.status, 204);
    assert_eq!(site.get(content).await.status, 404);
    assert_eq!(site.send("DELETE", &format!("/images/{id}"), &[], b"").await.status, 404);
}

#[tokio::test]
async fn a_request_may_come_again_under_its_name_and_another_may_not() {
    let site = Site::new().await;
    let named = async |name: &str, path: &str, picture: &[u8]| {
        let headers = [("Content-Type", "image/jpeg"), ("Idempotency-Key", name)];
        site.send("POST", path, &headers, picture).await
    };
    let first = named("a", "/images", &photo(0)).await;
    assert_eq!(first.status, 201, "{first:?}");
    let again = named("a", "/images", &photo(0)).await;
    assert_eq!((again.status, &again.json()["id"]), (200, &first.json()["id"]));
    for (path, picture) in [("/images", photo(1)), ("/images?label=x", photo(0))] {
        let other = named("a", path, &picture).await;
        let problem = json!("/problems/idempotency-key");
        assert_eq!((other.status, &other.json()["type"]), (422, &problem), "{path}");
    }
    assert_eq!(named(&"x".repeat(256), "/images", &photo(1)).await.status, 400);
    assert_eq!(named("b", "/images", &photo(1)).await.status, 201);
}

#[tokio::test]
async fn forms_carry_many_files_and_one_bad_one_stops_none() {
    let site = Site::new().await;
    let (first, second) = (photo(1), photo(2));
    let body = form(&[
        ("label", None, b"trip"),
        ("files", Some("one.jpg"), &first),
        ("files", Some("notes.txt"), b"no picture at all"),
        ("files", Some("/tmp/two.jpg"), &second),
    ]);
    let answer = site.send("POST", "/images", &[("Content-Type", &form_type())], &body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let results = answer.json()["results"].clone();
    assert_eq!(results[0]["image"]["labels"], json!(["trip"]));
    assert_eq!(results[1]["problem"]["type"], "/problems/not-a-picture");
    assert_eq!(results[1]["name"], "notes.txt");
    assert_eq!(results[2]["image"]["name"], "two.jpg");
    assert_eq!(site.portreto.stats().await.unwrap().images, 2);

    let body = form(&[("files", Some("a.txt"), b"1"), ("files", Some("b.txt"), b"2")]);
    let answer = site.send("POST", "/images", &[("Content-Type", &form_type())], &body).await;
    assert_eq!((answer.status, answer.json()["results"].as_array().unwrap().len()), (422, 2));
    // A form with one file is answered as a picture alone is.
    let body = form(&[("file", Some("three.jpg"), &photo(3))]);
    let answer = site.send("POST", "/images", &[("Content-Type", &form_type())], &body).await;
    assert_eq!((answer.status, answer.json()["name"].as_str()), (201, Some("three.jpg")));
}

#[tokio::test]
async fn json_carries_a_picture_and_what_to_make_of_it() {
    let site = Site::new().await;
    let image = BASE64_STANDARD.encode(photo(0));
    let body = json!({ "image": image, "name": "j.jpg", "labels": ["x"], "width": 20,
        "transforms": ["resize:30x30,png", { "operations": [], "output": { "format": "png" } }] });
    let answer = site.post_json("/images", &body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let body = answer.json();
    let id = body["image"]["id"].as_str().unwrap();
    let list = format!("/jobs?image={id}");
    assert_eq!(answer.headers["location"], list);
    let transforms: Vec<_> =
        body["jobs"].as_array().unwrap().iter().map(|j| &j["transform"]).collect();
    assert_eq!(transforms, ["resize:30x30,png", "png", "resize:20x"]);
    for job in body["jobs"].as_array().unwrap() {
        loop {
            let job = site.get(job["links"]["self"].as_str().unwrap()).await.json();
            if job["state"] == "done" {
                let content = job["variant"]["links"]["content"].as_str().unwrap();
                let picture = site.get(content).await;
                assert_eq!(picture.headers["content-type"], job["variant"]["media_type"]);
                assert_eq!(Digest::of(&picture.body).to_string(), job["variant"]["digest"]);
                break;
            }
        }
    }
    assert_eq!(site.get(&list).await.json()["jobs"].as_array().unwrap().len(), 3);
    let variants = site.get(&format!("/images/{id}/variants")).await.json();
    assert_eq!(variants["variants"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn images_are_listed_in_pages() {
    let site = Site::new().await;
    let mut ids = Vec::new();
    for seed in 0..5 {
        let path = format!("/images?name=photo-{seed}.jpg&label=n{}", seed % 2);
        let answer =
            site.send("POST", &path, &[("Content-Type", "image/jpeg")], &photo(seed)).await;
        ids.push(answer.json()["id"].clone());
    }
    let list = async |query: &str| {
        let answer = site.get(&format!("/images{query}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let body = answer.json();
        let listed = body["images"].as_array().unwrap().iter().map(|i| i["id"].clone());
        (listed.collect::<Vec<_>>(), body["next"].clone())
    };
    assert_eq!(list("").await, (ids.clone(), json!(null)));
    let (first, next) = list("?limit=2").await;
    assert_eq!(first, ids[..2]);
    let (second, next) = list(&format!("?limit=2&after={}", next.as_str().unwrap())).await;
    assert_eq!(second, ids[2..4]);
    let (last, next) = list(&format!("?limit=2&after={}", next.as_str().unwrap())).await;
    assert_eq!((last, next), (ids[4..].to_vec(), json!(null)));
    assert_eq!(list("?label=n1").await.0, [ids[1].clone(), ids[3].clone()]);
    assert_eq!(list("?name=PHOTO-4").await.0, ids[4..]);
    assert_eq!(list("?until=2000-01-01T00:00:00Z").await.0.len(), 0);
    assert_eq!(list("?since=2000-01-01T00:00:00Z").await.0.len(), 5);
}

#[tokio::test]
async fn without_anonymous_nothing_is_shown() {
    let site = Site::with(|config| config.anonymous = false).await;
    for (method, path) in [
        ("GET", "/images"),
        ("POST", "/images"),
        ("GET", "/jobs"),
        ("GET", "/stores"),
        ("POST", "/api/"),
        ("POST", "/image"),
    ] {
        let answer = site.send(method, path, &[], b"").await;
        assert_eq!(answer.status, 401, "{method} {path}: {answer:?}");
        assert_eq!(answer.json()["type"], "/problems/unauthorized");
    }
    assert_eq!(site.get("/health").await.status, 200);
}

/// Each upload whose body has come is kept whole or not at all, although nobody waits for the answer.
#[tokio::test]
async fn clients_that_go_away_stop_nothing_in_the_middle() {
    let site = Site::new().await;
    for n in 0..20 {
        let picture = photo(n);
        let head = format!(
            "POST /images HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n",
            picture.len()
        );
        let mut stream = TcpStream::connect(site.addr).await.unwrap();
        stream.write_all(&[head.as_bytes(), &picture].concat()).await.unwrap();
        // Gone at another moment each time.
        for _ in 0..n {
            tokio::task::yield_now().await;
        }
        drop(stream);
    }
    let home = site.stop().await;
    let portreto = open(home.path()).await;
    let found = portreto.scrub(&ScrubOptions::default(), &|_| ()).await.unwrap();
    assert!(found.findings.is_empty(), "{:?}", found.findings);
}
