//! What is wrong.

use serde::Serialize;
use utoipa::ToSchema;

/// What is wrong: RFC 9457.
#[derive(ToSchema, Serialize)]
pub(crate) struct Problem {
    /// Does not change: what programs decide by.
    #[schema(format = "uri-reference")]
    r#type: String,
    /// The same in words.
    title: String,
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong with this request in particular, and what to do.
    #[schema(required = false)]
    detail: String,
    /// The field, parameter or header that is at fault.
    #[schema(required = false)]
    field: String,
    /// By which the log knows the request.
    #[schema(required = false)]
    request_id: String,
}
