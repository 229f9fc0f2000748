//! Events from the catalog to sinks, as others see them arrive.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod mail;
mod nats;
mod webhook;

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use portreto_server::{KeyRing, Relay, Sinks};
use portreto_store::{Image, Options, Portreto, Upload};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

/// A home, and events that are brought while it is asked for.
struct Home {
    portreto: Portreto,
    directory: TempDir,
}

/// What brings events, until it is told to stop.
struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

impl Home {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut options = Options::new(directory.path().join("home"));
        options.create = true;
        Self { portreto: Portreto::open(options).await.unwrap(), directory }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Uploads a picture that there is not yet.
    async fn upload(&self, name: &str, owner: &str, transform: Option<&str>) -> Image {
        let shade = image::Rgb([name.len() as u8, name.as_bytes()[0], owner.len() as u8]);
        let pixels = image::RgbImage::from_pixel(8, 8, shade);
        let mut bytes = std::io::Cursor::new(Vec::new());
        pixels.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        let upload = Upload {
            bytes: bytes.into_inner().into(),
            name: name.to_owned(),
            labels: BTreeSet::new(),
            owner: owner.to_owned(),
            transforms: transform.iter().map(|text| text.parse().unwrap()).collect(),
            keep_damaged: false,
        };
        let added = self.portreto.add(upload).await.unwrap();
        assert!(!added.already_there);
        added.image
    }

    /// Begins to bring events. Sinks that are new have begun when it returns: what happens from then on goes there.
    async fn relay(&self, sinks: &str) -> Running {
        let sinks = Sinks::parse(sinks).unwrap();
        let relay = Relay::open(&self.portreto, sinks, &KeyRing::random("k")).await.unwrap();
        let quickly = Duration::from_millis(20);
        let relay = relay.with_pauses(quickly, quickly);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(relay.run(async { drop(stopped.await) }));
        until(async || !self.portreto.sinks().await.unwrap().is_empty()).await;
        Running { stop, task }
    }

    /// Waits until a sink has had so many events.
    async fn delivered(&self, n: u64) {
        until(async || self.portreto.sinks().await.unwrap()[0].delivered >= n).await;
    }
}

/// Waits until something is so, for a minute at most.
async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), wait).await.expect("it does not come to pass");
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_activity_log_has_every_event_once_and_in_order() {
    let home = Home::new().await;
    home.upload("before.png", "", None).await;
    let path = home.path().join("log/activity.jsonl");
    let sinks = format!(
        "public_url = \"https://photos.example.org/\"\n[sinks.log]\nurl = \"file://{}\"",
        path.display()
    );
    // Its directory is not there: the sink is away, and uploads do not care.
    let running = home.relay(&sinks).await;
    let first = home.upload("first.png", "", None).await;
    until(async || home.portreto.sinks().await.unwrap()[0].failures > 1).await;
    fs::create_dir(path.parent().unwrap()).unwrap();
    home.delivered(1).await;
    running.stop().await;

    // What happens while nobody brings anything comes later.
    let second = home.upload("second.png", "", Some("resize:4x4,png")).await;
    home.portreto.delete(first.id).await.unwrap();
    let running = home.relay(&sinks).await;
    home.delivered(4).await;
    running.stop().await;
    let events = lines(&path);
    let told =
        |event: &Value| (event["type"].as_str().unwrap().to_owned(), event["data"]["name"].clone());
    let told: Vec<_> = events.iter().map(told).collect();
    let expected = [
        ("portreto.image.uploaded", Value::from("first.png")),
        ("portreto.image.uploaded", Value::from("second.png")),
        ("portreto.variant.created", Value::Null),
        ("portreto.image.deleted", Value::from("first.png")),
    ];
    assert_eq!(told, expected.map(|(kind, name)| (kind.to_owned(), name)));
    assert!(events.iter().map(|event| event["sequence"].as_str()).is_sorted());
    for event in &events {
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["source"], "https://photos.example.org/");
    }
    let link = format!("https://photos.example.org/images/{}", second.id);
    assert_eq!(events[1]["data"]["links"]["self"], link);
    assert_eq!(events[1]["subject"], second.id.to_string());
    assert_eq!(events[2]["data"]["original"], second.digest.to_string());

    // Again from the beginning, with the same ids.
    home.portreto.rewind_sink("log", portreto_store::Cursor::default()).await.unwrap();
    let running = home.relay(&sinks).await;
    home.delivered(9).await;
    running.stop().await;
    let again = lines(&path);
    assert_eq!(again.len(), 9);
    assert_eq!(again[5..], events);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_bring_events_bring_each_once() {
    let home = Home::new().await;
    let path = home.path().join("activity.jsonl");
    let sinks =
        format!("[sinks.log]\nurl = \"file://{}\"\ntypes = [\"portreto.image.*\"]", path.display());
    let (one, other) = (home.relay(&sinks).await, home.relay(&sinks).await);
    for n in 0..20 {
        home.upload(&format!("{}.png", "x".repeat(n + 1)), "", (n == 7).then_some("grayscale,png"))
            .await;
    }
    home.delivered(10).await;
    // The other one takes over at once: whoever stops lets go.
    one.stop().await;
    home.delivered(20).await;
    other.stop().await;
    let events = lines(&path);
    assert_eq!(events.len(), 20, "the variant is not wanted");
    let ids: BTreeSet<_> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 20);
}

#[test]
fn sinks_that_cannot_be_say_why() {
    for (text, said) in [
        ("[sinks.a]\nurl = \"ftp://x/\"", "sinks.a.url: ftp: is no sink"),
        ("[sinks.a]\nurl = \"file:///x\"\ntypes = [\"image\"]", "sinks.a.types"),
        ("[sinks.a]\nurl = \"file:///x\"\ncolor = 1", "color"),
        ("[sinks.a]\n", "url"),
        ("sinks = 3", "sinks"),
        ("[sinks.a]\nurl = \"not a url\"", "url"),
        (
            "[sinks.a]\nurl = \"nats://a\"\nservers = [\"http://b\"]",
            "sinks.a.servers: http: is no server of a NATS cluster",
        ),
        (
            "[sinks.a]\nurl = \"https://a\"\nservers = [\"nats://b\"]",
            "sinks.a.servers: nats: is no server of a NATS cluster; only those are several",
        ),
    ] {
        let error = Sinks::parse(text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[tokio::test]
async fn sinks_that_cannot_begin_say_why() {
    let home = Home::new().await;
    for (text, said) in [
        ("[sinks.a]\nurl = \"file://elsewhere/x\"", "sinks.a.url"),
        ("[sinks.a]\nurl = \"https://example.org/\"", "sinks.a.secret_env"),
        (
            "[sinks.a]\nurl = \"https://example.org/\"\nsecret_env = \"NOT_SET_ANYWHERE\"",
            "NOT_SET_ANYWHERE",
        ),
        ("[sinks.a]\nurl = \"http://127.0.0.1:9/\"\nsecret_env = \"PATH\"", "private"),
        (
            "[sinks.a]\nurl = \"http://169.254.169.254/\"\nprivate = true\nsecret_env = \"PATH\"",
            "sinks.a.url",
        ),
        ("[sinks.a]\nurl = \"smtp://127.0.0.1:9\"", "sinks.a.from"),
        ("[sinks.a]\nurl = \"smtp://127.0.0.1:9\"\nfrom = \"a@example.org\"", "public_url"),
    ] {
        let sinks = Sinks::parse(text).unwrap();
        let error = Relay::open(&home.portreto, sinks, &KeyRing::random("k")).await.unwrap_err();
        assert!(error.to_string().contains(said), "{text}: {error}");
    }
}
