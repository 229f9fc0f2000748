use std::sync::Arc;

use axum::routing::get;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::{Notify, Semaphore},
    task::JoinHandle,
};

use super::*;

/// A server of one path that answers when it is let, told of its arrival.
struct Gate {
    addr: SocketAddr,
    arrived: Arc<Semaphore>,
    open: Arc<Notify>,
    stop: Arc<Notify>,
    stopped: JoinHandle<Stopped>,
}

impl Gate {
    async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.listen.set_port(0);
        change(&mut config);
        let server = Server::bind(config).await.unwrap();
        let addr = server.local_addr();
        let arrived = Arc::new(Semaphore::new(0));
        let open = Arc::new(Notify::new());
        let handler = {
            let (arrived, open) = (Arc::clone(&arrived), Arc::clone(&open));
            async move || {
                arrived.add_permits(1);
                open.notified().await;
                "opened"
            }
        };
        let service = Router::new().route("/gate", get(handler));
        let stop = Arc::new(Notify::new());
        let stopping = Arc::clone(&stop);
        let stopped = tokio::spawn(server.run(service, async move { stopping.notified().await }));
        Self { addr, arrived, open, stop, stopped }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addr).await.unwrap()
    }

    /// A connection with a request that the handler has begun.
    async fn request(&self) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(b"GET /gate HTTP/1.1\r\nHost: gate\r\n\r\n").await.unwrap();
        self.arrived.acquire().await.unwrap().forget();
        stream
    }
}

async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn a_request_in_flight_is_answered_before_the_end() {
    let gate = Gate::start(|_| ()).await;
    let stream = gate.request().await;
    let idle = gate.connect().await;
    gate.stop.notify_one();

    // The idle connection is closed; by then the listener is as well.
    assert_eq!(rest(idle).await, "");
    assert!(TcpStream::connect(gate.addr).await.is_err());
    assert!(!gate.stopped.is_finished());

    gate.open.notify_one();
    let response = rest(stream).await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains("connection: close\r\n"), "{response}");
    assert!(response.ends_with("\r\n\r\nopened"), "{response}");
    assert_eq!(gate.stopped.await.unwrap(), Stopped::AllAnswered);
}

#[tokio::test]
async fn what_takes_too_long_is_cut_off() {
    let gate = Gate::start(|config| config.shutdown_timeout = Duration::from_millis(30)).await;
    let streams = [gate.request().await, gate.request().await];
    gate.stop.notify_one();
    assert_eq!(gate.stopped.await.unwrap(), Stopped::CutOff(2));
    for stream in streams {
        assert_eq!(rest(stream).await, "");
    }
}

#[tokio::test]
async fn connections_are_accepted_while_it_drains() {
    let gate = Gate::start(|config| config.drain = Duration::from_hours(1)).await;
    gate.stop.notify_one();
    let mut stream = gate.request().await;
    gate.open.notify_one();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(std::str::from_utf8(&status).unwrap(), "HTTP/1.1 200");
    assert!(!gate.stopped.is_finished());
}

#[tokio::test]
async fn a_connection_more_than_allowed_waits_for_its_turn() {
    let gate = Gate::start(|config| config.connections = 1).await;
    let first = gate.request().await;
    let mut second = gate.connect().await;
    second
        .write_all(b"GET /gate HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    gate.open.notify_one();
    drop(first);
    gate.arrived.acquire().await.unwrap().forget();
    gate.open.notify_one();
    assert!(rest(second).await.ends_with("opened"));
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_headers_is_dropped() {
    let gate = Gate::start(|config| config.header_timeout = Duration::from_millis(30)).await;
    let mut stream = gate.connect().await;
    stream.write_all(b"GET /gate HTTP/1.1\r\nHost: ga").await.unwrap();
    assert!(!rest(stream).await.contains("opened"));
}

#[tokio::test]
async fn headers_are_bounded() {
    let gate = Gate::start(|_| ()).await;
    let mut stream = gate.connect().await;
    let long = "x".repeat(HEADER_BYTES);
    let head = format!("GET /gate HTTP/1.1\r\nHost: gate\r\nX-Long: {long}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(std::str::from_utf8(&status).unwrap(), "HTTP/1.1 431");
}

#[tokio::test]
async fn small_writes_are_not_held_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap());
    let (served, client) = tokio::join!(accept(&listener), client);
    assert!(!client.unwrap().nodelay().unwrap(), "the system does it by itself");
    assert!(served.0.nodelay().unwrap());
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = Config { listen: taken.local_addr().unwrap(), ..Config::default() };
    let error = Server::bind(config.clone()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on {}", config.listen));
    let source = error::Error::source(&error).unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(source.kind(), io::ErrorKind::AddrInUse);
}
