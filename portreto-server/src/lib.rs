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

mod config;
mod controller;
mod layers;
mod problem;
mod router;
mod server;
mod signals;
mod state;

pub use crate::{
    config::Config,
    problem::Problem,
    router::app,
    server::{BindError, Server, Stopped},
    signals::Signals,
    state::AppState,
};
