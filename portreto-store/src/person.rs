//! People and their keys, as the catalog knows them.

use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Somebody who may log in. The id is the owner of the person's images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Person {
    /// The id, given once and never again.
    pub id: String,
    /// The name to log in with, lower case.
    pub name: String,
    /// Since when.
    pub created: Timestamp,
}

/// What a key is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Looking.
    Read,
    /// Looking, and everything else but keys.
    Write,
}

impl Scope {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl FromStr for Scope {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Read, Self::Write].into_iter().find(|scope| scope.name() == text).ok_or(())
    }
}

/// A key with which a machine acts for a person; the secret itself is told once and not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ApiKey {
    /// The id by which it is listed and removed.
    pub id: String,
    /// Whose it is.
    #[serde(skip)]
    pub person: String,
    /// What it is for.
    pub name: String,
    /// What it is good for.
    pub scope: Scope,
    /// Since when.
    pub created: Timestamp,
}

/// A login that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// Whose it is.
    pub person: String,
    /// Its id.
    pub id: String,
    /// What prolongs it: good once, and a second use ends it.
    pub refresh_token: String,
}
