//! A real NATS server with JetStream.
//!
//! `./test` installs it. Where there is no `nats-server`, the tests say so and prove nothing.

use std::{
    process::{Child, Command, Stdio},
    time::Instant,
};

use async_nats::jetstream::{self, consumer::pull};
use futures::StreamExt as _;

use super::*;

/// A server that ends with the test.
struct Server {
    child: Child,
    directory: TempDir,
    port: u16,
}

impl Server {
    /// Starts it on a port that the system chooses.
    fn start() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let (child, port) = Self::run(directory.path(), -1)?;
        Some(Self { child, directory, port })
    }

    fn run(directory: &Path, port: i32) -> Option<(Child, u16)> {
        for old in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            if old.path().extension().is_some_and(|it| it == "ports") {
                fs::remove_file(old.path()).unwrap();
            }
        }
        let child = Command::new("nats-server")
            .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string()])
            .arg("-sd")
            .arg(directory)
            .arg("--ports_file_dir")
            .arg(directory)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        // It writes its ports there when it listens.
        let file = directory.join(format!("nats-server_{}.ports", child.id()));
        let started = Instant::now();
        let ports = loop {
            let text = fs::read_to_string(&file).unwrap_or_default();
            if let Ok(ports) = serde_json::from_str::<Value>(&text) {
                break ports;
            }
            assert!(started.elapsed() < Duration::from_mins(1), "the server does not start");
            std::thread::yield_now();
        };
        let url = ports["nats"][0].as_str().unwrap();
        Some((child, url.rsplit(':').next().unwrap().parse().unwrap()))
    }

    fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn start_again(&mut self) {
        self.child = Self::run(self.directory.path(), self.port.into()).unwrap().0;
    }

    /// Everything in the stream: subject, the id that the server goes by, and the event.
    async fn messages(&self) -> Vec<(String, String, Value)> {
        let client = async_nats::connect(self.url()).await.unwrap();
        let stream = jetstream::new(client).get_stream("PORTRETO").await.unwrap();
        let n = stream.get_info().await.unwrap().state.messages as usize;
        let consumer = stream.create_consumer(pull::Config::default()).await.unwrap();
        let mut messages = Vec::new();
        let mut batch = consumer.fetch().max_messages(n.max(1)).messages().await.unwrap();
        while let Some(message) = batch.next().await {
            let message = message.unwrap();
            let id = message.headers.as_ref().unwrap().get("Nats-Msg-Id").unwrap().to_string();
            let event = serde_json::from_slice(&message.payload).unwrap();
            messages.push((message.subject.to_string(), id, event));
        }
        assert_eq!(messages.len(), n);
        messages
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_in_the_stream_once_whatever_happens_to_the_server() {
    let Some(mut server) = Server::start() else {
        println!("not tested: there is no nats-server");
        return;
    };
    let home = Home::new().await;
    let sinks = format!("[sinks.bus]\nurl = \"{}\"", server.url());
    let running = home.relay(&sinks).await;
    home.upload("a.png", "", Some("grayscale,png")).await;
    home.delivered(2).await;
    server.kill();
    let image = home.upload("bb.png", "", None).await;
    home.portreto.delete(image.id).await.unwrap();
    until(async || home.portreto.sinks().await.unwrap()[0].failures > 0).await;
    server.start_again();
    home.delivered(4).await;

    let messages = server.messages().await;
    let subjects: Vec<&str> = messages.iter().map(|(subject, ..)| &**subject).collect();
    assert_eq!(
        subjects,
        [
            "portreto.image.uploaded",
            "portreto.variant.created",
            "portreto.image.uploaded",
            "portreto.image.deleted",
        ]
    );
    for (subject, id, event) in &messages {
        assert_eq!((&event["type"], &event["id"]), (&Value::from(&**subject), &Value::from(&**id)));
    }
    // What is sent again the server knows by its id.
    home.portreto.rewind_sink("bus", portreto_store::Cursor::default()).await.unwrap();
    home.delivered(8).await;
    running.stop().await;
    assert_eq!(server.messages().await, messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_server_of_a_cluster_will_do() {
    let Some(server) = Server::start() else {
        println!("not tested: there is no nats-server");
        return;
    };
    let home = Home::new().await;
    // Nobody listens at the first.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let sinks = format!("[sinks.bus]\nurl = \"nats://{gone}\"\nservers = [\"{}\"]", server.url());
    let running = home.relay(&sinks).await;
    home.upload("a.png", "", None).await;
    home.delivered(1).await;
    running.stop().await;
    assert_eq!(server.messages().await.len(), 1);
}
