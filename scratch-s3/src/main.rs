//! `scratch-s3 ADDRESS DIRECTORY [MILLISECONDS]`: buckets are the directories in DIRECTORY, the key and its secret are in the
//! environment; each request is answered so much later, as by a server that is far away. With `memory:` for a directory
//! there is a bucket by every name, in memory. Prints where it listens.

use std::{
    env,
    error::Error,
    io::{Write as _, stdout},
    path::Path,
    time::Duration,
};

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (address, directory, later) = match &arguments[..] {
        [address, directory] => (address, directory, 0),
        [address, directory, milliseconds] => (address, directory, milliseconds.parse()?),
        _ => return Err("usage: scratch-s3 ADDRESS DIRECTORY [MILLISECONDS]".into()),
    };
    let [key, secret] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        .map(|name| env::var(name).map_err(|_| format!("{name} is not set")));
    let (key, secret) = (key?, secret?);
    let service = match directory.as_str() {
        "memory:" => portreto_scratch_s3::Memory::default().service(&key, &secret),
        directory => portreto_scratch_s3::over(Path::new(directory), &key, &secret)?,
    };
    let listener = TcpListener::bind(address).await?;
    writeln!(stdout(), "{}", listener.local_addr()?)?;
    portreto_scratch_s3::serve(listener, service, Duration::from_millis(later)).await;
    Ok(())
}
