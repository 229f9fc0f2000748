//! Who asks: everybody where that is allowed, else a person by an access token or a key.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
};
use portreto_store::{Clock as _, Scope, SystemClock};

use crate::{problem::Problem, state::AppState, token};

/// Who asks, as far as it matters: whose pictures are seen and changed.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) owner: String,
    /// The session of an access token; none for a key, which is for machines.
    pub(crate) session: Option<String>,
    /// The id of the key.
    pub(crate) key: Option<String>,
}

/// What is known of who asks, found out on the way in.
pub(crate) type Identity = Result<Caller, Problem>;

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        match parts.extensions.get::<Identity>() {
            Some(identity) => identity.clone(),
            None => Self::identify(state, &parts.method, &parts.headers).await,
        }
    }
}

impl Caller {
    /// Who sends these headers.
    pub(crate) async fn identify(
        state: &AppState,
        method: &Method,
        headers: &HeaderMap,
    ) -> Identity {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            if state.config().anonymous {
                return Ok(Self { owner: String::new(), session: None, key: None });
            }
            return Err(denied("log in, or send a key, as `Authorization: Bearer …`"));
        };
        let text = value.to_str().unwrap_or_default();
        let Some(secret) = text.strip_prefix("Bearer ").map(str::trim) else {
            return Err(denied("Authorization is not `Bearer …`"));
        };
        let portreto = state.portreto();
        if let Some(key) = portreto.api_key(secret).await? {
            let looks = matches!(*method, Method::GET | Method::HEAD);
            if !looks && key.scope != Scope::Write {
                return Err(Problem::new(StatusCode::FORBIDDEN)
                    .kind("scope")
                    .detail("this key is for reading only"));
            }
            return Ok(Self { owner: key.person, session: None, key: Some(key.id) });
        }
        if let Some(claims) = token::verify(&state.config().keys.token, secret, SystemClock.now())
            && portreto.session_is_open(&claims.sid, &claims.sub).await?
        {
            return Ok(Self { owner: claims.sub, session: Some(claims.sid), key: None });
        }
        Err(denied("the token or key is not, or no longer, good"))
    }
}

fn denied(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED).field("Authorization").detail(detail)
}
