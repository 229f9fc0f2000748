//! People: their passwords, logins and keys.
//!
//! A wrong name and a wrong password are the same error after the same work: the answer does not tell who is there. Attempts are
//! counted before the work, in the catalog, so that several servers count together.

use std::{
    sync::{LazyLock, atomic::Ordering},
    time::Duration,
};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{
    Engine as _, prelude::BASE64_STANDARD_NO_PAD as BASE64, prelude::BASE64_URL_SAFE_NO_PAD,
};
use portreto_core::Digest;
use tokio::sync::Semaphore;

use super::{Portreto, blocking};
use crate::{
    catalog::Refreshed,
    error::{Error, ErrorKind, Result},
    ids::secret,
    person::{ApiKey, Person, Scope, Session},
};

/// How long a session lasts after its last refresh.
const SESSION_LASTS: Duration = Duration::from_hours(30 * 24);
/// In how long a time failed logins are counted.
const WINDOW: Duration = Duration::from_mins(15);
/// The most failed logins of one name in that time.
const MOST_OF_A_NAME: u32 = 10;
/// The most of one address, which many people may share.
const MOST_OF_AN_ADDRESS: u32 = 100;
/// The fewest and most bytes of a password.
const PASSWORD_BYTES: std::ops::RangeInclusive<usize> = 10..=256;
/// The most keys of one person.
const MOST_KEYS: usize = 100;
/// What the secrets of keys begin with, so that they are known when they are found where they should not be.
const KEY_PREFIX: &str = "portreto_";

/// OWASP's first choice for Argon2id (Password Storage Cheat Sheet, 2025): 19 MiB, 2 passes, 1 lane.
const PARAMS: &str = "m=19456,t=2,p=1";
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;

/// Two passwords are hashed at a time: more would take cores and memory from pictures.
static HASHING: Semaphore = Semaphore::const_new(2);
/// As many as may wait, for as long.
const HASHING_PATIENCE: Duration = Duration::from_secs(10);

/// What is compared with when there is no such person.
static NOBODY: LazyLock<String> = LazyLock::new(|| phc(&[0; 16], &[0; 32]));

