//! S3 servers for tests, benchmarks and trials: over a directory by `s3s-fs`, which keeps what it was given but does not sync it,
//! and over memory.

mod memory;

use std::{io, path::Path, time::Duration};

use http_body_util::BodyExt as _;
use hyper::{
    Request,
    body::{Body as _, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{
    Body, HttpError, HttpResponse,
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use tokio::{net::TcpListener, time::sleep};

pub use self::memory::Memory;

/// Bodies of no more bytes are read whole before they are written. `s3s-fs` goes to another thread for each piece that
/// comes, of 10 KB or so, which is most of what it costs.
const WHOLE: u64 = 16 << 20;

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

/// Answers whoever connects, without end: each request `later`, as if that far away.
pub async fn serve(listener: TcpListener, service: S3Service, later: Duration) {
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        // Its answers go out in two pieces, of which the second would wait 40 ms for the client's word on the first.
        let _ = socket.set_nodelay(true);
        let service = service.clone();
        tokio::spawn(async move {
            let server = Builder::new(TokioExecutor::new());
            let answer = service_fn(|request| answer(request, service.clone(), later));
            let _ = server.serve_connection(TokioIo::new(socket), answer).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    service: S3Service,
    later: Duration,
) -> Result<HttpResponse, HttpError> {
    if !later.is_zero() {
        sleep(later).await;
    }
    let (head, body) = request.into_parts();
    let is_small = body.size_hint().upper().is_some_and(|bytes| bytes <= WHOLE);
    let body = if is_small {
        let whole = body.collect().await.map_err(|error| HttpError::new(error.into()))?;
        Body::from(whole.to_bytes())
    } else {
        Body::from(body)
    };
    service.call(Request::from_parts(head, body)).await
}
