//! Reading what is uploaded: one file or many, in the three ways in which clients send them.

use std::{collections::BTreeSet, error::Error as _};

use axum::{
    body::Body,
    extract::{FromRequest as _, Multipart, Request, multipart::Field},
    http::{HeaderMap, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http_body_util::LengthLimitError;
use portreto_core::Transform;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::{
    problem::Problem,
    query::{Query, bad},
    state::AppState,
};

/// The most files of one request.
const MAX_FILES: usize = 1_000;
/// The longest text beside the files, bytes.
const MAX_TEXT_BYTES: usize = 4_096;
/// The most texts beside the files.
const MAX_TEXTS: usize = 200;

/// What was uploaded.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) files: Vec<File>,
    pub(crate) labels: BTreeSet<String>,
    pub(crate) transforms: Vec<Transform>,
    pub(crate) keep_damaged: bool,
}

/// A file of a request.
#[derive(Debug)]
pub(crate) struct File {
    /// Without directories; never empty.
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
}

/// A transform as its text, or as data.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Transform)]
pub(crate) enum Typed {
    Text(String),
    #[schema(value_type = Object)]
    Data(Transform),
}

impl Typed {
    pub(crate) fn read(self, state: &AppState) -> Result<Transform, Problem> {
        match self {
            Self::Text(text) => transform(state, "transform", &text),
            Self::Data(transform) => Ok(transform),
        }
    }
}

/// The transform that this text says.
pub(crate) fn transform(
    state: &AppState,
    field: &'static str,
    text: &str,
) -> Result<Transform, Problem> {
    let read = state.config().presets.read(text);
    read.map_err(|error| bad(field, error.to_string()).kind("transform"))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JsonUpload {
    #[schema(content_encoding = "base64", min_length = 1)]
    image: String,
    name: Option<String>,
    #[serde(default)]
    labels: BTreeSet<String>,
    #[serde(default)]
    transforms: Vec<Typed>,
    #[serde(default)]
    keep_damaged: bool,
    /// Pixels: a variant that fits into it is made, too.
    #[schema(minimum = 1)]
    width: Option<u32>,
    #[schema(minimum = 1)]
    height: Option<u32>,
}

/// Reads an upload: `multipart/form-data`, JSON, or a picture as it is.
pub(crate) async fn read(state: &AppState, request: Request) -> Result<Intake, Problem> {
    let media_type = header_text(request.headers(), &header::CONTENT_TYPE).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match &*essence {
        "multipart/form-data" => multipart(state, request).await,
        "application/json" => json(state, request).await,
        raw if raw.starts_with("image/") || raw == "application/octet-stream" => {
            self::raw(state, request).await
        }
        _ => Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE).field("Content-Type").detail(
            "send a picture with its media type, multipart/form-data with files, or application/json with the \
             picture in Base64",
        )),
    }
}

async fn raw(state: &AppState, request: Request) -> Result<Intake, Problem> {
    let mut query = Query::read(request.uri().query());
    let name = match query.one::<String>("name")? {
        Some(name) => Some(name),
        None => named_by(request.headers()),
    };
    let labels = query.all("label").into_iter().collect();
    let transforms = query.all("transform");
    let transforms = transforms.iter().map(|text| transform(state, "transform", text));
    let transforms = transforms.collect::<Result<_, _>>()?;
    let keep_damaged = query.one("keep_damaged")?.unwrap_or(false);
    query.end()?;
    let (parts, body) = request.into_parts();
    let bytes = whole(body, &parts.headers).await?;
    let files = vec![File { name: safe_name(name.as_deref()), bytes }];
    Ok(Intake { files, labels, transforms, keep_damaged })
}

