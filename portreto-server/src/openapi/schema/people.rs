//! People and their keys.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(ToSchema, Serialize)]
pub(crate) struct Person {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    #[schema(format = DateTime)]
    created: String,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Tokens {
    /// For `Authorization: Bearer …`.
    access_token: String,
    token_type: Bearer,
    /// Seconds.
    expires_in: u32,
    /// Good once.
    refresh_token: String,
}

#[derive(ToSchema, Serialize)]
pub(crate) enum Bearer {
    Bearer,
}

#[derive(ToSchema, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    Read,
    Write,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Key {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    scope: Scope,
    #[schema(format = DateTime)]
    created: String,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct MadeKey {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    scope: Scope,
    #[schema(format = DateTime)]
    created: String,
    /// Told here and never again.
    secret: String,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Keys {
    keys: Vec<Key>,
}
