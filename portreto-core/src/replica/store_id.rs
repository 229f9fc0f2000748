//! The name of a store.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The id of a store: 1 to 32 of `a`–`z`, `0`–`9` and `-`, chosen when the store is added and never reused.
///
/// Placement depends on it, so it stays with the store for life, whatever URL the store moves to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StoreId(String);

impl StoreId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for StoreId {
    type Err = ParseStoreIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for StoreId {
    type Error = ParseStoreIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=32).contains(&text.len()) && text.bytes().all(known) {
            Ok(Self(text))
        } else {
            Err(ParseStoreIdError)
        }
    }
}

impl From<StoreId> for String {
    fn from(id: StoreId) -> Self {
        id.0
    }
}

/// The text is not a store id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseStoreIdError;

impl fmt::Display for ParseStoreIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a store id is 1 to 32 of a-z, 0-9 and -")
    }
}

impl std::error::Error for ParseStoreIdError {}
