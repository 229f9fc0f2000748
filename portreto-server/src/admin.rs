//! What those who run the server ask, at an address of its own and in a thread of its own: neither renders nor uploads nor their
//! clients keep it waiting.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    thread::{self, JoinHandle},
};

use axum::{Router, extract::State, response::Response, routing::get};
use tokio::sync::oneshot;
use tower::layer::util::Identity;

use crate::{
    config::Config,
    controller::{health, metrics, store},
    layers,
    problem::Problem,
    server::Server,
    state::AppState,
};

/// Connections served at once.
const CONNECTIONS: usize = 256;

/// The address, listened on already.
#[derive(Debug)]
pub(crate) struct Admin {
    listener: TcpListener,
    local_addr: SocketAddr,
    config: Config,
}

/// It serves.
#[derive(Debug)]
pub(crate) struct Serving {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Admin {
    pub(crate) fn bind(listen: SocketAddr, config: &Config) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let local_addr = listener.local_addr()?;
        let mut config = config.clone();
        config.connections = CONNECTIONS;
        config.drain = std::time::Duration::ZERO;
        config.shutdown_timeout = std::time::Duration::from_secs(1);
        Ok(Self { listener, local_addr, config })
    }

    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Begins to serve.
    pub(crate) fn serve(self, state: AppState) -> Serving {
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let served = runtime.and_then(|runtime| {
                runtime.block_on(async {
                    let service = layers::around(routes(state), &self.config, Identity::new());
                    let listener = tokio::net::TcpListener::from_std(self.listener)?;
                    let server = Server::listening(listener, self.local_addr, self.config);
                    let _ = server.run(service, async { drop(stopped.await) }).await;
                    Ok(())
                })
            });
            if let Err(error) = served {
                tracing::error!(%error, "cannot serve those who run the server");
            }
        });
        Serving { stop, thread }
    }
}

impl Serving {
    /// Waits until it has ended.
    pub(crate) async fn stop(self) {
        let Self { stop, thread } = self;
        let _ = stop.send(());
        let _ = tokio::task::spawn_blocking(move || thread.join()).await;
    }
}

fn routes(state: AppState) -> Router {
    Router::new()
        .route("/health", get(health::alive))
        .route("/ready", get(health::ready))
        .route("/metrics", get(metrics))
        .route("/stores", get(stores))
        .with_state(state)
}

async fn metrics(State(state): State<AppState>) -> Result<Response, Problem> {
    metrics::told(&state).await
}

async fn stores(State(state): State<AppState>) -> Response {
    store::told(&state)
}