impl Portreto {
    /// Adds a person.
    ///
    /// # Errors
    ///
    /// `BadInput` for a name that is not 1 to 64 of `a-z 0-9 . _ @ -`, or a password that is not 10 to 256 bytes; `Conflict` when the
    /// name is taken; `Catalog`.
    pub async fn register(&self, name: &str, password: &str) -> Result<Person> {
        let wrong = |message: &str| Err(Error::new(ErrorKind::BadInput, message));
        let name = name.to_ascii_lowercase();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._@-".contains(&b);
        if !(1..=64).contains(&name.len()) || !name.bytes().all(plain) {
            return wrong("the name must be 1 to 64 of a-z 0-9 . _ @ -");
        }
        if !PASSWORD_BYTES.contains(&password.len()) {
            return wrong("the password must have 10 to 256 bytes");
        }
        let salt: [u8; 32] = secret();
        let hash = self.hashed(password, salt[..16].to_vec()).await?;
        let id = self.inner.ids.next().to_string();
        let person = Person { id, name, created: self.inner.clock.now() };
        if !self.inner.catalog.insert_person(&person, &phc(&salt[..16], &hash)).await? {
            let message = format!("the name {} is taken", person.name);
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        Ok(person)
    }

    /// Begins a session of the person with this name and password. `address` is where the attempt comes from.
    ///
    /// # Errors
    ///
    /// `Denied` for a wrong name or password, `TooMany` after too many of them, `Busy`, `Catalog`.
    pub async fn login(&self, name: &str, password: &str, address: &str) -> Result<Session> {
        let name = name.to_ascii_lowercase();
        // As a digest: what is typed into the wrong field does not end in the catalog.
        let bucket = format!("name {}", Digest::of(name.as_bytes()));
        let buckets =
            [(bucket.clone(), MOST_OF_A_NAME), (format!("address {address}"), MOST_OF_AN_ADDRESS)];
        let now = self.inner.clock.now();
        if let Some(left) = self.inner.catalog.count_attempt(&buckets, now, WINDOW).await? {
            let message = format!("too many logins failed: try again in {} s", left.as_secs() + 1);
            return Err(Error::new(ErrorKind::TooMany, message));
        }
        let denied = || Error::new(ErrorKind::Denied, "the name or the password is wrong");
        if password.len() > *PASSWORD_BYTES.end() {
            return Err(denied());
        }
        let known = self.inner.catalog.person_named(&name).await?;
        let stored = known.as_ref().map_or(&*NOBODY, |(_, stored)| stored);
        let (salt, expected) = parse_phc(stored).ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                "the catalog has a password in a form that is not known",
            )
        })?;
        let hash = self.hashed(password, salt).await?;
        let same = hash.iter().zip(&expected).fold(0, |acc, (a, b)| acc | (a ^ b)) == 0;
        let Some((person, _)) = known.filter(|_| same && hash.len() == expected.len()) else {
            return Err(denied());
        };
        self.inner.catalog.forget_attempts(&bucket).await?;
        self.open_session(person.id).await
    }

    /// How many passwords were hashed since the home was opened.
    #[must_use]
    pub fn passwords_hashed(&self) -> u64 {
        self.inner.passwords_hashed.load(Ordering::Relaxed)
    }

    async fn hashed(&self, password: &str, salt: Vec<u8>) -> Result<Vec<u8>> {
        self.inner.passwords_hashed.fetch_add(1, Ordering::Relaxed);
        hashed(password, salt).await
    }

    async fn open_session(&self, person: String) -> Result<Session> {
        let refresh_token = token("");
        let id = self.inner.ids.next().to_string();
        let digest = Digest::of(refresh_token.as_bytes());
        let now = self.inner.clock.now();
        self.inner.catalog.open_session(&id, &person, &digest, now, SESSION_LASTS).await?;
        Ok(Session { person, id, refresh_token })
    }

    /// Prolongs a session by its refresh token, which is of no more use then. A token that comes a second time ends its session: somebody
    /// has copied it.
    ///
    /// # Errors
    ///
    /// `Denied`, `Catalog`.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Session> {
        let next = token("");
        let [old, new] = [refresh_token, &next].map(|token| Digest::of(token.as_bytes()));
        let now = self.inner.clock.now();
        match self.inner.catalog.refresh(&old, &new, now, SESSION_LASTS).await? {
            Refreshed::Good { person, session } => {
                Ok(Session { person, id: session, refresh_token: next })
            }
            Refreshed::Unknown => {
                Err(Error::new(ErrorKind::Denied, "the refresh token is not, or no longer, good"))
            }
            Refreshed::Reused { person } => {
                tracing::warn!(person, "a refresh token was used twice: its session is ended");
                Err(Error::new(
                    ErrorKind::Denied,
                    "the refresh token was used before: log in again",
                ))
            }
        }
    }

    /// Ends a session; its refresh token is of no use any more.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn logout(&self, session: &str) -> Result<()> {
        self.inner.catalog.close_session(session).await
    }

    /// Whether a session of this person goes on.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn session_is_open(&self, session: &str, person: &str) -> Result<bool> {
        self.inner.catalog.session_is_open(session, person, self.inner.clock.now()).await
    }

    /// Makes a key for a person's machine. The secret is told here and never again.
    ///
    /// # Errors
    ///
    /// `BadInput` for a name that is not 1 to 100 bytes without control characters; `Conflict` with 100 keys; `Catalog`.
    pub async fn add_api_key(
        &self,
        person: &str,
        name: &str,
        scope: Scope,
    ) -> Result<(ApiKey, String)> {
        if !(1..=100).contains(&name.len()) || name.chars().any(char::is_control) {
            let message = "the name of a key must be 1 to 100 bytes without control characters";
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        if self.api_keys(person).await?.len() >= MOST_KEYS {
            let message = format!("there are {MOST_KEYS} keys already: remove one first");
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        let secret = token(KEY_PREFIX);
        let key = ApiKey {
            id: self.inner.ids.next().to_string(),
            person: person.to_owned(),
            name: name.to_owned(),
            scope,
            created: self.inner.clock.now(),
        };
        self.inner.catalog.insert_api_key(&key, &Digest::of(secret.as_bytes())).await?;
        Ok((key, secret))
    }

    /// The key with this secret; none when it is not, or no longer, one.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn api_key(&self, secret: &str) -> Result<Option<ApiKey>> {
        if !secret.starts_with(KEY_PREFIX) {
            return Ok(None);
        }
        self.inner.catalog.api_key(&Digest::of(secret.as_bytes())).await
    }

    /// The keys of a person, oldest first.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn api_keys(&self, person: &str) -> Result<Vec<ApiKey>> {
        self.inner.catalog.api_keys(person).await
    }

    /// Removes a key of a person.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Catalog`.
    pub async fn remove_api_key(&self, person: &str, id: &str) -> Result<()> {
        if self.inner.catalog.delete_api_key(person, id).await? {
            return Ok(());
        }
        Err(Error::new(ErrorKind::NotFound, format!("there is no key with the id {id:.80}")))
    }
}

/// Hashes a password on a thread for such work, two at a time.
async fn hashed(password: &str, salt: Vec<u8>) -> Result<Vec<u8>> {
    let busy = || Error::new(ErrorKind::Busy, "too many are logging in: try again in some seconds");
    let permit = tokio::time::timeout(HASHING_PATIENCE, HASHING.acquire()).await;
    let _permit = permit.map_err(|_| busy())?.map_err(|_| busy())?;
    let password = password.as_bytes().to_vec();
    let work = move || {
        let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).ok()?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut hash = vec![0; 32];
        argon2.hash_password_into(&password, &salt, &mut hash).ok()?;
        Some(hash)
    };
    let failed = || Error::new(ErrorKind::Internal, "a password cannot be hashed");
    blocking(work).await?.ok_or_else(failed)
}

/// The usual text of an Argon2 hash (PHC string format).
fn phc(salt: &[u8], hash: &[u8]) -> String {
    format!("$argon2id$v=19${PARAMS}${}${}", BASE64.encode(salt), BASE64.encode(hash))
}

/// Salt and hash.
fn parse_phc(text: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let rest = text.strip_prefix("$argon2id$v=19$")?.strip_prefix(PARAMS)?.strip_prefix('$')?;
    let (salt, hash) = rest.split_once('$')?;
    Some((BASE64.decode(salt).ok()?, BASE64.decode(hash).ok()?))
}

fn token(prefix: &str) -> String {
    format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(secret()))
}
