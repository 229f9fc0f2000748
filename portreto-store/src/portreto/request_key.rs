//! Names that senders give to requests, so that sending one again is known from sending another.

use std::time::Duration;

use portreto_core::Digest;

use super::Portreto;
use crate::error::{Error, ErrorKind, Result};

/// How long a name is remembered.
const LASTS: Duration = Duration::from_hours(24);
/// The longest name, bytes.
const MAX_BYTES: usize = 255;

impl Portreto {
    /// Takes note of the name that `owner` gave to a request, and of what is in it. What is asked for again under its name is
    /// done again, which changes nothing: the same bytes are the same image.
    ///
    /// # Errors
    ///
    /// `BadInput` for a name that is not 1 to 255 printable ASCII characters; `Conflict` when a request with something else in it had the name
    /// in the last 24 hours; `Catalog`.
    pub async fn name_request(&self, owner: &str, name: &str, content: &Digest) -> Result<()> {
        let plain = |b: u8| b.is_ascii_graphic() || b == b' ';
        if !(1..=MAX_BYTES).contains(&name.len()) || !name.bytes().all(plain) {
            let message = "the name of a request must be 1 to 255 printable ASCII characters";
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        let now = self.inner.clock.now();
        if self.inner.catalog.name_request(owner, name, content, now, LASTS).await? {
            return Ok(());
        }
        let message = "another request had this name: give each request its own";
        Err(Error::new(ErrorKind::Conflict, message))
    }
}
