//! An answer of a server that could not, or would not, do what it was asked.

use std::{error::Error, fmt};

use http::StatusCode;
use portreto_core::replica::StoreErrorKind;

/// What a server answered instead of doing it.
#[derive(Debug)]
pub(in super::super) struct Refusal {
    status: StatusCode,
    code: String,
    message: String,
}

/// Codes of S3 with status 400 that tell of the line, not of the request.
const OF_THE_LINE: [&str; 5] = [
    "BadDigest",
    "IncompleteBody",
    "RequestTimeout",
    "XAmzContentChecksumMismatch",
    "XAmzContentSHA256Mismatch",
];

/// The longest message of a server that is repeated, characters.
const MAX_MESSAGE: usize = 200;

impl Refusal {
    /// Of an answer with this status and body.
    pub(super) fn new(status: StatusCode, body: &str) -> Self {
        let element = |name: &str| {
            let (_, rest) = body.split_once(&format!("<{name}>"))?;
            let (text, _) = rest.split_once(&format!("</{name}>"))?;
            // It comes from outside and ends in a terminal.
            Some(text.chars().filter(|c| !c.is_control()).take(MAX_MESSAGE).collect::<String>())
        };
        let message = element("Message").unwrap_or_default();
        Self { status, code: element("Code").unwrap_or_default(), message }
    }

    /// Whether the same request may be answered otherwise.
    pub(super) fn is_worth_another_try(&self) -> bool {
        let of_the_line = || OF_THE_LINE.contains(&self.code.as_str());
        match self.status {
            StatusCode::BAD_REQUEST => of_the_line(),
            StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED => false,
            // Nothing will have more room a second later.
            _ => self.kind() != StoreErrorKind::Full,
        }
    }

    /// What it means for the store.
    pub(in super::super) fn kind(&self) -> StoreErrorKind {
        // MinIO says `XMinioStorageFull`, Ceph `QuotaExceeded`, WebDAV 507.
        let full = ["StorageFull", "QuotaExceeded"].iter().any(|code| self.code.contains(code));
        if full || self.status == StatusCode::INSUFFICIENT_STORAGE {
            return StoreErrorKind::Full;
        }
        if self.status == StatusCode::BAD_REQUEST {
            return StoreErrorKind::Failed;
        }
        if self.status == StatusCode::NOT_IMPLEMENTED {
            return StoreErrorKind::Failed;
        }
        // It is overloaded, being restarted, or ill: no answer to what was asked.
        StoreErrorKind::Offline
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server said {}", self.status)?;
        if !self.code.is_empty() {
            write!(f, " ({})", self.code)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

impl Error for Refusal {}
