//! Azurite, Microsoft's own stand-in for Azure Blob Storage: the whole suite.
//!
//! `./test` installs it. Where it is not (`PORTRETO_AZURITE` does not name its `azurite-blob`), the test says so and
//! proves nothing.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use portreto_store::conformance::conforms;
use sha2::Sha256;
use tempfile::TempDir;

use super::*;

/// The account that every Azurite has, and its key, which is no secret: Microsoft's documentation names both.
const ACCOUNT: &str = "devstoreaccount1";
const ACCOUNT_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A server that ends with the test.
struct Azurite {
    child: Child,
    address: String,
    _dir: TempDir,
}

impl Azurite {
    /// Starts it on a port that the system chooses, with the container `photos`.
    fn start() -> Option<Self> {
        let program = std::env::var_os("PORTRETO_AZURITE")?;
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new(program)
            .args(["--blobHost", "127.0.0.1", "--blobPort", "0", "--silent"])
            .args(["--disableTelemetry", "--skipApiVersionCheck", "--location"])
            .arg(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("PORTRETO_AZURITE names azurite-blob");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, address) = line.split_once("listens on http://")?;
            Some(address.trim_end_matches('.').trim().to_owned())
        });
        std::thread::spawn(move || lines.for_each(drop));
        let azurite =
            Self { child, address: address.expect("it says where it listens"), _dir: dir };
        azurite.make_container();
        Some(azurite)
    }

    /// By hand, because `object_store` makes none. Signed as
    /// <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key> says.
    fn make_container(&self) {
        let date = jiff::fmt::rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&portreto_store::Clock::now(&portreto_store::SystemClock))
            .unwrap();
        let headers = format!("x-ms-date:{date}\nx-ms-version:2023-11-03");
        let resource = format!("/{ACCOUNT}/{ACCOUNT}/photos\nrestype:container");
        let to_sign = format!("PUT{}{headers}\n{resource}", "\n".repeat(12));
        let key = BASE64_STANDARD.decode(ACCOUNT_KEY).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(to_sign.as_bytes());
        let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        let mut socket = TcpStream::connect(&self.address).unwrap();
        let headers = headers.replace('\n', "\r\n");
        let request = format!(
            "PUT /{ACCOUNT}/photos?restype=container HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n\
             Connection: close\r\nAuthorization: SharedKey {ACCOUNT}:{signature}\r\n{headers}\r\n\r\n",
            self.address
        );
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(" 201 "), "{answer}");
    }

    fn place(&self) -> Arc<dyn Place> {
        let url = format!(
            "az://photos/family?endpoint=http://{}/{ACCOUNT}&allow_http=true",
            self.address
        );
        let variables =
            [("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT), ("AZURE_STORAGE_ACCOUNT_KEY", ACCOUNT_KEY)];
        let variables = variables.map(|(key, value)| (key.to_owned(), value.to_owned()));
        open_wired(&url, &Wiring { variables: Some(variables.into()), ..wiring(None) }).unwrap()
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn azurite_conforms_and_of_many_founders_one_wins() {
    let Some(azurite) = Azurite::start() else {
        println!("not tested: PORTRETO_AZURITE names no azurite-blob");
        return;
    };
    let founders: Vec<_> = (0..8).map(|n| (azurite.place(), marker(n))).collect();
    let founding = founders.iter().map(|(place, marker)| place.found(marker));
    let founded = futures::future::join_all(founding).await;
    let winners: Vec<_> = (0..8).filter(|&n| founded[n].is_ok()).collect();
    assert_eq!(winners.len(), 1, "{founded:?}");
    let (place, _) = &founders[winners[0]];
    assert_eq!(place.honors_conditions(), Some(true));
    conforms(&**place).await;
    let (key, bytes) = blob(vec![3; 17 << 20]);
    place.put(&key, bytes.clone()).await.unwrap();
    assert_eq!(place.get(&key).await.unwrap(), bytes);
}
