//! Every path of the server, one line each.

use axum::{
    Router, middleware,
    routing::{delete, get, post},
};

use crate::{
    controller::{
        auth, direct, docs, health, image, job, metrics, prototype, resize, store, variant,
    },
    layers,
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
    let config = state.config().clone();
    let telemetry = state.telemetry().clone();
    let routes = Router::new()
        .route("/health", get(health::alive))
        .route("/ready", get(health::ready))
        .route("/openapi.json", get(docs::machines))
        .route("/docs", get(docs::people))
        .route("/metrics", get(metrics::show))
        .route("/stores", get(store::list))
        .route("/auth/register", post(auth::register))
        .route("/auth/login", post(auth::login))
        .route("/auth/refresh", post(auth::refresh))
        .route("/auth/logout", post(auth::logout))
        .route("/auth/keys", post(auth::add_key).get(auth::keys))
        .route("/auth/keys/{id}", delete(auth::remove_key))
        .route("/images", post(image::upload).get(image::list))
        .route("/images/{id}", get(image::show).delete(image::delete))
        .route("/images/{id}/content", get(image::content))
        .route("/images/{id}/variants", post(variant::ask).get(variant::list))
        .route("/images/{id}/variants/{key}/content", get(variant::content))
        .route("/images/{id}/{levels}", post(variant::dither).get(variant::dithering))
        .route("/jobs", get(job::list))
        .route("/jobs/{id}", delete(job::cancel).get(job::show))
        .route("/jobs/{id}/rerun", post(job::rerun))
        .route("/jobs/{id}/events", get(job::events))
        .route("/i/{digest}/{name}", get(direct::picture))
        .route("/api/", post(resize::ask))
        .route("/api/{identifier}", get(resize::answer))
        .route("/image", post(prototype::upload))
        .route("/image/{id}", get(prototype::stamped))
        .with_state(state);
    // Around everything, so that what the layers answer is counted, too.
    layers::around(routes, &config).layer(middleware::from_fn_with_state(telemetry, measure))
}
