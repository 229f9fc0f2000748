//! Portreto over HTTP: a thin, stateless server.
//!
//! No business rule lives here: a request becomes a call of [`Portreto`](portreto_store::Portreto), its
//! result becomes a response. Errors are problem details (RFC 9457), all written by one file.
//!
//! [`app`] is the whole service without a socket; [`Server`] serves it:
//!
//! ```no_run
//! # async fn example(portreto: portreto_store::Portreto) -> anyhow::Result<()> {
//! use portreto_server::{AppState, Config, Server, Signals};
//!
//! let signals = Signals::install()?;
//! let server = Server::bind(Config::default()).await?;
//! tracing::info!("listening on http://{}", server.local_addr());
//! server.serve(portreto, signals.first()).await;
//! # Ok(())
//! # }
//! ```

mod admin;
mod caller;
mod conditional;
mod config;
mod controller;
mod door;
mod flags;
mod intake;
mod keys;
mod layers;
mod openapi;
#[cfg(feature = "otel")]
pub mod otel;
mod patient;
mod problem;
mod query;
mod ready;
mod router;
mod server;
mod signals;
mod signed_url;
mod sink;
mod spool;
mod state;
mod telemetry;
mod token;
mod totals;
mod view;

pub use crate::{
    config::Config,
    door::Rate,
    flags::{Flags, SinksFlag},
    keys::{KeyRing, Keys},
    problem::Problem,
    router::app,
    server::{BindError, Server, Stopped},
    signals::Signals,
    signed_url::sign_url,
    sink::{Relay, SinkError, Sinks},
    state::AppState,
};
