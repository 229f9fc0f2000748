//! The program itself: started, asked, stopped by a signal.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
};

use serde_json::Value;

fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portreto-server"));
    command
        .env_clear()
        .env("PORTRETO_HOME", home)
        .env("PORTRETO_LISTEN", "127.0.0.1:0")
        .env("PORTRETO_LOG_FORMAT", "json")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A running server, killed when a test ends before it.
struct Running {
    child: Child,
    log: BufReader<ChildStderr>,
    addr: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn start(home: &Path) -> Self {
        Self::start_with(home, &[])
    }

    fn start_with(home: &Path, args: &[&str]) -> Self {
        let mut child = command(home).args(args).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let addr = loop {
            let mut line = String::new();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended before it listened");
            let line: Value = serde_json::from_str(&line).unwrap();
            let message = line["fields"]["message"].as_str().unwrap_or_default();
            if let Some(addr) = message.strip_prefix("listening on http://") {
                break addr.to_owned();
            }
        };
        Self { child, log, addr }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.addr).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    /// Sends the signal; returns the exit code and the rest of the log.
    fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

#[test]
fn signals_stop_it_with_success() {
    let home = tempfile::tempdir().unwrap();
    for signal in ["-TERM", "-INT"] {
        let running = Running::start(home.path());
        for path in ["/health", "/ready"] {
            let response = running.get(path);
            assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
        }
        let idle = TcpStream::connect(&running.addr).unwrap();
        let (code, log) = running.stop(signal);
        assert_eq!(code, Some(0), "{signal}: {log}");
        assert!(log.contains("AllAnswered"), "{log}");
        drop(idle);
    }
}

#[test]
fn a_request_is_logged_with_its_id_and_without_its_query() {
    let home = tempfile::tempdir().unwrap();
    let running = Running::start(home.path());
    let response = running.get("/nothing?signature=secret");
    let id = response.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
    let (_, log) = running.stop("-TERM");
    assert!(log.contains(id), "{log}");
    assert!(log.contains("/nothing"), "{log}");
    assert!(!log.contains("secret"), "{log}");
}

#[test]
fn presets_and_the_second_address_are_given_on_the_command_line() {
    let home = tempfile::tempdir().unwrap();
    let output = command(home.path()).args(["--preset", "Thumb=resize:24x24"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("preset is named \"Thumb\""), "{stderr}");
    let running = Running::start_with(
        home.path(),
        &[
            "--preset",
            "thumb=resize:24x24:cover",
            "--open-presets",
            "--admin-listen",
            "127.0.0.1:0",
        ],
    );
    let nothing = "0".repeat(64);
    for (path, status) in [
        (format!("/i/{nothing}/preset:thumb.webp"), "404"),
        (format!("/i/{nothing}/preset:other.webp"), "400"),
        (format!("/i/{nothing}/resize:1x1.webp"), "403"),
        ("/metrics".to_owned(), "401"),
    ] {
        let response = running.get(&path);
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {response}");
    }
    let (_, log) = running.stop("-TERM");
    assert!(log.contains("for those who run it on http://127.0.0.1:"), "{log}");
}

#[test]
fn what_cannot_start_says_why() {
    let home = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let in_use = format!("error: cannot listen on {taken}: Address already in use");
    for (args, expected) in [
        (["--listen", &taken], &*in_use),
        (["--listen", "everywhere"], "invalid value 'everywhere' for '--listen <ADDR>'"),
        (["--log", "a=b=c"], "error: --log \"a=b=c\" is not a list of levels"),
        (["--home", "/dev/null/home"], "error: "),
    ] {
        let output = command(home.path()).args(args).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(expected), "{args:?}: {stderr}");
        assert!(output.stdout.is_empty());
    }
}

#[cfg(feature = "otel")]
#[test]
fn spans_are_sent_by_otlp() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/traces", collector.local_addr().unwrap());
    let received = std::thread::spawn(move || {
        let (mut stream, _) = collector.accept().unwrap();
        let mut request = Vec::new();
        let mut piece = [0; 4096];
        loop {
            let n = stream.read(&mut piece).unwrap();
            assert_ne!(n, 0, "it went away in the middle");
            request.extend_from_slice(&piece[..n]);
            let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8(request[..end].to_vec()).unwrap().to_lowercase();
            let length = head.split("content-length: ").nth(1).unwrap();
            let length: usize = length.lines().next().unwrap().parse().unwrap();
            if request.len() == end + 4 + length {
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                stream.write_all(answer).unwrap();
                return (head, request.split_off(end + 4));
            }
        }
    });
    let home = tempfile::tempdir().unwrap();
    let server = Running::start_with(home.path(), &["--otlp", &endpoint]);
    assert!(server.get("/health").starts_with("HTTP/1.1 200"));
    // The last spans are sent when it stops.
    assert_eq!(server.stop("-TERM").0, Some(0));
    let (head, spans) = received.join().unwrap();
    assert!(head.starts_with("post /v1/traces "), "{head}");
    assert!(head.contains("content-type: application/x-protobuf"), "{head}");
    let has = |text: &str| spans.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(has("portreto-server") && has("request") && has("/health"));
}
