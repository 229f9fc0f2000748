//! What to do to an image.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What to do to an image: ordered operations and an output format.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Transform {}

impl fmt::Display for Transform {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

impl FromStr for Transform {
    type Err = Error;

    fn from_str(_text: &str) -> Result<Self, Error> {
        todo!()
    }
}
