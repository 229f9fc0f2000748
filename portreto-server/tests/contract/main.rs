//! The server driven from its own description: schemathesis makes requests of it, good and bad ones, and judges the answers by it.
//!
//! `./test` installs it. Where it is not (`PORTRETO_SCHEMATHESIS` does not name its `schemathesis`), the test says so and is
//! passed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use serde_json::Value;

/// Of everything that it makes up.
const SEED: &str = "20261121";

/// Killed when the test ends, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(home: &Path) -> (Running, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_portreto-server"))
        .env_clear()
        .args(["--anonymous", "--registration", "--listen", "127.0.0.1:0"])
        .args(["--log", "warn,portreto_server=info", "--log-format", "json", "--home"])
        .arg(home)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
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
    thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    (Running(child), addr)
}

/// Sends a request, and gives the body of its answer.
fn ask(addr: &str, head: &str, body: &[u8]) -> Value {
    let mut stream = TcpStream::connect(addr).unwrap();
    let length = body.len();
    let head = format!(
        "{head} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// A member of each thing in a list, with spaces between.
fn each(list: &Value, name: &str) -> String {
    let texts = list.as_array().unwrap().iter().map(|thing| thing[name].as_str().unwrap());
    texts.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_server_is_as_it_describes_itself() {
    let Some(program) = std::env::var_os("PORTRETO_SCHEMATHESIS") else {
        println!("not tested: PORTRETO_SCHEMATHESIS names no schemathesis");
        return;
    };
    println!("seed {SEED}");
    let home = tempfile::tempdir().unwrap();
    let (_server, addr) = start(home.path());
    for n in 0..6 {
        let picture = portreto_samples::jpeg_with_orientation(1, 40 + n, 40);
        ask(&addr, "POST /images?transform=resize:16x16,png", &picture);
    }
    let (images, jobs) = (ask(&addr, "GET /images", b""), ask(&addr, "GET /jobs", b""));
    let (images, jobs) = (&images["images"], &jobs["jobs"]);
    let picture = home.path().join("picture.jpg");
    std::fs::write(&picture, portreto_samples::jpeg_with_orientation(1, 32, 32)).unwrap();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract");
    let output = Command::new(program)
        .current_dir(home.path())
        .env("SCHEMATHESIS_HOOKS", directory.join("pictures.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("CONTRACT_IMAGES", each(images, "id"))
        .env("CONTRACT_JOBS", each(jobs, "id"))
        .env("CONTRACT_DIGESTS", each(images, "digest"))
        .env("CONTRACT_PICTURE", &picture)
        .arg("--config-file")
        .arg(directory.join("schemathesis.toml"))
        .args(["run", &format!("http://{addr}/openapi.json"), "--seed", SEED, "--no-color"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    println!("{}", told.split("SUMMARY").last().unwrap());
    assert!(output.status.success(), "{told}\n{failed}");
    // It did what it was to do, and did not skip it all.
    assert!(told.contains("No issues found"), "{told}");
}
