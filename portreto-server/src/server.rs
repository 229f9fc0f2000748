//! The socket: accepting connections, and stopping without cutting anybody off.

use std::{error, fmt, io, net::SocketAddr, pin::pin, time::Duration};

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use portreto_store::Portreto;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};

use tower::Layer as _;

use crate::{
    admin::Admin, config::Config, keys::Keys, patient::Patient, problem::chain, router::app,
    sink::Relay, state::AppState,
};

/// The largest head of a request, bytes.
const HEADER_BYTES: usize = 32 << 10;

/// How long to wait when connections cannot be accepted, mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Where a request comes from: the other end of its connection. What a header says of it, anybody can write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// A server that listens already and does not serve yet: connections wait in the system's queue.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    local_addr: SocketAddr,
    admin: Option<Admin>,
    relay: Option<Relay>,
    config: Config,
}

/// How a server came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Stopped {
    /// Every request that had begun was answered.
    AllAnswered,
    /// So many connections were cut off, since they took longer than [`Config::shutdown_timeout`].
    CutOff(usize),
}

/// Why an address could not be listened on.
#[derive(Debug)]
pub struct BindError {
    listen: SocketAddr,
    source: io::Error,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot listen on {}", self.listen)
    }
}

impl error::Error for BindError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.source)
    }
}

impl Server {
    /// Listens on [`Config::listen`].
    ///
    /// # Errors
    ///
    /// The address is taken, not of this machine, or not allowed; or everybody would be served on an address
    /// that other machines can reach, without [`Config::anonymous_to_all`].
    pub async fn bind(config: Config) -> Result<Self, BindError> {
        let listen = config.listen;
        if config.anonymous && !config.anonymous_to_all && !listen.ip().is_loopback() {
            let message = "everybody on the network could see and delete all pictures: listen on 127.0.0.1, or say \
                           `--anonymous-to-all` if that is what you want";
            return Err(BindError { listen, source: io::Error::other(message) });
        }
        let bound = async {
            let listener = TcpListener::bind(listen).await?;
            let local_addr = listener.local_addr()?;
            Ok((listener, local_addr))
        };
        let bound = bound.await.map_err(|source| BindError { listen, source });
        let (listener, local_addr) = bound?;
        let admin = config.admin_listen.map(|listen| {
            Admin::bind(listen, &config).map_err(|source| BindError { listen, source })
        });
        Ok(Self { listener, local_addr, admin: admin.transpose()?, relay: None, config })
    }

    /// One that listens already.
    pub(crate) fn listening(listener: TcpListener, local_addr: SocketAddr, config: Config) -> Self {
        Self { listener, local_addr, admin: None, relay: None, config }
    }

    /// The same with these keys: they are in the home, which should not be made for a server that cannot listen.
    #[must_use]
    pub fn with_keys(mut self, keys: Keys) -> Self {
        self.config.keys = keys;
        self
    }

    /// The same, bringing events to these sinks while it serves.
    #[must_use]
    pub fn with_relay(mut self, relay: Relay) -> Self {
        self.relay = Some(relay);
        self
    }

