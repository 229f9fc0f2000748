//! Clients sent to the store itself, with moto as the store.
//!
//! `./test` installs it. Where it is not (`PORTRETO_MOTO` does not name its `moto_server`), the test says so and proves nothing.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use portreto_core::Digest;
use portreto_server::{Keys, sign_url};
use serde_json::Value;

/// Ends with the test.
struct Running(Child);

impl Running {
    /// Asks it to stop, and waits for that.
    fn stop(mut self) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a program; gives what follows `marker` in a line of its standard error.
fn start(command: &mut Command, marker: &str) -> (Running, String) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let running = Running(child);
    let address = lines.find_map(|line| {
        let line = line.unwrap();
        let rest = line.split_once(marker)?.1;
        Some(rest.split(['"', ' ']).next()?.to_owned())
    });
    std::thread::spawn(move || lines.for_each(drop));
    (running, address.unwrap())
}

/// Status and headers, and the body, of one request.
fn ask(address: &str, head: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "{head}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let body = answer.split_off(end + 4);
    (String::from_utf8(answer).unwrap().to_lowercase(), body)
}

fn server(home: &Path, redirects: &[&str]) -> (Running, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portreto-server"));
    command
        .env_clear()
        .envs([("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret")])
        .args(["--anonymous", "--listen", "127.0.0.1:0", "--log-format", "json", "--home"])
        .arg(home)
        .args(redirects);
    start(&mut command, "listening on http://")
}

#[test]
fn content_comes_from_the_store_where_that_is_wanted() {
    let Some(program) = std::env::var_os("PORTRETO_MOTO") else {
        println!("not tested: PORTRETO_MOTO names no moto_server");
        return;
    };
    let mut moto = Command::new(program);
    let (_moto, moto) = start(moto.args(["-H", "127.0.0.1", "-p", "0"]), "Running on http://");
    let moto = moto.trim();
    for bucket in ["one", "two"] {
        assert!(ask(moto, &format!("PUT /{bucket} HTTP/1.1"), b"").0.contains(" 200 "));
    }
    let home = tempfile::tempdir().unwrap();
    let stores = ["one", "two"].map(|bucket| {
        format!("--store=s3://{bucket}/x?endpoint=http://{moto}&allow_http=true&region=us-east-1")
    });
    let [one, two] = &stores;
    let (running, address) = server(home.path(), &["--redirects", "60", one, two]);

    let picture = portreto_samples::jpeg_with_orientation(1, 64, 48);
    let (head, body) = ask(&address, "POST /images HTTP/1.1\r\nContent-Type: image/jpeg", &picture);
    assert!(head.starts_with("http/1.1 201 "), "{head}");
    let image: Value = serde_json::from_slice(&body).unwrap();
    let content = image["links"]["content"].as_str().unwrap();
    let location = |head: &str| {
        assert!(head.starts_with("http/1.1 307 "), "{head}");
        let line = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
        line.to_owned()
    };
    let (redirect, _) = ask(&address, &format!("GET {content} HTTP/1.1"), b"");
    assert!(redirect.contains("cache-control: no-store"), "{redirect}");
    assert!(location(&redirect).contains("x-amz-signature="), "{redirect}");
    assert!(location(&redirect).contains(&Digest::of(&picture).to_string()));
    // What needs no bytes is answered here.
    let tag = format!("\"{}\"", Digest::of(&picture));
    let (unchanged, _) =
        ask(&address, &format!("GET {content} HTTP/1.1\r\nIf-None-Match: {tag}"), b"");
    assert!(unchanged.starts_with("http/1.1 304 "), "{unchanged}");

    // The first one makes it, and it is in memory then; after a restart it is in the store only.
    let keys = Keys::load_or_make(&home.path().join("keys.json")).unwrap();
    let url = sign_url(&keys.url, &Digest::of(&picture), "resize:8x8.png", None).unwrap();
    let (made, variant) = ask(&address, &format!("GET {url} HTTP/1.1"), b"");
    assert!(made.starts_with("http/1.1 200 "), "{made}");
    // It is kept beside the work, and a server that is asked to stop waits for that.
    running.stop();
    let (running, address) = server(home.path(), &["--redirects", "60"]);
    let (redirect, _) = ask(&address, &format!("GET {url} HTTP/1.1"), b"");
    assert!(redirect.contains("cache-control: public, max-age=30"), "{redirect}");
    let there = location(&redirect);
    assert!(there.contains(&Digest::of(&variant).to_string()), "{there}");

    // Off unless it is asked for.
    drop(running);
    let (_running, address) = server(home.path(), &[]);
    let (whole, body) = ask(&address, &format!("GET {content} HTTP/1.1"), b"");
    assert!(whole.starts_with("http/1.1 200 "), "{whole}");
    assert_eq!(body, picture);
}
