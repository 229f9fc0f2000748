//! An S3 server on this machine, over a directory.

use std::{net::SocketAddr, path::Path, thread, time::Duration};

use tokio::net::TcpListener;

use crate::Result;

/// What lets in; the same is in the environment of whoever asks.
const CREDENTIALS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// Starts the server, with threads of its own, until the process ends.
pub(crate) async fn serve(directory: &Path) -> Result<SocketAddr> {
    let [key, secret] = CREDENTIALS.map(std::env::var);
    let (Ok(key), Ok(secret)) = (key, secret) else {
        return Err(format!("{} and {} are not set", CREDENTIALS[0], CREDENTIALS[1]).into());
    };
    let service = portreto_scratch_s3::over(directory, &key, &secret)?;
    let (told, address) = tokio::sync::oneshot::channel();
    let runtime = tokio::runtime::Runtime::new()?;
    thread::spawn(move || {
        runtime.block_on(async move {
            let Ok(listener) = TcpListener::bind("127.0.0.1:0").await else { return };
            if told.send(listener.local_addr()).is_ok() {
                portreto_scratch_s3::serve(listener, service, Duration::ZERO).await;
            }
        });
    });
    Ok(address.await.map_err(|_| "the S3 server has no port")??)
}
