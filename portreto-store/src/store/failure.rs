//! What an error of `object_store` means: its kind, and its innermost cause said once.
//!
//! `object_store` prints the source of an error inside the error, at every level; only the innermost
//! cause is kept as the source, so that a reporter that walks the chain says everything once.

use std::{error::Error, fmt, io};

use object_store::client::{HttpError, HttpErrorKind};
use portreto_core::replica::{StoreError, StoreErrorKind};

use super::attempts::Refusal;

/// The error of doing `what` ("reading blobs/af/…") in `place`.
pub(super) fn failure(place: &str, what: &str, error: &object_store::Error) -> StoreError {
    let kind = kind(error);
    let message = match kind {
        StoreErrorKind::NotFound => {
            return StoreError::new(kind, format!("{place}: {what}: not there"));
        }
        StoreErrorKind::Offline => format!("{place} did not answer when {what}"),
        StoreErrorKind::Denied => format!("{place} does not allow {what}"),
        StoreErrorKind::Full => format!("{place} has no room for {what}"),
        _ => format!("{place}: {what} failed"),
    };
    StoreError::new(kind, message).with_source(Cause(innermost(error).to_string()))
}

/// The error of an operation of the file system on `place`.
pub(super) fn io_failure(place: &str, what: &str, error: io::Error) -> StoreError {
    let source = object_store::Error::Generic { store: "file system", source: Box::new(error) };
    failure(place, what, &source)
}

fn kind(error: &object_store::Error) -> StoreErrorKind {
    match error {
        object_store::Error::NotFound { .. } => return StoreErrorKind::NotFound,
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. } => return StoreErrorKind::Denied,
        _ => {}
    }
    chain(error).find_map(kind_of_cause).unwrap_or(StoreErrorKind::Failed)
}

fn kind_of_cause(cause: &(dyn Error + 'static)) -> Option<StoreErrorKind> {
    if let Some(refusal) = cause.downcast_ref::<Refusal>() {
        return Some(refusal.kind());
    }
    if let Some(http) = cause.downcast_ref::<HttpError>() {
        return match http.kind() {
            // `Request` is a connection that was closed before the answer.
            HttpErrorKind::Connect
            | HttpErrorKind::Request
            | HttpErrorKind::Timeout
            | HttpErrorKind::Interrupted => Some(StoreErrorKind::Offline),
            _ => None,
        };
    }
    match cause.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(StoreErrorKind::Full),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Some(StoreErrorKind::Denied)
        }
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::NotConnected
        | io::ErrorKind::TimedOut
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::StaleNetworkFileHandle => Some(StoreErrorKind::Offline),
        _ => None,
    }
}

/// An error, its cause, and so on.
pub(super) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    chain(error).last().unwrap_or(error)
}

/// The text of an innermost cause.
#[derive(Debug)]
struct Cause(String);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Cause {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_says_what_to_do_and_the_cause_is_said_once() {
        let cases = [
            (io::ErrorKind::StorageFull, StoreErrorKind::Full),
            (io::ErrorKind::ReadOnlyFilesystem, StoreErrorKind::Denied),
            (io::ErrorKind::PermissionDenied, StoreErrorKind::Denied),
            (io::ErrorKind::ConnectionRefused, StoreErrorKind::Offline),
            (io::ErrorKind::InvalidData, StoreErrorKind::Failed),
        ];
        for (given, expected) in cases {
            let error =
                io_failure("/data/a", "writing blobs/x", io::Error::new(given, "the cause"));
            assert_eq!(error.kind(), expected);
            assert!(!error.to_string().contains("the cause"), "{error}");
            assert_eq!(error.source().unwrap().to_string(), "the cause");
            assert!(error.source().unwrap().source().is_none());
        }
    }
}
