//! Access tokens: JSON Web Tokens (RFC 7519) of the one kind that is made here, HS256 with the id of its key.
//!
//! A token is read with one algorithm, whatever its header says, and its header must be the one that is written here for the key that
//! it names: `alg: none`, `jku` and all their relatives are other headers.

use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::keys::KeyRing;

/// How long an access token is good.
pub(crate) const LASTS: Duration = Duration::from_mins(15);
/// The longest that is read, bytes.
const MAX_BYTES: usize = 2_048;
const ISSUER: &str = "portreto";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claims {
    iss: String,
    aud: String,
    /// The person.
    pub(crate) sub: String,
    /// The session: once it is over, so is the token.
    pub(crate) sid: String,
    iat: i64,
    exp: i64,
}

/// A new token; none without a key.
pub(crate) fn issue(keys: &KeyRing, person: &str, session: &str, now: Timestamp) -> Option<String> {
    let iat = now.as_second();
    let exp = iat + LASTS.as_secs() as i64;
    let (iss, aud) = (ISSUER.to_owned(), ISSUER.to_owned());
    let claims = Claims { iss, aud, sub: person.to_owned(), sid: session.to_owned(), iat, exp };
    let (id, secret) = keys.first()?;
    encode(&header(id), &claims, &EncodingKey::from_secret(secret)).ok()
}

/// What a token says, if it is one of ours and its time has not passed.
pub(crate) fn verify(keys: &KeyRing, token: &str, now: Timestamp) -> Option<Claims> {
    if token.len() > MAX_BYTES {
        return None;
    }
    let head = jsonwebtoken::decode_header(token).ok()?;
    let id = head.kid.as_deref()?;
    if head != header(id) {
        return None;
    }
    let key = DecodingKey::from_secret(keys.secret(id)?);
    let claims = decode::<Claims>(token, &key, &validation()).ok()?.claims;
    (claims.iat <= claims.exp && now.as_second() < claims.exp).then_some(claims)
}

fn header(id: &str) -> Header {
    Header { kid: Some(id.to_owned()), ..Header::new(Algorithm::HS256) }
}

fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[ISSUER]);
    // By the clock that is given and to the second, above: this one is the system's, and a minute late.
    validation.validate_exp = false;
    validation
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
    use serde_json::json;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_token_is_good_for_its_time_and_by_any_live_key() {
        let keys = KeyRing::random("1");
        let token = issue(&keys, "ada", "s", at(1_000)).unwrap();
        let claims = verify(&keys, &token, at(1_000)).unwrap();
        assert_eq!((&*claims.sub, &*claims.sid), ("ada", "s"));
        assert!(verify(&keys, &token, at(1_899)).is_some());
        assert!(verify(&keys, &token, at(1_900)).is_none());
        let rotated = keys.clone().rotated("2");
        assert_eq!(verify(&rotated, &token, at(1_000)).unwrap(), claims);
        assert!(verify(&KeyRing::random("1"), &token, at(1_000)).is_none());
        assert!(verify(&KeyRing::default(), &token, at(1_000)).is_none());
        assert!(issue(&KeyRing::default(), "ada", "s", at(1)).is_none());
    }

    #[test]
    fn no_other_kind_of_token_is_one() {
        let keys = KeyRing::random("1");
        let good = issue(&keys, "ada", "s", at(1_000)).unwrap();
        let mut parts = good.split('.');
        let (head, claims, signature) =
            (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let encode = |value: serde_json::Value| BASE64.encode(value.to_string());
        // Signed rightly, but with another header or other claims.
        let signed = |head: &str, claims: &str| {
            let signed = format!("{head}.{claims}");
            let (_, mac) = keys.sign(signed.as_bytes()).unwrap();
            format!("{signed}.{}", BASE64.encode(mac))
        };
        assert!(verify(&keys, &signed(head, claims), at(1_000)).is_some());
        let with = |name: &str, value: serde_json::Value| {
            let mut all: serde_json::Value =
                serde_json::from_slice(&BASE64.decode(claims).unwrap()).unwrap();
            all[name] = value;
            signed(head, &encode(all))
        };
        for token in [
            format!("{}.{claims}.", encode(json!({ "alg": "none", "kid": "1", "typ": "JWT" }))),
            format!("{}.{claims}.{signature}", encode(json!({ "alg": "none", "typ": "JWT" }))),
            signed(&encode(json!({ "alg": "none", "kid": "1", "typ": "JWT" })), claims),
            signed(&encode(json!({ "alg": "HS512", "kid": "1", "typ": "JWT" })), claims),
            signed(&encode(json!({ "alg": "HS256", "kid": "2", "typ": "JWT" })), claims),
            signed(
                &encode(json!({ "alg": "HS256", "kid": "1", "typ": "JWT", "jku": "x" })),
                claims,
            ),
            with("iss", json!("other")),
            with("aud", json!("other")),
            with("exp", json!("2000")),
            with("exp", json!(1_000)),
            with("admin", json!(true)),
            format!("{head}.{claims}"),
            format!("{head}.{claims}.{signature}."),
            format!("{head}.{claims}.{signature}A"),
            format!(".{claims}.{signature}"),
            String::new(),
            "a.b.c".to_owned(),
            "x".repeat(5_000),
        ] {
            assert_eq!(verify(&keys, &token, at(1_000)), None, "{token}");
        }
        for i in 0..good.len() {
            let mut flipped = good.clone().into_bytes();
            flipped[i] ^= 1;
            let flipped = String::from_utf8(flipped).unwrap();
            assert_eq!(verify(&keys, &flipped, at(1_000)), None, "{flipped}");
        }
    }
}