async fn json(state: &AppState, request: Request) -> Result<Intake, Problem> {
    Query::read(request.uri().query()).end()?;
    let (parts, body) = request.into_parts();
    let text = whole(body, &parts.headers).await?;
    let upload: JsonUpload = object(&text)?;
    drop(text);
    let mut transforms = Vec::with_capacity(upload.transforms.len() + 1);
    for typed in upload.transforms {
        transforms.push(typed.read(state)?);
    }
    if upload.width.is_some() || upload.height.is_some() {
        let side = |side: Option<u32>| side.map(|px| px.to_string()).unwrap_or_default();
        let text = format!("resize:{}x{}", side(upload.width), side(upload.height));
        let field = if upload.width.is_some() { "width" } else { "height" };
        transforms.push(transform(state, field, &text)?);
    }
    let bytes = unbase64(&upload.image)?;
    let files = vec![File { name: safe_name(upload.name.as_deref()), bytes }];
    let (labels, keep_damaged) = (upload.labels, upload.keep_damaged);
    Ok(Intake { files, labels, transforms, keep_damaged })
}

async fn multipart(state: &AppState, request: Request) -> Result<Intake, Problem> {
    Query::read(request.uri().query()).end()?;
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| bad("Content-Type", error.body_text()))?;
    let (mut files, mut labels, mut transforms) = (Vec::new(), BTreeSet::new(), Vec::new());
    let (mut keep_damaged, mut texts) = (false, 0);
    while let Some(field) = form.next_field().await.map_err(|error| broken_form(&error))? {
        if let Some(name) = field.file_name() {
            let name = safe_name(Some(name));
            if files.len() == MAX_FILES {
                let detail = format!("there are more than the limit of {MAX_FILES} files");
                return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE).detail(detail));
            }
            let expected = ContentDigest::read(field.headers())?;
            let bytes = field.bytes().await.map_err(|error| broken_form(&error))?;
            expected.check(&bytes)?;
            files.push(File { name, bytes });
            continue;
        }
        texts += 1;
        if texts > MAX_TEXTS {
            let detail = format!("there are more than the limit of {MAX_TEXTS} texts");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE).detail(detail));
        }
        let name = field.name().unwrap_or_default().to_owned();
        let text = short_text(field, &name).await?;
        match &*name {
            "label" => drop(labels.insert(text)),
            "transform" => transforms.push(transform(state, "transform", &text)?),
            "keep_damaged" => {
                keep_damaged = text
                    .parse()
                    .map_err(|_| bad("keep_damaged", "keep_damaged is true or false".to_owned()))?;
            }
            other => {
                let detail = format!("there is no field {other:.80?}: a file needs a file name");
                return Err(bad(other, detail));
            }
        }
    }
    if files.is_empty() {
        return Err(bad("file", "the form has no file"));
    }
    Ok(Intake { files, labels, transforms, keep_damaged })
}

async fn short_text(mut field: Field<'_>, name: &str) -> Result<String, Problem> {
    let mut text = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken_form(&error))? {
        if text.len() + chunk.len() > MAX_TEXT_BYTES {
            let detail =
                format!("the field {name:.80?} is above the limit of {MAX_TEXT_BYTES} bytes");
            return Err(bad(name, detail));
        }
        text.extend_from_slice(&chunk);
    }
    String::from_utf8(text).map_err(|_| bad(name, format!("the field {name:.80?} is not UTF-8")))
}

fn broken_form(error: &axum::extract::multipart::MultipartError) -> Problem {
    Problem::new(error.status()).detail(error.body_text())
}

/// The data of a JSON object, with what is wrong named.
pub(crate) fn object<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(text).map_err(|error| {
        let problem = Problem::new(StatusCode::BAD_REQUEST).detail(error.to_string());
        // serde names the field between the first backquotes.
        match error.to_string().split('`').nth(1) {
            Some(field) if error.is_data() => problem.field(field),
            _ => problem,
        }
    })
}

