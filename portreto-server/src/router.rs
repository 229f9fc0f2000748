//! Every path of the server, one line each.

use axum::{Router, middleware};
use tower::ServiceBuilder;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    controller::{
        auth, direct, docs, health, image, job, metrics, prototype, resize, store, variant,
    },
    door, layers, spool,
    state::AppState,
    telemetry::measure,
};

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
    let (routes, _) = routes().split_for_parts();
    let routes = routes.with_state(state.clone());
    let inner = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(state.clone(), door::enter))
        .layer(middleware::from_fn_with_state(state.clone(), spool::receive));
    let routes = layers::around(routes, state.config(), inner);
    // Around everything, so that what the layers answer is counted, too.
    routes.layer(middleware::from_fn_with_state(state, measure))
}

/// Every route, each with what it says of itself.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(docs::machines))
        .routes(routes!(docs::people))
        .routes(routes!(metrics::show))
        .routes(routes!(store::list))
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::add_key, auth::keys))
        .routes(routes!(auth::remove_key))
        .routes(routes!(image::upload, image::list))
        .routes(routes!(image::show, image::delete))
        .routes(routes!(image::content))
        .routes(routes!(variant::ask, variant::list))
        .routes(routes!(variant::content))
        .routes(routes!(variant::dither, variant::dithering))
        .routes(routes!(job::list))
        .routes(routes!(job::cancel, job::show))
        .routes(routes!(job::rerun))
        .routes(routes!(job::events))
        .routes(routes!(direct::picture))
        .routes(routes!(resize::ask))
        .routes(routes!(resize::answer))
        .routes(routes!(prototype::upload))
        .routes(routes!(prototype::stamped))
}
