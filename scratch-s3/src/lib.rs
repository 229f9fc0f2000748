//! An S3 server over a directory, for tests, benchmarks and trials: `s3s-fs`, which keeps what it was given but does not sync it.

use std::{io, path::Path};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use tokio::net::TcpListener;

/// The buckets that are directories in `directory`, for whoever has this key and secret.
///
/// # Errors
///
/// When the directory is not there.
pub fn over(directory: &Path, key: &str, secret: &str) -> io::Result<S3Service> {
    let files = s3s_fs::FileSystem::new(directory);
    let files = files.map_err(|error| io::Error::other(format!("{error:?}")))?;
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(key, secret));
    Ok(builder.build())
}

/// Answers whoever connects, without end.
pub async fn serve(listener: TcpListener, service: S3Service) {
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        // Its answers go out in two pieces, of which the second would wait 40 ms for the client's word on the first.
        let _ = socket.set_nodelay(true);
        let service = service.clone();
        tokio::spawn(async move {
            let server = Builder::new(TokioExecutor::new());
            let _ = server.serve_connection(TokioIo::new(socket), service).await;
        });
    }
}
