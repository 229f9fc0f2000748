//! Real servers over TCP, each on a port of its own.

use std::net::SocketAddr;

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use portreto_store::conformance::conforms;
use s3s::service::S3Service;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// The place in the bucket `photos` of a server.
pub(crate) fn place_at(address: &str) -> Arc<dyn Place> {
    let url =
        format!("s3://photos/family?endpoint=http://{address}&allow_http=true&region=us-east-1");
    open_wired(&url, &wiring(None)).unwrap()
}

/// `s3s-fs` over a directory with the bucket `photos`.
pub(crate) fn over_s3s_fs() -> (TempDir, S3Service) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("photos")).unwrap();
    let service = portreto_scratch_s3::over(dir.path(), KEY, SECRET).unwrap();
    (dir, service)
}

/// Serves, over TLS if it is told how, until the test ends.
pub(crate) async fn serve(service: S3Service, tls: Option<TlsAcceptor>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (service, tls) = (service.clone(), tls.clone());
            tokio::spawn(async move {
                let server = Builder::new(TokioExecutor::new());
                let _ = match tls {
                    None => server.serve_connection(TokioIo::new(socket), service).await,
                    Some(tls) => {
                        // Who does not trust it goes.
                        let Ok(socket) = tls.accept(socket).await else { return };
                        server.serve_connection(TokioIo::new(socket), service).await
                    }
                };
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3s_fs_conforms_and_keeps_large_blobs() {
    let (_dir, service) = over_s3s_fs();
    let address = serve(service, None).await;
    let place = place_at(&address.to_string());
    place.found(&marker(1)).await.unwrap();
    assert_eq!(place.honors_conditions(), Some(true));
    conforms(&*place).await;
    let (key, bytes) = blob(vec![3; 17 << 20]);
    place.put(&key, bytes.clone()).await.unwrap();
    assert_eq!(place.get(&key).await.unwrap(), bytes);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_offline_soon() {
    // Nobody listens on a port that was given back.
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = place_at(&address.to_string()).survey().await.unwrap_err();
    assert_eq!(error.kind(), portreto_core::replica::StoreErrorKind::Offline, "{error:?}");
}

#[tokio::test]
async fn a_server_that_takes_connections_and_says_nothing_is_offline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let url =
        format!("s3://photos/family?endpoint=http://{address}&allow_http=true&region=us-east-1");
    let impatient = Wiring { answer: Some(Duration::from_millis(100)), ..wiring(None) };
    let error = open_wired(&url, &impatient).unwrap().survey().await.unwrap_err();
    assert_eq!(error.kind(), portreto_core::replica::StoreErrorKind::Offline, "{error:?}");
}
