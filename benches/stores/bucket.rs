//! An S3 server on this machine: s3s-fs over a directory.

use std::{net::SocketAddr, path::Path, thread};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
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
    let files = s3s_fs::FileSystem::new(directory).map_err(|error| format!("{error:?}"))?;
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(key, secret));
    let service = builder.build();
    let (told, address) = tokio::sync::oneshot::channel();
    let runtime = tokio::runtime::Runtime::new()?;
    thread::spawn(move || {
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await;
            let Ok(listener) = listener else { return };
            if told.send(listener.local_addr()).is_err() {
                return;
            }
            while let Ok((socket, _)) = listener.accept().await {
                // Its answers go out in two pieces, of which the second would wait 40 ms for the client's word on the first.
                let _ = socket.set_nodelay(true);
                let service = service.clone();
                tokio::spawn(async move {
                    let server = Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
    });
    Ok(address.await.map_err(|_| "the S3 server has no port")??)
}
