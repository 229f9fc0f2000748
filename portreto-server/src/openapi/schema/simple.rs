//! The two ways that are simpler.

use serde::Serialize;
use utoipa::ToSchema;

use super::work::State;

#[derive(ToSchema, Serialize)]
pub(crate) struct Identifier {
    identifier: String,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Resized {
    identifier: String,
    #[schema(content_encoding = "base64")]
    image: String,
    width: u32,
    height: u32,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Status {
    status: State,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Id {
    #[schema(format = "uuid")]
    id: String,
}
