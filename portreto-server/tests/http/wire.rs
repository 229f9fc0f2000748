//! A server of a new home on a port of its own, and the plainest of clients.

use std::{collections::HashMap, fmt::Write as _, net::SocketAddr, path::Path};

use portreto_server::{Config, KeyRing, Keys, Server};
use portreto_store::{Options, Portreto};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

pub(crate) const BOUNDARY: &str = "----seam";

/// A running server.
pub(crate) struct Site {
    pub(crate) home: TempDir,
    pub(crate) portreto: Portreto,
    pub(crate) keys: KeyRing,
    pub(crate) addr: SocketAddr,
    pub(crate) admin: Option<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&self.body)))
    }
}

pub(crate) async fn open(home: &Path) -> Portreto {
    let mut options = Options::new(home);
    options.create = true;
    options.threads = 2;
    Portreto::open(options).await.unwrap()
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// Anonymous, with what `change` makes of the configuration.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::of_options(|_| (), change).await
    }

    /// The same with what `bound` makes of the options of the home.
    pub(crate) async fn of_options(
        bound: impl FnOnce(&mut Options),
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut options = Options::new(home.path());
        options.create = true;
        options.threads = 2;
        bound(&mut options);
        let portreto = Portreto::open(options).await.unwrap();
        let mut config = Config::default();
        config.listen.set_port(0);
        config.anonymous = true;
        config.keys = Keys::random();
        let keys = config.keys.url.clone();
        change(&mut config);
        let server = Server::bind(config).await.unwrap();
        let (addr, admin) = (server.local_addr(), server.admin_addr());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = portreto.clone();
        let served = tokio::spawn(async move {
            let _ = server.serve(serving, async { drop(stopped.await) }).await;
        });
        Self { home, portreto, keys, addr, admin, stop: Some(stop), served }
    }

    /// Stops it and waits until it has.
    pub(crate) async fn stop(mut self) -> TempDir {
        self.stop.take().unwrap().send(()).unwrap();
        self.served.await.unwrap();
        self.home
    }

    /// Sends `head` and `body` as they are, and reads all that comes back.
    pub(crate) async fn wire(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(request).await;
        read(stream).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !body.is_empty() || method == "POST" {
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        self.wire(&[head.as_bytes(), body].concat()).await
    }

    /// Asks at another address.
    pub(crate) async fn get_at(&self, addr: SocketAddr, path: &str) -> Answer {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        read(stream).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.send("POST", path, &[("Content-Type", "application/json")], body.as_bytes()).await
    }

    /// Uploads a picture as it is; gives the image.
    pub(crate) async fn upload(&self, picture: &[u8]) -> Value {
        let answer =
            self.send("POST", "/images?name=a.jpg", &[("Content-Type", "image/jpeg")], picture);
        let answer = answer.await;
        assert!(answer.status < 300, "{answer:?}");
        answer.json()
    }

    /// Asks again until something else than `status` comes.
    pub(crate) async fn until_not(&self, status: u16, path: &str) -> Answer {
        loop {
            let answer = self.get(path).await;
            if answer.status != status {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// A form of files (with a file name) and texts.
pub(crate) fn form(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        body.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"").as_bytes(),
        );
        if let Some(file) = file {
            body.extend_from_slice(format!("; filename=\"{file}\"").as_bytes());
        }
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

pub(crate) fn form_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

pub(crate) fn photo(seed: u8) -> Vec<u8> {
    portreto_samples::jpeg_with_orientation(1, 96 + u32::from(seed), 64)
}

async fn read(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(end) = end else {
        return Answer { status: 0, headers: HashMap::new(), body: bytes };
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut body = bytes[end + 4..].to_vec();
    if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
        body = unchunked(&body);
    }
    Answer { status, headers, body }
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
    whole
}
