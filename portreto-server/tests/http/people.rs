//! Logging in, and what others may not see.

use portreto_core::Digest;
use serde_json::{Value, json};

use crate::wire::{Answer, Site, photo};

const PASSWORD: &str = "correct horse battery";

async fn site() -> Site {
    Site::with(|config| {
        config.anonymous = false;
        config.registration = true;
    })
    .await
}

async fn log_in(site: &Site, name: &str) -> Value {
    let credentials = json!({ "name": name, "password": PASSWORD });
    let registered = site.post_json("/auth/register", &credentials).await;
    assert!([201, 409].contains(&registered.status), "{registered:?}");
    let answer = site.post_json("/auth/login", &credentials).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.headers["cache-control"], "no-store");
    answer.json()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap().to_owned()
}

async fn by(site: &Site, secret: &str, method: &str, path: &str, body: &[u8]) -> Answer {
    let bearer = format!("Bearer {secret}");
    let media_type = if path.starts_with("/auth") { "application/json" } else { "image/jpeg" };
    site.send(method, path, &[("Authorization", &bearer), ("Content-Type", media_type)], body).await
}

/// Every path with an id of something of somebody's: others get the same answer as for what does not exist.
#[tokio::test]
async fn nobody_sees_or_changes_what_is_anothers() {
    let site = site().await;
    let ada = text(&log_in(&site, "ada").await, "access_token");
    let eve = text(&log_in(&site, "eve").await, "access_token");
    let uploaded =
        by(&site, &ada, "POST", "/images?name=a.jpg&transform=resize:9x9,png", &photo(0)).await;
    assert_eq!(uploaded.status, 202, "{uploaded:?}");
    let uploaded = uploaded.json();
    let image = text(&uploaded["image"], "id");
    let job = text(&uploaded["jobs"][0], "id");
    let key = Digest::of(b"any").to_string();
    for (method, path) in [
        ("GET", format!("/images/{image}")),
        ("HEAD", format!("/images/{image}")),
        ("GET", format!("/images/{image}/content")),
        ("GET", format!("/images/{image}/variants")),
        ("POST", format!("/images/{image}/variants")),
        ("GET", format!("/images/{image}/variants/{key}/content")),
        ("POST", format!("/images/{image}/4")),
        ("GET", format!("/images/{image}/4")),
        ("GET", format!("/image/{image}")),
        ("GET", format!("/api/{image}.5x5")),
        ("GET", format!("/jobs/{job}")),
        ("GET", format!("/jobs/{job}/events")),
        ("GET", format!("/jobs?image={image}")),
        ("POST", format!("/jobs/{job}/rerun")),
        ("DELETE", format!("/jobs/{job}")),
        ("DELETE", format!("/images/{image}")),
    ] {
        let answer = by(&site, &eve, method, &path, b"").await;
        assert_eq!(answer.status, 404, "{method} {path}: {answer:?}");
        let nobody = site.send(method, &path, &[], b"").await;
        assert_eq!(nobody.status, 401, "{method} {path}: {nobody:?}");
    }
    for path in ["/images", "/jobs"] {
        let list = by(&site, &eve, "GET", path, b"").await.json();
        assert!(list[&path[1..]].as_array().unwrap().is_empty(), "{list}");
    }
    assert_eq!(
        by(&site, &ada, "GET", &format!("/images/{image}/content"), b"").await.body,
        photo(0)
    );
    // The same bytes are another image for another owner.
    let other = by(&site, &eve, "POST", "/images", &photo(0)).await;
    assert_eq!(other.status, 201);
    assert_ne!(text(&other.json(), "id"), image);
    assert_eq!(
        by(&site, &ada, "GET", "/images", b"").await.json()["images"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn tokens_rotate_and_end_with_their_session() {
    let site = site().await;
    let first = log_in(&site, "ada").await;
    let refresh = async |tokens: &Value| {
        let body = json!({ "refresh_token": tokens["refresh_token"] });
        site.post_json("/auth/refresh", &body).await
    };
    let status = async |tokens: &Value| {
        by(&site, &text(tokens, "access_token"), "GET", "/images", b"").await.status
    };
    let second = refresh(&first).await.json();
    assert_eq!((status(&first).await, status(&second).await), (200, 200));
    assert_eq!(refresh(&first).await.status, 401, "used before");
    assert_eq!((status(&first).await, status(&second).await), (401, 401));
    assert_eq!(refresh(&second).await.status, 401);

    let again = log_in(&site, "ada").await;
    let access = text(&again, "access_token");
    assert_eq!(by(&site, &access, "POST", "/auth/logout", b"").await.status, 204);
    assert_eq!((status(&again).await, refresh(&again).await.status), (401, 401));
    let forged = format!("{}x", &access[..access.len() - 1]);
    let answer = by(&site, &forged, "GET", "/images", b"").await;
    assert_eq!((answer.status, &*answer.headers["www-authenticate"]), (401, "Bearer"));
}

#[tokio::test]
async fn logins_are_limited_whatever_a_client_says_of_its_address() {
    let site = site().await;
    log_in(&site, "ada").await;
    let attempt = async |name: &str, i: usize| {
        let from = format!("10.0.0.{i}");
        let headers = [("Content-Type", "application/json"), ("X-Forwarded-For", &*from)];
        let body = json!({ "name": name, "password": "wrong password" }).to_string();
        site.send("POST", "/auth/login", &headers, body.as_bytes()).await
    };
    let (known, unknown) = (attempt("ada", 0).await, attempt("nobody", 0).await);
    let plain = |answer: &Answer| {
        let mut body = answer.json();
        body["request_id"] = json!(null);
        (answer.status, body)
    };
    assert_eq!(plain(&known), plain(&unknown));
    for i in 1..10 {
        assert_eq!(attempt("ada", i).await.status, 401);
    }
    let limited = attempt("ada", 11).await;
    assert_eq!((limited.status, &limited.json()["type"]), (429, &json!("/problems/too-many")));
    assert!(limited.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn keys_are_for_machines() {
    let site = site().await;
    let access = text(&log_in(&site, "ada").await, "access_token");
    let add = async |secret: &str, scope: &str| {
        let body = json!({ "name": "camera", "scope": scope }).to_string();
        by(&site, secret, "POST", "/auth/keys", body.as_bytes()).await
    };
    let read = add(&access, "read").await;
    assert_eq!(read.status, 201, "{read:?}");
    let (read, write) = (read.json(), add(&access, "write").await.json());
    assert_eq!(add(&access, "admin").await.status, 400);
    let [read_secret, write_secret] = [&read, &write].map(|key| text(key, "secret"));
    assert_eq!(by(&site, &read_secret, "GET", "/images", b"").await.status, 200);
    let refused = by(&site, &read_secret, "POST", "/images", &photo(0)).await;
    assert_eq!((refused.status, &refused.json()["type"]), (403, &json!("/problems/scope")));
    assert_eq!(by(&site, &write_secret, "POST", "/images", &photo(0)).await.status, 201);
    assert_eq!(add(&write_secret, "write").await.status, 403, "a key makes no keys");
    let listed = by(&site, &access, "GET", "/auth/keys", b"").await;
    assert_eq!(listed.json()["keys"].as_array().unwrap().len(), 2);
    assert!(!String::from_utf8(listed.body).unwrap().contains(&write_secret));
    let path = format!("/auth/keys/{}", text(&write, "id"));
    assert_eq!(by(&site, &access, "DELETE", &path, b"").await.status, 204);
    assert_eq!(by(&site, &write_secret, "GET", "/images", b"").await.status, 401);
}

#[tokio::test]
async fn registration_is_closed_unless_it_is_opened() {
    let site = Site::new().await;
    let body = json!({ "name": "ada", "password": PASSWORD });
    let answer = site.post_json("/auth/register", &body).await;
    assert_eq!(
        (answer.status, &answer.json()["type"]),
        (403, &json!("/problems/registration-closed"))
    );
}

/// What the description says of who may ask, tried: nobody without a login, and nobody else with one.
#[tokio::test]
async fn every_way_that_is_not_open_wants_to_know_who_asks() {
    let site = site().await;
    let ada = text(&log_in(&site, "ada").await, "access_token");
    let eve = text(&log_in(&site, "eve").await, "access_token");
    let uploaded = by(&site, &ada, "POST", "/images?transform=resize:9x9,png", &photo(0)).await;
    let uploaded = uploaded.json();
    let image = text(&uploaded["image"], "id");
    let body = json!({ "name": "camera", "scope": "read" }).to_string();
    let key = by(&site, &ada, "POST", "/auth/keys", body.as_bytes()).await.json();
    let jobs = by(&site, &ada, "GET", "/jobs", b"").await.json();
    let job = text(&jobs["jobs"][0], "id");
    let document = site.get("/openapi.json").await.json();
    let (mut closed, mut others) = (0, 0);
    for (path, ways) in document["paths"].as_object().unwrap() {
        let id = match path {
            path if path.starts_with("/jobs") => &job,
            path if path.starts_with("/auth") => &text(&key, "id"),
            _ => &image,
        };
        let concrete = path
            .replace("{id}", id)
            .replace("{levels}", "4")
            .replace("{key}", &Digest::of(b"any").to_string())
            .replace("{identifier}", &format!("{image}.5x5"));
        for (method, operation) in ways.as_object().unwrap() {
            if operation["security"].as_array().unwrap().is_empty() {
                continue;
            }
            closed += 1;
            let method = method.to_uppercase();
            let nobody = site.send(&method, &concrete, &[], b"").await;
            assert_eq!(nobody.status, 401, "{method} {path}: {nobody:?}");
            if path.contains('{') {
                others += 1;
                let answer = by(&site, &eve, &method, &concrete, b"").await;
                assert_eq!(answer.status, 404, "{method} {path}: {answer:?}");
            }
        }
    }
    assert!(closed > 20 && others > 12, "{closed} {others}");
}

#[tokio::test]
async fn pages_of_another_origin_change_nothing() {
    let site = Site::new().await;
    let form_type = crate::wire::form_type();
    let body = crate::wire::form(&[("file", Some("a.jpg"), &photo(0))]);
    for (origin, fetch_site, status) in [
        (Some("https://evil.example"), Some("cross-site"), 403),
        (Some("https://evil.example"), None, 403),
        (Some("null"), None, 403),
        (None, Some("same-site"), 403),
        (Some("http://test"), None, 201),
        (None, Some("same-origin"), 200),
        (None, None, 200),
    ] {
        let mut headers = vec![("Content-Type", &*form_type)];
        headers.extend(origin.map(|origin| ("Origin", origin)));
        headers.extend(fetch_site.map(|site| ("Sec-Fetch-Site", site)));
        let answer = site.send("POST", "/images", &headers, &body).await;
        assert_eq!(answer.status, status, "{origin:?} {fetch_site:?}: {answer:?}");
        if status == 403 {
            assert_eq!(answer.json()["type"], "/problems/cross-origin");
        }
    }
    // Looking is left to the browser, which shows the page nothing of it.
    let cross = [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")];
    let looked = site.send("GET", "/images", &cross, b"").await;
    assert_eq!(looked.status, 200);
    assert!(!looked.headers.contains_key("access-control-allow-origin"));
}
