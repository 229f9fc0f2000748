//! The simple way: a picture and a size in, a picture of that size out.

use axum::{
    Json,
    extract::{Path, Request, State},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use portreto_core::Transform;
use portreto_store::{Image, ImageId, Upload};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    caller::Caller,
    intake,
    openapi::schema,
    problem::Problem,
    query::{Query, bad},
    state::AppState,
    view,
};

/// Where the identifier is told beside the body.
const IDENTIFIER: HeaderName = HeaderName::from_static("identifier");
/// What such a picture is called.
const NAME: &str = "resized";

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Resize)]
struct Ask {
    #[schema(content_encoding = "base64", min_length = 1)]
    image: String,
    /// Pixels.
    #[schema(minimum = 1)]
    width: i64,
    #[schema(minimum = 1)]
    height: i64,
}

/// `POST /api/`
#[utoipa::path(
    post,
    path = "/api/",
    summary = "Resize a picture",
    request_body = Ask,
    responses(
        (status = 201, description = "It will be made", body = schema::Identifier, headers(("identifier" = String), ("Location" = String))),
    )
)]
pub(crate) async fn ask(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    Query::read(request.uri().query()).end()?;
    let (parts, body) = request.into_parts();
    let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if media_type.is_none_or(|text| !text.starts_with("application/json")) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            .field("Content-Type")
            .detail("send application/json"));
    }
    let text = intake::whole(body, &parts.headers).await?;
    let Ask { image, width, height } = intake::object(&text)?;
    let limits = state.portreto().limits();
    let width = side("width", width, limits.width)?;
    let height = side("height", height, limits.height)?;
    limits.check_size(width, height).map_err(|error| bad("width", error.to_string()))?;
    let upload = Upload {
        bytes: intake::unbase64(&image)?,
        name: NAME.to_owned(),
        labels: std::collections::BTreeSet::new(),
        owner: caller.owner,
        transforms: vec![exactly(width, height)?],
        keep_damaged: false,
    };
    let added = state.portreto().add_later(upload).await.map_err(|error| {
        use portreto_store::ErrorKind::{BadInput, NotAnImage};
        let is_picture = matches!(error.kind(), BadInput | NotAnImage);
        let problem = Problem::from(error);
        if is_picture {
            problem.field("image").with_status(StatusCode::BAD_REQUEST)
        } else {
            problem
        }
    })?;
    let identifier = format!("{}.{width}x{height}", added.image.id);
    let location = format!("/api/{identifier}");
    let headers = [(IDENTIFIER, identifier.clone()), (header::LOCATION, location)];
    Ok((StatusCode::CREATED, headers, Json(json!({ "identifier": identifier }))).into_response())
}

/// `GET /api/{identifier}`
#[utoipa::path(
    get,
    path = "/api/{identifier}",
    summary = "The resized picture, or how far it is",
    params(
        ("identifier" = String, Path),
    ),
    responses(
        (status = 200, description = "Here it is", body = schema::Resized),
        (status = 202, description = "It is not there yet", body = schema::Status),
        (status = 409, description = "The job was taken back", body = schema::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn answer(
    State(state): State<AppState>,
    caller: Caller,
    Path(identifier): Path<String>,
) -> Result<Response, Problem> {
    let unknown = || {
        Problem::new(StatusCode::NOT_FOUND)
            .field("identifier")
            .detail(format!("{identifier:.80?} is not an identifier that was given"))
    };
    let (id, width, height) = parts(&identifier).ok_or_else(unknown)?;
    let portreto = state.portreto();
    let image: Image = portreto.image(&caller.owner, id).await?;
    let transform = exactly(width, height)?;
    if let Some(variant) = portreto.made(&image, &transform).await? {
        let bytes = portreto.variant_bytes(&variant).await?;
        return Ok(Json(json!({
            "identifier": identifier,
            "image": BASE64_STANDARD.encode(bytes),
            "width": variant.width,
            "height": variant.height,
        }))
        .into_response());
    }
    let job = portreto.job_for(&image, &transform).await?.ok_or_else(unknown)?;
    match view::failure(&job) {
        Some(problem) => Err(problem),
        None => Ok((StatusCode::ACCEPTED, Json(json!({ "status": job.state }))).into_response()),
    }
}

fn side(name: &'static str, value: i64, limit: u32) -> Result<u32, Problem> {
    match u32::try_from(value) {
        Ok(side) if (1..=limit).contains(&side) => Ok(side),
        _ => Err(bad(name, format!("{name} is {value}, and may be 1 to {limit} pixels"))),
    }
}

fn exactly(width: u32, height: u32) -> Result<Transform, Problem> {
    let read = format!("resize:{width}x{height}:fill").parse();
    read.map_err(|error: portreto_core::Error| bad("width", error.to_string()))
}

fn parts(identifier: &str) -> Option<(ImageId, u32, u32)> {
    let (id, size) = identifier.split_once('.')?;
    let (width, height) = size.split_once('x')?;
    Some((id.parse().ok()?, width.parse().ok()?, height.parse().ok()?))
}
