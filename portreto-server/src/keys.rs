//! Secrets that sign: several may be valid at once, the first one signs.

use std::{
    fmt, fs,
    io::{self, Write as _},
    path::Path,
};

use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use portreto_store::secret;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The fewest bytes of a secret: as many as HMAC-SHA-256 gives (RFC 2104, section 3).
const MIN_SECRET_BYTES: usize = 32;

/// A secret with a name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    id: String,
    #[serde(with = "as_base64")]
    secret: Vec<u8>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

/// Keys for one purpose. Each signature names its key, so that a new one can be put first while what the old
/// one has signed is still good.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyRing(Vec<Key>);

impl KeyRing {
    /// One key of chance.
    #[must_use]
    pub fn random(id: &str) -> Self {
        Self(vec![Key { id: id.to_owned(), secret: secret().to_vec() }])
    }

    /// The same with another key in front, which signs from now on.
    #[must_use]
    pub fn rotated(mut self, id: &str) -> Self {
        self.0.insert(0, Key { id: id.to_owned(), secret: secret().to_vec() });
        self
    }

    /// The id of the key that signs, and its signature of `message`; none without a key.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<(&str, [u8; 32])> {
        let key = self.0.first()?;
        Some((&key.id, mac(key, message)?.finalize().into_bytes().into()))
    }

    /// Whether `signature` is that of `message` by the key `id`, in a time that does not depend on where they differ.
    pub(crate) fn verify(&self, id: &str, message: &[u8], signature: &[u8]) -> bool {
        let key = self.0.iter().find(|key| key.id == id);
        let mac = key.and_then(|key| mac(key, message));
        mac.is_some_and(|mac| mac.verify_slice(signature).is_ok())
    }

    /// The key that signs: its id and its bytes.
    pub(crate) fn first(&self) -> Option<(&str, &[u8])> {
        self.0.first().map(|key| (&*key.id, &*key.secret))
    }

    /// The bytes of the key `id`.
    pub(crate) fn secret(&self, id: &str) -> Option<&[u8]> {
        self.0.iter().find(|key| key.id == id).map(|key| &*key.secret)
    }

    fn check(&self, purpose: &str) -> io::Result<()> {
        let plain = |id: &str| {
            (1..=32).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let wrong = |message: String| Err(io::Error::new(io::ErrorKind::InvalidData, message));
        if self.0.is_empty() {
            return wrong(format!("there is no key for {purpose}"));
        }
        for (i, key) in self.0.iter().enumerate() {
            if !plain(&key.id) || self.0[..i].iter().any(|other| other.id == key.id) {
                return wrong(format!(
                    "{purpose}[{i}].id is {:?}, and must be 1 to 32 of A-Z a-z 0-9 - that no other key has",
                    key.id
                ));
            }
            if key.secret.len() < MIN_SECRET_BYTES {
                return wrong(format!(
                    "{purpose}[{i}].secret has {} bytes, and must have at least {MIN_SECRET_BYTES}",
                    key.secret.len()
                ));
            }
        }
        Ok(())
    }
}

fn mac(key: &Key, message: &[u8]) -> Option<Hmac<Sha256>> {
    // A key of any length will do for HMAC.
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.secret).ok()?;
    mac.update(message);
    Some(mac)
}

/// All keys of a server. Every server of a home has the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Keys {
    /// They sign direct URLs.
    pub url: KeyRing,
    /// They sign access tokens.
    pub token: KeyRing,
}

impl Keys {
    /// New keys of chance.
    #[must_use]
    pub fn random() -> Self {
        Self { url: KeyRing::random("1"), token: KeyRing::random("1") }
    }

    /// The keys in this file; it is made, for its owner's eyes only, when there is none.
    ///
    /// # Errors
    ///
    /// The file cannot be read or made, or is not what this writes.
    pub fn load_or_make(path: &Path) -> io::Result<Self> {
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("the keys {}: {error}", path.display()))
        };
        match fs::read(path) {
            Ok(text) => Self::read(&text).map_err(named),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let keys = Self::random();
                match keys.write_new(path) {
                    Ok(()) => Ok(keys),
                    // Another server was faster.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        fs::read(path).and_then(|text| Self::read(&text)).map_err(named)
                    }
                    Err(error) => Err(named(error)),
                }
            }
            Err(error) => Err(named(error)),
        }
    }

    fn read(text: &[u8]) -> io::Result<Self> {
        let keys: Self = serde_json::from_slice(text)?;
        keys.url.check("url")?;
        keys.token.check("token")?;
        Ok(keys)
    }

    /// Whole under its name or not at all.
    fn write_new(&self, path: &Path) -> io::Result<()> {
        let staging = path.with_extension(format!("{}.new", std::process::id()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&staging)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        // A link, unlike a rename, does not replace what is there.
        let linked = fs::hard_link(&staging, path);
        let _ = fs::remove_file(&staging);
        linked
    }
}

mod as_base64 {
    use base64::Engine as _;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::BASE64;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        BASE64.decode(text).map_err(|_| D::Error::custom("a secret is base64url without padding"))
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    /// RFC 4231, test case 2, with the key made known by its id.
    #[test]
    fn signatures_are_hmac_sha_256() {
        let ring = KeyRing(vec![Key { id: "a".to_owned(), secret: b"Jefe".to_vec() }]);
        let (id, signature) = ring.sign(b"what do ya want for nothing?").unwrap();
        let expected = 0x5bdc_c146_bf60_754e_6a04_2426_0895_75c7_u128;
        assert_eq!(signature[..16], expected.to_be_bytes());
        assert_eq!(signature[16..], 0x5a00_3f08_9d27_3983_9dec_58b9_64ec_3843_u128.to_be_bytes());
        assert!(ring.verify(id, b"what do ya want for nothing?", &signature));
        assert!(!ring.verify("b", b"what do ya want for nothing?", &signature));
        assert!(!ring.verify(id, b"what do ya want for nothing!", &signature));
    }

    #[test]
    fn what_the_old_key_signed_is_good_after_a_rotation() {
        let old = KeyRing::random("1");
        let (id, signature) = old.sign(b"m").map(|(id, s)| (id.to_owned(), s)).unwrap();
        let new = old.rotated("2");
        assert!(new.verify(&id, b"m", &signature));
        assert_eq!(new.sign(b"m").unwrap().0, "2");
    }

    #[test]
    fn keys_are_made_once_and_for_their_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys.json");
        let made = Keys::load_or_make(&path).unwrap();
        assert_eq!(Keys::load_or_make(&path).unwrap(), made);
        assert_ne!(made, Keys::random());
        assert!(!format!("{made:?}").contains(&BASE64.encode(&made.url.0[0].secret)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        for (text, says) in [
            ("{", "EOF"),
            (r#"{"url":[],"token":[]}"#, "no key for url"),
            (r#"{"url":[{"id":"1","secret":"AAAA"}],"token":[]}"#, "at least 32"),
            (r#"{"url":[{"id":"a b","secret":"AAAA"}],"token":[]}"#, "url[0].id"),
        ] {
            fs::write(&path, text).unwrap();
            let error = Keys::load_or_make(&path).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
