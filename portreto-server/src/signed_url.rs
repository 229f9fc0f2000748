//! Direct URLs of pictures, signed: `/i/{digest}/{transform}.{extension}?s={key}.{signature}&e={expiry}`.
//!
//! What is signed is a canonical string, not the URL as it was sent: the path with its percent signs resolved, and the expiry,
//! each in a line of its own after the version of this scheme:
//!
//! ```text
//! portreto-url-1
//! af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262
//! resize:320x320.webp
//! 1798761600
//! ```

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use jiff::Timestamp;
use portreto_core::Digest;

use crate::keys::KeyRing;

/// A direct URL is not to be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The query has something that it should not have, twice, or in another spelling.
    Malformed(&'static str),
    /// It has no signature.
    Unsigned,
    /// The signature is not ours.
    Forged,
    /// Its time has passed.
    Expired,
}

/// The signed path and query of a picture: `name` is the text of a transform, a dot, and the extension of a format or `auto`.
/// None when there is no key to sign with.
///
/// # Examples
///
/// ```
/// use portreto_core::Digest;
/// use portreto_server::{KeyRing, sign_url};
///
/// let keys = KeyRing::random("2026");
/// let url = sign_url(&keys, &Digest::of(b"photo"), "resize:320x320.webp", None).unwrap();
/// assert!(url.starts_with("/i/") && url.contains("/resize:320x320.webp?s=2026."));
/// ```
#[must_use]
pub fn sign_url(
    keys: &KeyRing,
    digest: &Digest,
    name: &str,
    expires: Option<Timestamp>,
) -> Option<String> {
    let expires = expires.map(Timestamp::as_second);
    let (key, signature) = keys.sign(canonical(digest, name, expires).as_bytes())?;
    let mut url = format!("/i/{digest}/");
    for byte in name.bytes() {
        // RFC 3986, section 3.3: what may stand in a path.
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    let _ = write!(url, "?s={key}.{}", BASE64.encode(signature));
    if let Some(expires) = expires {
        let _ = write!(url, "&e={expires}");
    }
    Some(url)
}

/// Checks a query; gives when the URL expires, if it does.
pub(crate) fn verify(
    keys: &KeyRing,
    digest: &Digest,
    name: &str,
    query: &str,
    now: Timestamp,
) -> Result<Option<i64>, Refused> {
    let (mut signature, mut expires) = (None, None);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let slot = match pair.split_once('=') {
            Some(("s", value)) => (&mut signature, value),
            Some(("e", value)) => (&mut expires, value),
            _ => return Err(Refused::Malformed("the query may have s and e, and nothing else")),
        };
        if slot.0.replace(slot.1).is_some() {
            return Err(Refused::Malformed("the query has a parameter twice"));
        }
    }
    let expires = expires.map(seconds).transpose()?;
    let Some(signature) = signature else { return Err(Refused::Unsigned) };
    let (key, signature) = signature.split_once('.').ok_or(Refused::Forged)?;
    let signature = BASE64.decode(signature).map_err(|_| Refused::Forged)?;
    if !keys.verify(key, canonical(digest, name, expires).as_bytes(), &signature) {
        return Err(Refused::Forged);
    }
    match expires {
        Some(expires) if expires <= now.as_second() => Err(Refused::Expired),
        expires => Ok(expires),
    }
}

/// One spelling of a moment only: what is not signed cannot be changed.
fn seconds(text: &str) -> Result<i64, Refused> {
    let wrong = Refused::Malformed("e is not a number of seconds since 1970");
    let seconds: i64 = text.parse().map_err(|_| wrong)?;
    if seconds < 0 || seconds.to_string() != text { Err(wrong) } else { Ok(seconds) }
}

fn canonical(digest: &Digest, name: &str, expires: Option<i64>) -> String {
    let expires = expires.map(|seconds| seconds.to_string()).unwrap_or_default();
    format!("portreto-url-1\n{digest}\n{name}\n{expires}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn each_part_is_signed_and_none_may_be_doubled() {
        let keys = KeyRing::random("k1");
        let digest = Digest::of(b"a");
        let name = "caption:{time}.auto";
        let url = sign_url(&keys, &digest, name, Some(at(100))).unwrap();
        let (path, query) = url.split_once('?').unwrap();
        assert_eq!(path, format!("/i/{digest}/caption:%7Btime%7D.auto"));
        let check = |digest: &Digest, name: &str, query: &str, now| {
            verify(&keys, digest, name, query, at(now))
        };
        assert_eq!(check(&digest, name, query, 99), Ok(Some(100)));
        assert_eq!(check(&digest, name, query, 100), Err(Refused::Expired));
        let (s, e) = query.split_once('&').unwrap();
        assert_eq!(check(&digest, name, &format!("{e}&{s}"), 0), Ok(Some(100)), "any order");
        let later = format!("{s}&e=101");
        let mut other_signature = s.replace("k1.", "k1.A");
        other_signature.truncate(s.len());
        for (query, refused) in [
            (s, Refused::Forged),
            (&*later, Refused::Forged),
            (&other_signature, Refused::Forged),
            (&s.replace("k1", "k2"), Refused::Forged),
            ("s=x", Refused::Forged),
            ("s=", Refused::Forged),
            ("", Refused::Unsigned),
            ("e=100", Refused::Unsigned),
        ] {
            assert_eq!(check(&digest, name, query, 0), Err(refused), "{query}");
        }
        for query in [
            format!("{query}&{s}"),
            format!("{query}&{e}"),
            format!("{query}&x=1"),
            format!("{s}&e=0100"),
            format!("{s}&e=+100"),
            format!("{s}&e=-1"),
            format!("{s}&e="),
            format!("{s}&e"),
        ] {
            let refused = check(&digest, name, &query, 0);
            assert!(matches!(refused, Err(Refused::Malformed(_))), "{query}: {refused:?}");
        }
        assert_eq!(check(&Digest::of(b"b"), name, query, 0), Err(Refused::Forged));
        assert_eq!(check(&digest, "caption:{time}.jpg", query, 0), Err(Refused::Forged));
        // Every flipped bit of the signature.
        let forever = sign_url(&keys, &digest, name, None).unwrap();
        let (_, query) = forever.split_once('?').unwrap();
        assert_eq!(check(&digest, name, query, i64::from(i32::MAX)), Ok(None));
        for i in 5..query.len() {
            let mut flipped = query.as_bytes().to_vec();
            flipped[i] ^= 1;
            let Ok(flipped) = String::from_utf8(flipped) else { continue };
            assert!(check(&digest, name, &flipped, 0).is_err(), "{flipped}");
        }
    }
}
