//! Every path of the server, one line each.

use axum::{Router, routing::get};

use crate::{controller, layers, state::AppState};

/// The whole service, without a socket.
///
/// # Examples
///
/// ```no_run
/// # fn example(portreto: portreto_store::Portreto) {
/// use portreto_server::{AppState, Config, app};
///
/// let service = app(AppState::new(portreto, Config::default()));
/// # }
/// ```
pub fn app(state: AppState) -> Router {
    let config = state.config().clone();
    let routes = Router::new()
        .route("/health", get(controller::health::alive))
        .route("/ready", get(controller::health::ready))
        .with_state(state);
    layers::around(routes, &config)
}