/// A whole body, checked against its `Content-Digest`.
pub(crate) async fn whole(body: Body, headers: &HeaderMap) -> Result<Bytes, Problem> {
    let expected = ContentDigest::read(headers)?;
    let mut stream = body.into_data_stream();
    let (mut bytes, mut hash) = (BytesMut::new(), Sha256::new());
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| broken_body(&error))?;
        if expected.0.is_some() {
            hash.update(&chunk);
        }
        bytes.extend_from_slice(&chunk);
    }
    expected.check_hash(hash)?;
    Ok(bytes.freeze())
}

pub(crate) fn broken_body(error: &axum::Error) -> Problem {
    let mut cause = error.source();
    while let Some(source) = cause {
        if source.is::<LengthLimitError>() {
            // The layer that keeps the bound tells which it is.
            return Problem::new(StatusCode::PAYLOAD_TOO_LARGE)
                .detail("the body is above the limit");
        }
        cause = source.source();
    }
    Problem::new(StatusCode::BAD_REQUEST).detail("the body ended before its end")
}

pub(crate) fn unbase64(text: &str) -> Result<Bytes, Problem> {
    // What some browsers put in front: data:image/png;base64,
    let text = match text.strip_prefix("data:") {
        Some(url) => url.split_once(";base64,").map_or("", |(_, data)| data),
        None => text,
    };
    match BASE64_STANDARD.decode(text) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes.into()),
        Ok(_) => Err(bad("image", "image is empty")),
        Err(error) => Err(bad("image", format!("image is not Base64: {error}"))),
    }
}

/// The SHA-256 that a client says its content has: RFC 9530. Other algorithms are passed over, as it says.
struct ContentDigest(Option<Vec<u8>>);

impl ContentDigest {
    fn read(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(text) = headers.get("content-digest") else { return Ok(Self(None)) };
        let wrong = || bad("Content-Digest", "Content-Digest is not like sha-256=:BASE64=:");
        let text = text.to_str().map_err(|_| wrong())?;
        for item in text.split(',') {
            let (name, value) = item.trim().split_once('=').ok_or_else(wrong)?;
            if name == "sha-256" {
                let value = value.strip_prefix(':').and_then(|value| value.strip_suffix(':'));
                let digest = value.and_then(|value| BASE64_STANDARD.decode(value).ok());
                let digest = digest.filter(|digest| digest.len() == 32).ok_or_else(wrong)?;
                return Ok(Self(Some(digest)));
            }
        }
        Ok(Self(None))
    }

    fn check(&self, bytes: &[u8]) -> Result<(), Problem> {
        let mut hash = Sha256::new();
        if self.0.is_some() {
            hash.update(bytes);
        }
        self.check_hash(hash)
    }

    fn check_hash(&self, hash: Sha256) -> Result<(), Problem> {
        match &self.0 {
            Some(expected) if hash.finalize()[..] != expected[..] => {
                let detail = "what arrived is not what Content-Digest says: send it again";
                Err(bad("Content-Digest", detail).kind("damaged-on-the-way"))
            }
            _ => Ok(()),
        }
    }
}

/// The file's name alone: directories, also those of another system, and control characters are left out.
fn safe_name(name: Option<&str>) -> String {
    let name = name.unwrap_or_default();
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !c.is_control()).collect();
    match plain.trim() {
        "" | "." | ".." => "unnamed".to_owned(),
        plain => plain.to_owned(),
    }
}

/// The file name of a `Content-Disposition`, the plain parameter only.
fn named_by(headers: &HeaderMap) -> Option<String> {
    let text = header_text(headers, &header::CONTENT_DISPOSITION)?;
    let (_, rest) = text.split_once("filename=\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

fn header_text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_directories() {
        for (name, safe) in [
            ("a.jpg", "a.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Photos\\a.jpg", "a.jpg"),
            ("..", "unnamed"),
            ("a/", "unnamed"),
            (" \u{0}\n", "unnamed"),
            ("a\u{0}b\u{1b}[31m.jpg", "ab[31m.jpg"),
        ] {
            assert_eq!(safe_name(Some(name)), safe);
        }
        assert_eq!(safe_name(None), "unnamed");
    }
}
