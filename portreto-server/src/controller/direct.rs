//! Pictures by URLs that say everything: digest and transform. No catalog, no login: a signature.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    body::Body,
    extract::{FromRequestParts as _, Path, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use portreto_core::{Digest, Format, Transform, transform::Output};
use portreto_store::{Clock as _, Direct, SystemClock};

use crate::{
    conditional::{Representation, Wants},
    openapi::schema,
    problem::Problem,
    query::bad,
    signed_url::{self, Refused},
    spool,
    state::AppState,
};

/// How long caches may keep what has no end, seconds: a year, the most that they believe.
const YEAR: i64 = 365 * 24 * 60 * 60;

/// `GET /i/{digest}/{transform}.{extension}`
#[utoipa::path(
    get,
    path = "/i/{digest}/{name}",
    summary = "A picture by a signed URL; the name is TRANSFORM.EXTENSION",
    params(
        ("digest" = String, Path, pattern = "^[0-9a-f]{64}$"),
        ("name" = String, Path),
        ("s" = String, Query, description = "The signature"),
        ("e" = i64, Query, description = "When it expires, seconds since 1970", minimum = 0),
        ("Accept" = String, Header),
        ("Range" = String, Header),
        ("If-None-Match" = String, Header),
        ("If-Match" = String, Header),
        ("If-Range" = String, Header),
    ),
    security(()),
    responses(
        (status = 200, description = "The bytes", body = schema::Bytes, content_type = "image/*"),
        (status = 206, description = "A part of them", body = schema::Bytes, content_type = "image/*"),
        (status = 307, description = "The store itself gives them, where that is wanted"),
        (status = 304, description = "They are those that you have"),
        (status = 412, description = "They are others than `If-Match` says", body = schema::Problem, content_type = "application/problem+json"),
        (status = 416, description = "The range is outside of them", body = schema::Problem, content_type = "application/problem+json"),
        (status = 403, description = "It is not signed, or not by us, or its time has passed", body = schema::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn picture(State(state): State<AppState>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    if let Some(answer) = state.ready().to(&parts) {
        state.telemetry().cache_hits.inc();
        return answer;
    }
    match Path::from_request_parts(&mut parts, &state).await {
        Ok(Path((digest, name))) => answer(&state, digest, name, &parts).await.into_response(),
        Err(rejection) => rejection.into_response(),
    }
}

async fn answer(
    state: &AppState,
    digest: String,
    name: String,
    request: &Parts,
) -> Result<Response, Problem> {
    let Parts { method, headers, uri, .. } = request;
    let digest: Digest =
        digest.parse().map_err(|_| bad("digest", "the digest is not 64 hexadecimal digits"))?;
    let allowed = allowed(state, &digest, &name, uri.query().unwrap_or_default())?;
    let seconds = allowed.unwrap_or(YEAR);
    let (transform, varies) = transform(state, &name, headers)?;
    let key = (digest, transform.to_string());
    if let Some(lasts) = state.config().redirects
        && state.hot().get(&key).is_none()
        && let Some((_, url)) = state.portreto().direct_url(&digest, &transform, lasts).await?
    {
        // Whoever remembers it must not do so for longer than it is good.
        let half = (lasts.as_secs() / 2).min(u64::try_from(seconds).unwrap_or(0));
        return Ok(super::redirect(&url, Some(half)));
    }
    let (direct, again) = hot(state, &key, transform).await?;
    let cache_control = format!("public, max-age={seconds}, immutable");
    let representation = Representation {
        digest: direct.variant.digest,
        bytes: direct.bytes.len() as u64,
        media_type: &direct.variant.media_type,
        name: &super::variant::variant_name(&digest.to_string()[..12], &direct.variant.media_type),
        cache_control: &cache_control,
        varies,
    };
    match representation.wanted(method, headers) {
        wants @ Wants::Answered(_) => Ok(representation.answer(wants, Body::empty())),
        wants => {
            let part = Representation::part_of(&wants, &direct.bytes);
            let answer = representation.answer(wants, spool::sent(state, part, None).await?);
            if again && allowed.is_none() && !varies && direct.bytes.len() <= spool::SMALL {
                state.ready().keep(request, digest, answer.headers(), &direct.bytes);
                // Deleted meanwhile: whoever does so forgets this one first, and then what is ready.
                if state.hot().get(&key).is_none() {
                    state.ready().forget(&digest);
                }
            }
            Ok(answer)
        }
    }
}

/// Whether the URL is to be followed; gives for how many seconds it may be cached, when that is not for ever.
fn allowed(
    state: &AppState,
    digest: &Digest,
    name: &str,
    query: &str,
) -> Result<Option<i64>, Problem> {
    let config = state.config();
    let now = SystemClock.now();
    let refused = |kind, detail: &str| {
        Err(Problem::new(StatusCode::FORBIDDEN).kind(kind).field("s").detail(detail))
    };
    match signed_url::verify(&config.keys.url, digest, name, query, now) {
        Ok(None) => Ok(None),
        Ok(Some(expires)) => Ok(Some((expires - now.as_second()).min(YEAR))),
        Err(Refused::Unsigned) if config.open_presets && is_preset(name) => Ok(None),
        Err(Refused::Unsigned) => refused("unsigned", "the URL is not signed"),
        Err(Refused::Forged) => refused("bad-signature", "the signature is not that of this URL"),
        Err(Refused::Expired) => refused("expired", "the time of this URL has passed"),
        Err(Refused::Malformed(detail)) => Err(bad("query", detail)),
    }
}

fn is_preset(name: &str) -> bool {
    let text = name.rsplit_once('.').map_or(name, |(text, _)| text);
    text.strip_prefix("preset:").is_some_and(|name| !name.contains([',', ':']))
}

/// The transform that a name says, and whether it depends on what the client accepts.
fn transform(
    state: &AppState,
    name: &str,
    headers: &HeaderMap,
) -> Result<(Transform, bool), Problem> {
    let wrong = |detail: String| bad("transform", detail).kind("transform");
    let Some((text, extension)) = name.rsplit_once('.').filter(|(text, _)| !text.is_empty()) else {
        return Err(wrong("the path does not end in TRANSFORM.EXTENSION".to_owned()));
    };
    let transform = state.config().presets.read(text).map_err(|error| wrong(error.to_string()))?;
    let said = transform.output_format();
    if extension == "auto" {
        if said.format().is_some() {
            return Err(wrong("the transform has a format, and auto is to choose one".to_owned()));
        }
        let output = accepted(headers).parse::<Transform>();
        let output = output.map_err(|error| wrong(error.to_string()))?.output_format();
        return Ok((transform.output(output), true));
    }
    let Some(format) = Format::from_extension(extension).filter(|format| format.is_written())
    else {
        return Err(wrong(format!(
            "{extension:.20?} is not the extension of a format that is written"
        )));
    };
    match said.format() {
        None => Ok((transform.output(Output::new(format)), false)),
        Some(said) if said == format => Ok((transform, false)),
        Some(said) => Err(wrong(format!(
            "the transform says {} and the extension {extension}",
            said.extension()
        ))),
    }
}

/// The output that leaves the format to the content and to what the client accepts beside JPEG, PNG and GIF.
fn accepted(headers: &HeaderMap) -> &'static str {
    let ranges = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let (mut avif, mut webp) = (false, false);
    for range in ranges.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default();
        let refused = parts.any(|part| {
            part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0))
        });
        match media_type {
            "image/avif" => avif = !refused,
            "image/webp" => webp = !refused,
            _ => {}
        }
    }
    match (avif, webp) {
        (true, true) => "auto:accept=avif.webp",
        (true, false) => "auto:accept=avif",
        (false, true) => "auto:accept=webp",
        (false, false) => "auto",
    }
}

/// The picture from memory, or made known to it: requests for the same one wait for the first of them. And whether it was in memory.
async fn hot(
    state: &AppState,
    key: &(Digest, String),
    transform: Transform,
) -> Result<(Arc<Direct>, bool), Problem> {
    let (portreto, digest) = (state.portreto().clone(), key.0);
    let telemetry = state.telemetry();
    let again = AtomicBool::new(true);
    let make = async {
        again.store(false, Ordering::Relaxed);
        telemetry.cache_misses.inc();
        // On its own: it goes on to its end when the client does not wait for it, and the next one has it.
        let made = tokio::spawn(async move { portreto.direct(&digest, &transform).await });
        match made.await {
            Ok(made) => Ok(Arc::new(made?)),
            Err(_) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR)),
        }
    };
    let direct = state.hot().get_or_insert_async(key, make).await?;
    let again = again.into_inner();
    if again {
        telemetry.cache_hits.inc();
    }
    Ok((direct, again))
}
