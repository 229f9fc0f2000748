//! Logging in and out, and keys for machines.

use axum::{
    Extension, Json,
    extract::{Path, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use portreto_store::{Clock as _, Scope, Session, SystemClock};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    caller::Caller, door::ClientAddress, intake, openapi::schema, problem::Problem,
    state::AppState, token,
};

/// The longest body of these requests, bytes.
const MAX_BYTES: usize = 8_192;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._@-]{1,64}$")]
    name: String,
    /// 10 to 256 bytes.
    #[schema(min_length = 10, max_length = 256)]
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refresh {
    refresh_token: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewKey {
    /// 1 to 100 bytes without control characters.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[schema(value_type = schema::Scope)]
    scope: Scope,
}

/// `POST /auth/register`
#[utoipa::path(
    post,
    path = "/auth/register",
    summary = "Add a person",
    request_body = Credentials,
    security(()),
    responses(
        (status = 201, description = "Who may log in now", body = schema::Person),
        (status = 409, description = "The name is taken", body = schema::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Nobody can register here", body = schema::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn register(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, Problem> {
    if !state.config().registration {
        return Err(Problem::new(StatusCode::FORBIDDEN)
            .kind("registration-closed")
            .detail("nobody can register here: the server was not started with `--registration`"));
    }
    let Credentials { name, password } = read(request).await?;
    let person = state.portreto().register(&name, &password).await?;
    Ok((StatusCode::CREATED, Json(person)).into_response())
}

/// `POST /auth/login`
#[utoipa::path(
    post,
    path = "/auth/login",
    summary = "Begin a session",
    request_body = Credentials,
    security(()),
    responses(
        (status = 200, description = "Two tokens", body = schema::Tokens),
        (status = 401, description = "The name or the password is wrong", body = schema::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn login(
    State(state): State<AppState>,
    from: Option<Extension<ClientAddress>>,
    request: Request,
) -> Result<Response, Problem> {
    let Credentials { name, password } = read(request).await?;
    let address =
        from.map_or_else(String::new, |Extension(ClientAddress(address))| address.to_string());
    let session = state.portreto().login(&name, &password, &address).await?;
    granted(&state, &session)
}

/// `POST /auth/refresh`
#[utoipa::path(
    post,
    path = "/auth/refresh",
    summary = "Prolong a session; the token is good once",
    request_body = Refresh,
    security(()),
    responses(
        (status = 200, description = "Two new tokens", body = schema::Tokens),
        (status = 401, description = "The token is not, or no longer, good", body = schema::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn refresh(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, Problem> {
    let Refresh { refresh_token } = read(request).await?;
    let session = state.portreto().refresh(&refresh_token).await?;
    granted(&state, &session)
}

/// `POST /auth/logout`
#[utoipa::path(
    post,
    path = "/auth/logout",
    summary = "End the session",
    responses(
        (status = 204, description = "It is over"),
    )
)]
pub(crate) async fn logout(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Response, Problem> {
    state.portreto().logout(&in_person(&caller)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /auth/keys`
#[utoipa::path(
    post,
    path = "/auth/keys",
    summary = "Make a key; its secret is told once",
    request_body = NewKey,
    responses(
        (status = 201, description = "The key", body = schema::MadeKey),
        (status = 409, description = "There are too many", body = schema::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn add_key(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    in_person(&caller)?;
    let NewKey { name, scope } = read(request).await?;
    let (key, secret) = state.portreto().add_api_key(&caller.owner, &name, scope).await?;
    let body = json!({ "id": key.id, "name": key.name, "scope": key.scope, "created": key.created, "secret": secret });
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Json(body)).into_response())
}

/// `GET /auth/keys`
#[utoipa::path(
    get,
    path = "/auth/keys",
    summary = "Your keys for machines",
    responses(
        (status = 200, description = "Without their secrets", body = schema::Keys),
    )
)]
pub(crate) async fn keys(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Response, Problem> {
    in_person(&caller)?;
    let keys = state.portreto().api_keys(&caller.owner).await?;
    Ok(Json(json!({ "keys": keys })).into_response())
}

/// `DELETE /auth/keys/{id}`
#[utoipa::path(
    delete,
    path = "/auth/keys/{id}",
    summary = "Remove a key",
    params(
        ("id" = String, Path, format = "uuid"),
    ),
    responses(
        (status = 204, description = "It opens nothing more"),
    )
)]
pub(crate) async fn remove_key(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    in_person(&caller)?;
    state.portreto().remove_api_key(&caller.owner, &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The session of somebody who logged in. A key cannot make keys, nor log anybody out.
fn in_person(caller: &Caller) -> Result<String, Problem> {
    caller.session.clone().ok_or_else(|| {
        Problem::new(StatusCode::FORBIDDEN)
            .kind("in-person")
            .detail("only who has logged in can do this, and no key")
    })
}

fn granted(state: &AppState, session: &Session) -> Result<Response, Problem> {
    let keys = &state.config().keys.token;
    let access = token::issue(keys, &session.person, &session.id, SystemClock.now());
    let access = access.ok_or_else(|| {
        tracing::error!("there is no key to sign access tokens with");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR)
    })?;
    let body = json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": token::LASTS.as_secs(),
        "refresh_token": session.refresh_token,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    let (parts, body) = request.into_parts();
    let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if media_type.is_none_or(|text| text.split(';').next() != Some("application/json")) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            .field("Content-Type")
            .detail("send application/json"));
    }
    let body = axum::body::Body::new(http_body_util::Limited::new(body, MAX_BYTES));
    intake::object(&intake::whole(body, &parts.headers).await?)
}
