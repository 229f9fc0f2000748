//! Webhooks: each event in a request of its own, signed by Standard Webhooks (<https://www.standardwebhooks.com>).
//!
//! | header | |
//! |---|---|
//! | `webhook-id` | the id of the event: the same each time it is sent |
//! | `webhook-timestamp` | when it is sent, seconds since 1970 |
//! | `webhook-signature` | `v1,` and the HMAC-SHA-256 of `ID.TIMESTAMP.BODY` in base64 |

use std::{net::IpAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use portreto_store::{Clock as _, SystemClock};
use reqwest::{Client, StatusCode, redirect::Policy};
use sha2::Sha256;
use url::{Host, Url};

use super::{
    Failure, Letter, Sink, SinkError,
    address::{Allowed, is_allowed},
    config::Settings,
};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// What secrets begin with that are base64, by the standard.
const SECRET_PREFIX: &str = "whsec_";
/// The fewest bytes of a secret, by the standard.
const MIN_SECRET_BYTES: usize = 24;

/// Posts events to a URL.
pub(super) struct Webhook {
    url: Url,
    client: Client,
    secret: Vec<u8>,
}

impl Webhook {
    pub(super) fn new(name: &str, settings: &Settings) -> Result<Self, SinkError> {
        let bad = |field: &str, why: &str| SinkError::new(format!("sinks.{name}.{field}: {why}"));
        let url = settings.url.clone();
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            // Names are looked at when they are resolved.
            _ => None,
        };
        if address.is_some_and(|address| !is_allowed(address, settings.private)) {
            let why = "requests may not go to this address; `private = true` allows this machine and private networks";
            return Err(bad("url", why));
        }
        let secret = settings.secret(name)?;
        let secret = secret.ok_or_else(|| {
            bad("secret_env", "a webhook is signed: name an environment variable with a secret")
        })?;
        let secret = match secret.strip_prefix(SECRET_PREFIX) {
            Some(text) => BASE64_STANDARD
                .decode(text)
                .map_err(|error| bad("secret_env", "not base64").with_source(error))?,
            None => secret.into_bytes(),
        };
        if secret.len() < MIN_SECRET_BYTES {
            return Err(bad("secret_env", "the secret has fewer than 24 bytes"));
        }
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .dns_resolver(Arc::new(Allowed { private: settings.private }))
            .no_proxy()
            .user_agent(concat!("portreto/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| bad("url", "no client can be made").with_source(error))?;
        Ok(Self { url, client, secret })
    }

    async fn post(&self, letter: &Letter) -> Result<(), Failure> {
        let body = letter.json.to_string();
        let (id, now) = (letter.event.id.to_string(), SystemClock.now().as_second().to_string());
        let signature = signature(&self.secret, &id, &now, body.as_bytes());
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/cloudevents+json; charset=utf-8")
            .header("webhook-id", &id)
            .header("webhook-timestamp", &now)
            .header("webhook-signature", format!("v1,{signature}"))
            .body(body);
        let answer = request.send().await;
        judge(answer.map_err(|error| Failure::Away(chain(&error)))?.status())
    }
}

/// The HMAC-SHA-256 in base64.
fn signature(secret: &[u8], id: &str, timestamp: &str, body: &[u8]) -> String {
    // A key of any length is one (RFC 2104).
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

fn judge(status: StatusCode) -> Result<(), Failure> {
    if status.is_success() {
        return Ok(());
    }
    let told = format!("it answered {status}");
    let passes = [
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_EARLY,
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
        StatusCode::NOT_FOUND,
    ];
    // What is wrong with the whole place is not wrong with one event.
    if status.is_client_error() && !passes.contains(&status) {
        Err(Failure::Refused(told))
    } else {
        Err(Failure::Away(told))
    }
}

/// An error with its causes, without the URL, which may have a secret in it.
fn chain(error: &reqwest::Error) -> String {
    let mut told = match (error.is_timeout(), error.is_connect()) {
        (true, _) => format!("no answer within {} s", TIMEOUT.as_secs()),
        (_, true) => "cannot connect".to_owned(),
        _ => "the request failed".to_owned(),
    };
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        told.push_str(": ");
        told.push_str(&error.to_string());
        source = error.source();
    }
    told
}

#[async_trait]
impl Sink for Webhook {
    async fn deliver(&mut self, letters: &[Letter]) -> (usize, Option<Failure>) {
        for (n, letter) in letters.iter().enumerate() {
            if let Err(failure) = self.post(letter).await {
                return (n, Some(failure));
            }
        }
        (letters.len(), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard's own libraries.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let secret = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = signature(&secret, id, "1614265330", br#"{"test": 2432232314}"#);
        assert_eq!(signed, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
