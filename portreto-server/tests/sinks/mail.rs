//! A real server of mail.
//!
//! `./test` installs it. Where it is not (`PORTRETO_AIOSMTPD` does not name its Python), the test says so and proves nothing.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use super::*;

/// A server that ends with the test.
struct Server {
    child: Child,
    mails: TempDir,
    port: u16,
}

impl Server {
    fn start() -> Option<Self> {
        let python = std::env::var_os("PORTRETO_AIOSMTPD")?;
        let mails = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sinks/smtp.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(mails.path().join("box"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("PORTRETO_AIOSMTPD names a Python");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Some(Self { child, mails, port: line.trim().parse().expect("it says its port") })
    }

    /// All mails, by subject.
    fn mails(&self) -> Vec<String> {
        let entries = fs::read_dir(self.mails.path().join("box/new")).into_iter().flatten();
        let read = |entry: std::io::Result<fs::DirEntry>| fs::read_to_string(entry.unwrap().path());
        entries.map(|entry| read(entry).unwrap()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_an_address_is_told_that_the_image_is_ready() {
    let Some(server) = Server::start() else {
        println!("not tested: PORTRETO_AIOSMTPD names no Python");
        return;
    };
    let home = Home::new().await;
    let sinks = format!(
        "public_url = \"https://photos.example.org\"\n[sinks.mail]\nurl = \"smtp://127.0.0.1:{}\"\n\
         from = \"Portreto <photos@example.org>\"\ntypes = [\"portreto.variant.created\"]",
        server.port
    );
    let running = home.relay(&sinks).await;
    let image = home.upload("Gruß\nund.png", "ada@example.org", Some("resize:4x4,png")).await;
    home.upload("nobody.png", "no address", Some("resize:4x4,png")).await;
    home.delivered(2).await;
    running.stop().await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let mail = mails[0].replace("=\n", "").replace("=3D", "=");
    assert!(mail.contains("To: ada@example.org"), "{mail}");
    assert!(
        mail.contains("From: Portreto <photos@example.org>")
            || mail.contains("From: \"Portreto\" <photos@example.org>"),
        "{mail}"
    );
    let link = format!("https://photos.example.org/i/{}/resize:4x4", image.digest);
    assert!(mail.contains(&link), "{mail}");
    assert!(mail.contains("s=k.") && mail.contains("&e="), "{mail}");
}
