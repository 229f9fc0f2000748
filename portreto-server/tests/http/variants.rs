//! Variants and jobs over HTTP.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use portreto_core::{Limits, probe};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::wire::{Site, form, form_type, open, photo};

const TEXT: (&str, &str) = ("Content-Type", "text/plain");

async fn image_id(site: &Site) -> String {
    site.upload(&photo(0)).await["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_variant_is_a_job_or_there_or_waited_for() {
    let site = Site::new().await;
    let path = format!("/images/{}/variants", image_id(&site).await);
    let headers = [TEXT, ("Prefer", "respond-async, wait=30")];
    let answer = site.send("POST", &path, &headers, b"resize:20x20,png").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.headers["preference-applied"], "wait");
    let variant = answer.json();
    assert_eq!((&variant["width"], &variant["height"]), (&json!(20), &json!(13)));
    let content = site.get(variant["links"]["content"].as_str().unwrap()).await;
    assert_eq!(content.headers["content-disposition"], "inline; filename=\"a.png\"");
    assert_eq!(probe(&content.body, &Limits::default()).unwrap().width, 20);

    // The same as data, now at once.
    let body = json!({ "transform": "resize:20x20:inside,png" });
    let again = site.post_json(&path, &body).await;
    assert_eq!((again.status, again.json()), (200, variant));
    let failed = site.send("POST", &path, &headers, b"crop:10x10@4000x0,png").await;
    assert_eq!((failed.status, &failed.json()["type"]), (422, &json!("/problems/job-failed")));

    let answer = site.send("POST", &path, &[TEXT], b"resize:10x10,png").await;
    let job = answer.json();
    assert_eq!(answer.status, 202);
    assert_eq!(answer.headers["location"], job["links"]["self"].as_str().unwrap());
    let events = site.get(job["links"]["events"].as_str().unwrap()).await;
    assert_eq!(events.headers["content-type"], "text/event-stream");
    let events = String::from_utf8(events.body).unwrap();
    let last = events.trim().rsplit("\n\n").next().unwrap();
    let (event, data) = last.split_once('\n').unwrap();
    assert_eq!(event, "event: done", "{events}");
    let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(data["variant"]["width"], 10);
    assert_eq!(site.get("/jobs?state=failed").await.json()["jobs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn jobs_wait_for_a_worker_and_can_be_taken_back_and_outlive_the_server() {
    let site = Site::with(|config| config.workers = 0).await;
    let id = image_id(&site).await;
    let path = format!("/images/{id}/variants");
    let waited = [TEXT, ("Prefer", "wait=0")];
    let job = site.send("POST", &path, &waited, b"resize:20x20,png").await;
    assert_eq!(job.status, 202);
    let job = job.json()["links"]["self"].as_str().unwrap().to_owned();
    assert_eq!(site.get(&job).await.json()["state"], "queued");
    let canceled = site.send("DELETE", &job, &[], b"").await;
    assert_eq!((canceled.status, &canceled.json()["state"]), (200, &json!("canceled")));
    assert_eq!(canceled.json()["problem"]["type"], "/problems/job-canceled");
    let events = site.get(&format!("{job}/events")).await;
    assert!(String::from_utf8(events.body).unwrap().starts_with("event: canceled\n"));
    let again = site.send("POST", &format!("{job}/rerun"), &[], b"").await;
    assert_eq!((again.status, &again.json()["state"]), (202, &json!("queued")));
    assert_eq!(site.get("/jobs?state=queued").await.json()["jobs"].as_array().unwrap().len(), 1);

    // Events end when the server does.
    let events = format!("{job}/events");
    let home = {
        let mut stream = TcpStream::connect(site.addr).await.unwrap();
        let request = format!("GET {events} HTTP/1.1\r\nHost: x\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        site.stop().await
    };
    let portreto = open(home.path()).await;
    let job = job.strip_prefix("/jobs/").unwrap().parse().unwrap();
    let (job, _) = portreto.job("", job).await.unwrap();
    let worker = portreto.clone();
    let _work = tokio::spawn(async move { worker.work(1, std::future::pending()).await });
    let done = portreto.await_end(job, std::time::Duration::from_mins(1)).await.unwrap().unwrap();
    assert_eq!(done.state, portreto_store::JobState::Done);
}

#[tokio::test]
async fn levels_are_a_path_of_their_own() {
    let site = Site::new().await;
    let path = format!("/images/{}/2", image_id(&site).await);
    assert_eq!(site.get(&path).await.status, 404, "not asked for");
    let answer = site.send("POST", &path, &[("Prefer", "wait=30")], b"").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["transform"], "dither:floyd-steinberg,png");
    let picture = site.until_not(202, &path).await;
    assert_eq!((picture.status, &*picture.headers["content-type"]), (200, "image/png"));
}

#[tokio::test]
async fn the_simple_way_gives_exactly_the_size() {
    let site = Site::new().await;
    let body = json!({ "image": BASE64_STANDARD.encode(photo(0)), "width": 33, "height": 44 });
    let answer = site.post_json("/api/", &body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let identifier = answer.json()["identifier"].as_str().unwrap().to_owned();
    assert_eq!(answer.headers["identifier"], identifier);
    let done = site.until_not(202, &format!("/api/{identifier}")).await;
    assert_eq!(done.status, 200, "{done:?}");
    let done = done.json();
    assert_eq!(
        (&done["identifier"], &done["width"], &done["height"]),
        (&json!(identifier), &json!(33), &json!(44))
    );
    let picture = BASE64_STANDARD.decode(done["image"].as_str().unwrap()).unwrap();
    let info = probe(&picture, &Limits::default()).unwrap();
    assert_eq!((info.width, info.height), (33, 44));
}

#[tokio::test]
async fn the_prototypes_way_puts_a_stamp_on_it() {
    let site = Site::new().await;
    let picture = portreto_samples::jpeg_with_orientation(1, 640, 400);
    let body = form(&[("image", Some("p.jpg"), &picture)]);
    let answer = site.send("POST", "/image", &[("Content-Type", &form_type())], &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let stamped = site.until_not(204, &format!("/image/{id}")).await;
    assert_eq!(stamped.status, 200, "{stamped:?}");
    let decoded = |bytes: &[u8]| image::load_from_memory(bytes).unwrap().to_rgb8();
    let (before, after) = (decoded(&picture), decoded(&stamped.body));
    assert_eq!(before.dimensions(), after.dimensions());
    let differs = |x: u32, y: u32| {
        let (a, b) = (before.get_pixel(x, y), after.get_pixel(x, y));
        a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 40)
    };
    let count = |x0: u32, y0: u32| {
        (0..80)
            .flat_map(|y| (0..300).map(move |x| (x, y)))
            .filter(|(x, y)| differs(x0 + x, y0 + y))
            .count()
    };
    assert!(count(330, 315) > 1_000, "{}", count(330, 315));
    assert!(count(10, 10) < 100, "{}", count(10, 10));
}

#[tokio::test]
async fn a_job_tells_how_far_it_is() {
    let site = Site::with(|config| config.workers = 0).await;
    let path =
        "/images?transform=resize:8x8,png&transform=resize:9x9,png&transform=resize:10x10,png";
    let answer = site.send("POST", path, &[("Content-Type", "image/jpeg")], &photo(0)).await;
    assert_eq!(answer.status, 202);
    let jobs = answer.json()["jobs"].as_array().unwrap().clone();
    for (n, job) in jobs.iter().enumerate() {
        let job = site.get(job["links"]["self"].as_str().unwrap()).await.json();
        assert_eq!((&job["state"], &job["progress"]), (&json!("queued"), &json!({ "ahead": n })));
    }
    // One that takes a noticeable time says which step that is. An AVIF of noise does.
    let mut state = 1_u32;
    let noise = image::RgbImage::from_fn(400, 400, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Rgb([(state >> 8) as u8, (state >> 16) as u8, (state >> 24) as u8])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    noise.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let image = site.upload(&png.into_inner()).await;
    let variants = image["links"]["variants"].as_str().unwrap();
    let ask = site.send("POST", variants, &[("Content-Type", "text/plain")], b"avif").await.json();
    let worker = site.portreto.clone();
    let _work = tokio::spawn(async move { worker.work(1, std::future::pending()).await });
    let events = site.get(ask["links"]["events"].as_str().unwrap()).await;
    let events = String::from_utf8(events.body).unwrap();
    let told = r#""progress":{"number":2,"of":3,"step":"rendering"}"#;
    assert!(events.contains(told), "{events}");
    assert!(events.contains("event: done"), "{events}");
}

/// The original is as it was; what is made of it does not say where it was taken.
#[tokio::test]
async fn where_a_photo_was_taken_is_not_in_its_variants() {
    let site = Site::new().await;
    let plain = portreto_samples::jpeg_with_orientation(1, 64, 48);
    let picture = portreto_samples::with_exif(&plain, &portreto_samples::camera_exif(1, true));
    let located = |bytes: &[u8]| {
        let metadata = portreto_core::metadata(bytes, &Limits::default()).unwrap();
        metadata.is_some_and(|metadata| metadata.location.is_some())
    };
    assert!(located(&picture));
    let image = site.upload(&picture).await;
    let content = site.get(image["links"]["content"].as_str().unwrap()).await;
    assert_eq!(content.body, picture);
    let digest = portreto_core::Digest::of(&picture);
    for name in ["resize:32x32.jpg", "resize:32x32.webp", "rotate:90.png", "jpg:quality=90.jpg"] {
        let url = portreto_server::sign_url(&site.keys, &digest, name, None).unwrap();
        let answer = site.get(&url).await;
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
        assert!(!located(&answer.body), "{name}");
        assert!(!answer.body.windows(4).any(|bytes| bytes == b"Exif"), "{name}");
    }
}
