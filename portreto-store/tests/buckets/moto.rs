//! moto, another implementation of S3: what it says of conditional puts, and the whole suite.
//!
//! `./test` installs it. Where it is not (`PORTRETO_MOTO` does not name its `moto_server`), the test says so and
//! proves nothing.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use portreto_store::conformance::conforms;
use portreto_store::store::Survey;

use super::{server::place_at, *};

/// A server that ends with the test.
struct Moto {
    child: Child,
    address: String,
}

impl Moto {
    /// Starts it on a port that the system chooses, with the bucket `photos`.
    fn start() -> Option<Self> {
        let program = std::env::var_os("PORTRETO_MOTO")?;
        let mut child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("PORTRETO_MOTO names moto_server");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            Some(line.split_once("Running on http://")?.1.trim().to_owned())
        });
        // It would be stopped by a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let moto = Self { child, address: address.expect("it says where it listens") };
        moto.make_bucket();
        Some(moto)
    }

    fn make_bucket(&self) {
        use std::io::{Read, Write};
        let mut socket = std::net::TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "PUT /photos HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            self.address
        );
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(" 200 "), "{answer}");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moto_conforms_and_of_many_founders_one_wins() {
    let Some(moto) = Moto::start() else {
        println!("not tested: PORTRETO_MOTO names no moto_server");
        return;
    };
    let founders: Vec<_> = (0..8).map(|n| (place_at(&moto.address), marker(n))).collect();
    let founding = founders.iter().map(|(place, marker)| place.found(marker));
    let founded = futures::future::join_all(founding).await;
    let winners: Vec<_> = (0..8).filter(|&n| founded[n].is_ok()).collect();
    assert_eq!(winners.len(), 1, "{founded:?}");
    let (place, marker) = &founders[winners[0]];
    assert_eq!(place.honors_conditions(), Some(true));
    assert_eq!(place.survey().await.unwrap(), Survey::Store(marker.clone()));

    conforms(&**place).await;
    let (key, bytes) = blob(vec![3; 17 << 20]);
    place.put(&key, bytes.clone()).await.unwrap();
    assert_eq!(place.get(&key).await.unwrap(), bytes);
}