    /// The address that is listened on, with the port that was found free if port 0 was asked for.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The address for those who run the server, if there is one.
    #[must_use]
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Admin::local_addr)
    }

    /// Serves this home until `shutdown` is ready; then `/ready` says 503, after [`Config::drain`] no
    /// more connections are accepted, idle ones are closed, and the requests in flight are waited for,
    /// no longer than [`Config::shutdown_timeout`].
    pub async fn serve(
        mut self,
        portreto: Portreto,
        shutdown: impl Future<Output = ()>,
    ) -> Stopped {
        let state = AppState::new(portreto, self.config.clone());
        // Without it bodies of more than a megabyte are refused, and the log says why.
        if let Err(error) = std::fs::create_dir_all(&self.config.spool) {
            tracing::error!(%error, directory = %self.config.spool.display(), "bodies cannot wait in files");
        }
        let service = app(state.clone());
        let (workers, portreto) = (self.config.workers, state.portreto().clone());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let work = async move {
            if workers > 0 {
                portreto.work(workers, async { drop(stopped.await) }).await;
            }
        };
        let work = tokio::spawn(work);
        let settling = tokio::spawn(settle(state.clone()));
        let (end_relay, relay_ends) = tokio::sync::oneshot::channel::<()>();
        let relay = self.relay.take();
        let relaying = tokio::spawn(async move {
            if let Some(relay) = relay {
                relay.run(async { drop(relay_ends.await) }).await;
            }
        });
        let admin = self.admin.take().map(|admin| admin.serve(state.clone()));
        let draining = async {
            shutdown.await;
            state.drain();
            // Jobs are handed back at once: others begin them sooner than we would end.
            let _ = stop.send(());
        };
        let patience = self.config.shutdown_timeout;
        let stopped = self.run(service, draining).await;
        if let Err(error) = work.await {
            tracing::error!(%error, "the workers stopped unexpectedly");
        }
        // What the last requests have done is told, too.
        let _ = end_relay.send(());
        if let Err(error) = relaying.await {
            tracing::error!(%error, "events stopped being brought unexpectedly");
        }
        settling.abort();
        // What nobody waits for any more, what was given and is being kept, copies that are being mended: a process that ends now would
        // leave them undone.
        let ended = async {
            state.under_way().ended().await;
            state.portreto().idle().await;
        };
        if timeout(patience, ended).await.is_err() {
            tracing::warn!("some of what was being kept is left undone");
        }
        // Until the very end, whoever asks is told that the server is stopping.
        if let Some(admin) = admin {
            admin.stop().await;
        }
        stopped
    }

    /// `draining` is ready when the signal to stop has come and `/ready` has been told.
    pub(crate) async fn run(self, service: Router, draining: impl Future<Output = ()>) -> Stopped {
        let Self { listener, config, .. } = self;
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(config.header_timeout)
            .max_header_size(HEADER_BYTES);

        let graceful = GracefulShutdown::new();
        // Each is one connection, so that they can be counted, and aborted in the end.
        let mut connections = JoinSet::new();
        let mut stop = pin!(async {
            draining.await;
            tracing::info!("stopping");
            sleep(config.drain).await;
        });
        loop {
            let stream = tokio::select! {
                biased;
                () = &mut stop => break,
                Some(_) = connections.join_next() => continue,
                stream = accept(&listener), if connections.len() < config.connections => stream,
            };
            let (stream, peer) = stream;
            let service = TowerToHyperService::new(Extension(Peer(peer)).layer(service.clone()));
            let stream = TokioIo::new(Patient::new(stream, config.send_idle));
            let connection = http.serve_connection(stream, service);
            let connection = graceful.watch(connection);
            connections.spawn(async move {
                if let Err(error) = connection.await {
                    // Mostly a client that went away: nothing to do about it.
                    tracing::debug!(%error, "connection failed");
                }
            });
        }
        drop(listener);

        if timeout(config.shutdown_timeout, graceful.shutdown()).await.is_ok() {
            return Stopped::AllAnswered;
        }
        while connections.try_join_next().is_some() {}
        let left = connections.len();
        tracing::warn!(connections = left, "cut off what took too long");
        connections.shutdown().await;
        Stopped::CutOff(left)
    }
}

/// Lets stores do what they owe, again and again.
async fn settle(state: AppState) {
    let mut ticks = tokio::time::interval(state.config().settle_every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // Asking the stores costs something; asking for debts does not.
        let Ok(stats) = state.portreto().stats().await else { continue };
        if stats.owed == 0 {
            continue;
        }
        match state.portreto().settle().await {
            Ok(_) => {
                let left = state.portreto().stats().await.map_or(stats.owed, |stats| stats.owed);
                let done = stats.owed.saturating_sub(left);
                state.telemetry().settled.inc_by(done);
                if done > 0 {
                    tracing::info!(done, left, "stores made up for what they owed");
                }
            }
            Err(error) => tracing::warn!(error = chain(&error), "debts cannot be settled"),
        }
    }
}

/// The next connection. It does not end because of one that fails.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Nagle's algorithm would hold back the end of a streamed body until the client
                // acknowledges its beginning, 40 ms later.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "cannot set TCP_NODELAY");
                }
                return (stream, peer);
            }
            Err(error)
                if matches!(
                    error.kind(),
                    ConnectionAborted | ConnectionRefused | ConnectionReset
                ) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
