//! Bad requests, and what each is answered. A row is a case.

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::wire::{Site, form, form_type, photo};

const JPEG: &str = "Content-Type: image/jpeg";
const JSON: &str = "Content-Type: application/json";
const TEXT: &str = "Content-Type: text/plain";

/// What is sent, and what must come back: the status and the last part of the problem's type.
struct Case {
    method: &'static str,
    path: String,
    headers: String,
    body: Vec<u8>,
    answer: (u16, &'static str),
}

fn case(
    method: &'static str,
    path: impl Into<String>,
    headers: impl Into<String>,
    body: impl Into<Vec<u8>>,
    answer: (u16, &'static str),
) -> Case {
    Case { method, path: path.into(), headers: headers.into(), body: body.into(), answer }
}

/// A PNG that says it has so many pixels: 30,000 × 30,000 are 109 KB of zeros, and 3.6 GB of pixels.
fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = b"IHDR".to_vec();
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&[8, 6, 0, 0, 0]);
    png.extend_from_slice(&13u32.to_be_bytes());
    png.extend_from_slice(&header);
    png.extend_from_slice(&crc32(&header).to_be_bytes());
    png.extend_from_slice(&[0; 64]);
    png
}

/// PNG specification, annex D, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & 0u32.wrapping_sub(crc & 1))
        })
    })
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn uploads() -> Vec<Case> {
    let picture = photo(0);
    let cut_off = picture[..picture.len() / 2].to_vec();
    let base64 = BASE64_STANDARD.encode(&picture);
    let upload =
        |headers: &str, body: Vec<u8>, answer| case("POST", "/images", headers, body, answer);
    let text = |text: &str| text.as_bytes().to_vec();
    let form_header = format!("Content-Type: {}", form_type());
    let mut cases = vec![
        upload("", picture.clone(), (415, "media-type")),
        upload("Content-Type: text/html", picture.clone(), (415, "media-type")),
        upload(
            "Content-Type: application/x-www-form-urlencoded",
            picture.clone(),
            (415, "media-type"),
        ),
        upload(JPEG, text(""), (415, "not-a-picture")),
        upload(JPEG, text("hello"), (415, "not-a-picture")),
        upload(
            JPEG,
            text("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
            (415, "not-a-picture"),
        ),
        upload(JPEG, text("PK\x03\x04 a zip that is called a picture"), (415, "not-a-picture")),
        // Nothing is unpacked that was packed on the way.
        upload(
            &format!("{JPEG}\r\nContent-Encoding: gzip"),
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec(),
            (415, "not-a-picture"),
        ),
        upload(JPEG, cut_off.clone(), (422, "unusable")),
        upload("Content-Type: image/png", png_bomb(30_000, 30_000), (422, "unusable")),
        upload("Content-Type: image/png", png_bomb(0, 10), (422, "unusable")),
        upload("Content-Type: image/png", png_bomb(u32::MAX, u32::MAX), (422, "unusable")),
        upload(
            &format!("{JPEG}\r\nContent-Digest: sha-256=:{}:", BASE64_STANDARD.encode([7; 32])),
            picture.clone(),
            (400, "damaged-on-the-way"),
        ),
        upload(
            &format!("{JPEG}\r\nContent-Digest: sha-256=:AAAA:"),
            picture.clone(),
            (400, "bad-request"),
        ),
        upload(
            &format!("{JPEG}\r\nContent-Digest: nonsense"),
            picture.clone(),
            (400, "bad-request"),
        ),
        upload(JSON, text(""), (400, "bad-request")),
        upload(JSON, text("{"), (400, "bad-request")),
        upload(JSON, text("[]"), (400, "bad-request")),
        upload(JSON, text("{}"), (400, "bad-request")),
        upload(JSON, b"{\"image\": \"\xff\"}".to_vec(), (400, "bad-request")),
        upload(JSON, text(r#"{"image": 5}"#), (400, "bad-request")),
        upload(JSON, text(r#"{"image": ""}"#), (400, "bad-request")),
        upload(JSON, text(r#"{"image": "%%%"}"#), (400, "bad-request")),
        upload(
            JSON,
            text(r#"{"image": "http://169.254.169.254/latest/meta-data"}"#),
            (400, "bad-request"),
        ),
        upload(JSON, text(r#"{"image": "file:///etc/passwd"}"#), (400, "bad-request")),
        upload(
            JSON,
            text(&format!(r#"{{"image": "{base64}", "colour": 1}}"#)),
            (400, "bad-request"),
        ),
        upload(JSON, text(&format!(r#"{{"image": "{base64}", "width": 0}}"#)), (400, "transform")),
        upload(
            JSON,
            text(&format!(r#"{{"image": "{base64}", "width": -1}}"#)),
            (400, "bad-request"),
        ),
        upload(
            JSON,
            text(&format!(r#"{{"image": "{base64}", "width": 1e99}}"#)),
            (400, "bad-request"),
        ),
        upload(
            JSON,
            text(&format!(r#"{{"image": "{base64}", "transforms": ["explode"]}}"#)),
            (400, "transform"),
        ),
        upload(
            JSON,
            text(&format!(r#"{{"image": "{base64}", "transforms": [{{"operation": 1}}]}}"#)),
            (400, "bad-request"),
        ),
        upload(
            JSON,
            text(&format!(r#"{{"image": "{base64}", "labels": ["{}"]}}"#, "x".repeat(129))),
            (422, "unusable"),
        ),
        upload(
            JSON,
            text(&format!(r#"{{"image": "{base64}", "name": "{}.jpg"}}"#, "x".repeat(1_025))),
            (422, "unusable"),
        ),
        upload(JSON, text(&"[".repeat(100_000)), (400, "bad-request")),
        upload("Content-Type: multipart/form-data", picture.clone(), (400, "bad-request")),
        upload(
            "Content-Type: multipart/form-data; boundary=other",
            form(&[("f", Some("a.jpg"), &picture)]),
            (400, "bad-request"),
        ),
        upload(&form_header, text(""), (400, "bad-request")),
        upload(&form_header, form(&[("label", None, b"x")]), (400, "bad-request")),
        upload(
            &form_header,
            form(&[("f", Some("a.jpg"), &picture), ("owner", None, b"root")]),
            (400, "bad-request"),
        ),
        upload(
            &form_header,
            form(&[("label", None, &[b'x'; 5_000]), ("f", Some("a.jpg"), &picture)]),
            (400, "bad-request"),
        ),
        upload(
            &form_header,
            form(&[("label", None, b"\xff\xfe"), ("f", Some("a.jpg"), &picture)]),
            (400, "bad-request"),
        ),
        upload(
            &form_header,
            form(&[("f", Some("a.jpg"), &picture)])[..300].to_vec(),
            (400, "bad-request"),
        ),
        case("POST", "/images?transform=explode", JPEG, picture.clone(), (400, "transform")),
        case("POST", "/images?name=a&name=b", JPEG, picture.clone(), (400, "bad-request")),
        case("POST", "/images?keep_damaged=perhaps", JPEG, cut_off, (400, "bad-request")),
        case("POST", "/images?owner=root", JPEG, picture.clone(), (400, "bad-request")),
        case("POST", "/images?label=%0A", JPEG, picture.clone(), (422, "unusable")),
        case("PUT", "/images", JPEG, picture.clone(), (405, "method-not-allowed")),
    ];
    for (width, height) in
        [("0", "5"), ("5", "-1"), ("99999999", "5"), ("1.5", "5"), ("\"5\"", "5")]
    {
        let body = format!(r#"{{"image": "{base64}", "width": {width}, "height": {height}}}"#);
        cases.push(case("POST", "/api/", JSON, body, (400, "bad-request")));
    }
    let body = json!({ "image": BASE64_STANDARD.encode("no picture"), "width": 5, "height": 5 });
    cases.push(case("POST", "/api/", JSON, body.to_string(), (400, "not-a-picture")));
    cases
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn asking(image: &str) -> Vec<Case> {
    let variants = format!("/images/{image}/variants");
    let other = "0198c0de-0000-7000-8000-000000000000";
    let none = (404, "not-found");
    let bad = (400, "bad-request");
    vec![
        case("GET", "/images?limit=0", "", "", bad),
        case("GET", "/images?limit=1001", "", "", bad),
        case("GET", "/images?limit=ten", "", "", bad),
        case("GET", "/images?after=0", "", "", bad),
        case("GET", "/images?since=yesterday", "", "", bad),
        case("GET", "/images?owner=root", "", "", bad),
        case("GET", "/images/..%2f..%2fetc%2fpasswd", "", "", none),
        case("GET", "/images/%00", "", "", none),
        case("GET", "/images/%ff%fe", "", "", bad),
        case("GET", "/images/../../etc/passwd", "", "", none),
        case("GET", format!("/images/{other}"), "", "", none),
        case("GET", format!("/images/{other}/content"), "", "", none),
        case("DELETE", format!("/images/{other}"), "", "", none),
        case(
            "GET",
            format!("/images/{image}/content"),
            "Range: bytes=99999999-",
            "",
            (416, "range"),
        ),
        case(
            "GET",
            format!("/images/{image}/content"),
            "If-Match: \"x\"",
            "",
            (412, "precondition-failed"),
        ),
        case("GET", format!("{variants}/../../x/content"), "", "", none),
        case("GET", format!("{variants}/0000/content"), "", "", none),
        case("POST", &*variants, "", "resize:5x5", (415, "media-type")),
        case("POST", &*variants, TEXT, "", (400, "transform")),
        case("POST", &*variants, TEXT, "explode", (400, "transform")),
        case("POST", &*variants, TEXT, "resize:0x0", (400, "transform")),
        case("POST", &*variants, TEXT, "resize:5x5,".repeat(40), (400, "transform")),
        case("POST", &*variants, TEXT, "x".repeat(5_000), (400, "transform")),
        case("POST", &*variants, TEXT, b"\xff".to_vec(), bad),
        case("POST", &*variants, JSON, r#"{"transform": "png", "priority": 1000}"#, bad),
        case(
            "POST",
            &*variants,
            JSON,
            r#"{"transform": "png", "webhook": "http://localhost"}"#,
            bad,
        ),
        case("POST", &*variants, format!("{TEXT}\r\nPrefer: wait=soon"), "png", bad),
        case("POST", format!("/images/{image}/1"), "", "", bad),
        case("POST", format!("/images/{image}/99999999999"), "", "", bad),
        case("POST", format!("/images/{image}/many"), "", "", none),
        case("GET", format!("/images/{image}/17"), "", "", none),
        case("GET", "/jobs?state=lost", "", "", bad),
        case("GET", "/jobs?image=x", "", "", bad),
        case("GET", format!("/jobs/{other}"), "", "", none),
        case("GET", format!("/jobs/{other}/events"), "", "", none),
        case("DELETE", format!("/jobs/{other}"), "", "", none),
        case("POST", "/jobs/none/rerun", "", "", none),
        case("GET", "/api/none", "", "", none),
        case("GET", format!("/api/{image}.7x7"), "", "", none),
        case("GET", format!("/image/{other}"), "", "", none),
        case("GET", format!("/image/{image}"), "", "", none),
        case("GET", "/i/none/png.png", "", "", bad),
        case("GET", format!("/i/{}/png.png", "0".repeat(64)), "", "", (403, "unsigned")),
        case(
            "GET",
            format!("/i/{}/png.png?s=1.AAAA", "0".repeat(64)),
            "",
            "",
            (403, "bad-signature"),
        ),
        case(
            "GET",
            "/images",
            "Authorization: Bearer eyJhbGciOiJub25lIn0.e30.",
            "",
            (401, "unauthorized"),
        ),
        case("GET", "/images", "Authorization: Basic cm9vdDpyb290", "", (401, "unauthorized")),
        case("GET", "/images", "Authorization: Bearer portreto_AAAA", "", (401, "unauthorized")),
        case("GET", "/images", "Authorization: Bearer \u{7f}", "", bad),
        case("POST", "/auth/login", JSON, r#"{"name": "a"}"#, bad),
        case("POST", "/auth/login", JSON, r#"{"name": "a", "password": "b", "admin": true}"#, bad),
        case(
            "POST",
            "/auth/login",
            JSON,
            format!(r#"{{"name": "a", "password": "{}"}}"#, "x".repeat(9_000)),
            (413, "too-large"),
        ),
        case("POST", "/auth/login", TEXT, "a:b", (415, "media-type")),
        case(
            "POST",
            "/auth/login",
            JSON,
            r#"{"name": "a", "password": "wrong password"}"#,
            (401, "denied"),
        ),
        case("POST", "/auth/refresh", JSON, r#"{"refresh_token": "x"}"#, (401, "denied")),
        case("POST", "/auth/logout", "", "", (403, "in-person")),
        case("GET", "/nothing", "", "", none),
        case("GET", "/.git/config", "", "", none),
        case("TRACE", "/images", "", "", (405, "method-not-allowed")),
        case("POST", "/health", "", "", (405, "method-not-allowed")),
    ]
}

#[tokio::test]
async fn each_is_answered_as_it_deserves() {
    let site = Site::with(|config| config.workers = 0).await;
    let image = site.upload(&photo(9)).await["id"].as_str().unwrap().to_owned();
    let cases: Vec<Case> = uploads().into_iter().chain(asking(&image)).collect();
    assert!(cases.len() >= 100, "{}", cases.len());
    let mut wrong = String::new();
    for Case { method, path, headers, body, answer } in cases {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        let _ = write!(request, "Content-Length: {}\r\n", body.len());
        if !headers.is_empty() {
            let _ = write!(request, "{headers}\r\n");
        }
        request.push_str("\r\n");
        let got = site.wire(&[request.as_bytes(), &body].concat()).await;
        let kind = if got.status >= 400 && got.headers.contains_key("content-type") {
            assert_eq!(got.headers["content-type"], "application/problem+json", "{path}");
            let problem = got.json();
            assert_eq!(problem["status"], got.status, "{path}");
            assert!(problem["request_id"].is_string(), "{path}");
            problem["type"].as_str().unwrap().replace("/problems/", "")
        } else {
            String::new()
        };
        let unread = got.status == 400 && kind.is_empty();
        if (got.status, &*kind) != answer && !(unread && answer.0 == 400) {
            let body = String::from_utf8_lossy(&got.body);
            let start: String =
                String::from_utf8_lossy(&body.as_bytes()[..body.len().min(300)]).into();
            let _ = writeln!(
                wrong,
                "{method} {path} {headers}: {} {kind}, not {answer:?}: {start}",
                got.status
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // Nothing of it was kept, and the server is as well as before.
    assert_eq!(site.portreto.stats().await.unwrap().images, 1);
    assert_eq!(site.get("/health").await.status, 200);
}

/// What is wrong below the level of requests: the head, the length, the pace.
#[tokio::test]
async fn broken_requests_end_their_connection_and_no_other() {
    let site = Site::with(|config| {
        config.body_bytes = 100_000;
        config.header_timeout = std::time::Duration::from_millis(300);
        config.body_idle = std::time::Duration::from_millis(600);
    })
    .await;
    let long = format!("GET /health HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(70_000));
    let many = format!("GET /health HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(2_000));
    let too_large = "POST /images HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 100001\r\n\r\n";
    let two =
        "POST /images HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello";
    let chunk = format!("{:x}\r\n{}\r\n", 60_000, "x".repeat(60_000));
    let chunked = format!(
        "POST /images HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n"
    );
    for (request, status) in [
        (&*long, 431),
        (&*many, 431),
        ("NONSENSE\r\n\r\n", 400),
        ("GET /health HTTP/9.9\r\n\r\n", 400),
        ("GET /he alth HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /health HTTP/1.1\r\nHost: x\r\nBad Header: x\r\n\r\n", 400),
        (too_large, 413),
        (two, 400),
        (&*chunked, 413),
        ("POST /images HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400),
        // The length is a lie, and the rest never comes: the wait for it is bounded.
        (
            "POST /images HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: image/jpeg\r\nContent-Length: 5000\r\n\r\nhello",
            408,
        ),
    ] {
        let answer = site.wire(request.as_bytes()).await;
        assert_eq!(answer.status, status, "{request:.80}: {answer:?}");
    }
    // One byte of a head at a time: the connection ends when its time is up.
    let mut slow = TcpStream::connect(site.addr).await.unwrap();
    slow.write_all(b"GET /health HTTP/1.1\r\nHost").await.unwrap();
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest).await;
    assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
    // A client that goes away in the middle.
    let mut gone = TcpStream::connect(site.addr).await.unwrap();
    gone.write_all(too_large.replace("100001", "1000").as_bytes()).await.unwrap();
    drop(gone);
    assert_eq!(site.get("/health").await.status, 200);
    assert_eq!(site.portreto.stats().await.unwrap().images, 0);
}
