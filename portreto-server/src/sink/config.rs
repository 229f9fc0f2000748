//! `sinks.toml`: which sinks there are.

use std::{collections::BTreeMap, fmt, fs, io, path::Path};

use portreto_store::{Event, is_kind};
use serde::Deserialize;
use url::Url;

use super::{Sink, file::Lines, mail::Mail, nats::Nats, webhook::Webhook};
use crate::keys::KeyRing;

/// The name of the secret's environment variable that nothing else is said of, after the name of the sink in capitals.
const SECRET_ENV: &str = "PORTRETO_SINK_SECRET";

/// The sinks of an installation.
///
/// ```toml
/// public_url = "https://photos.example.org"
///
/// [sinks.activity]
/// url = "file:///var/log/portreto/activity.jsonl"
///
/// [sinks.hook]
/// url = "https://example.org/hook"
/// secret_env = "HOOK_SECRET"
/// types = ["portreto.image.*"]
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sinks {
    /// Where clients reach this installation: the source of its events, and the beginning of the links in them.
    pub(super) public_url: Option<Url>,
    #[serde(default)]
    pub(super) sinks: BTreeMap<String, Settings>,
}

/// One sink.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// `file:`, `http:`, `https:`, `nats:`, `tls:`, `smtp:`, `smtps:`
    pub(super) url: Url,
    /// Which events; `*` at the end for any. All of them unless said.
    #[serde(default)]
    types: Vec<String>,
    /// The environment variable with the secret: what signs the requests of a webhook, or the password at a NATS or SMTP server.
    secret_env: Option<String>,
    /// Webhooks: whether it may be at an address of this machine or of a private network.
    #[serde(default)]
    pub(super) private: bool,
    /// NATS: other servers of the same cluster, of which any may be away.
    #[serde(default)]
    pub(super) servers: Vec<Url>,
    /// NATS: the name of the stream, which is made when there is none.
    pub(super) stream: Option<String>,
    /// NATS: how many servers keep the stream that is made.
    pub(super) replicas: Option<u8>,
    /// Mail: from whom.
    pub(super) from: Option<String>,
    /// Mail: to whom; to the owner of the image, where his name is an address, unless said.
    pub(super) to: Option<String>,
}

/// The sinks are not as they should be.
#[derive(Debug)]
pub struct SinkError {
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl SinkError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    pub(super) fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SinkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

// A URL may have a password in it.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("scheme", &self.url.scheme())
            .field("types", &self.types)
            .finish_non_exhaustive()
    }
}

impl Sinks {
    /// The name of the file in a home.
    pub const FILE: &str = "sinks.toml";

    /// Reads the file; none at all when there is no such file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or says something that no sink is.
    pub fn load(path: &Path) -> Result<Self, SinkError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => {
                let message = format!("cannot read the sinks in {}", path.display());
                return Err(SinkError::new(message).with_source(error));
            }
        };
        Self::parse(&text).map_err(|error| {
            SinkError::new(format!("{}: not as it should be", path.display())).with_source(error)
        })
    }

    /// The same from its text.
    ///
    /// # Errors
    ///
    /// It says something that no sink is.
    pub fn parse(text: &str) -> Result<Self, SinkError> {
        let sinks: Self = toml::from_str(text)
            .map_err(|error| SinkError::new(error.to_string().trim_end().to_owned()))?;
        for (name, settings) in &sinks.sinks {
            for kind in &settings.types {
                if !Event::KINDS.iter().any(|known| is_kind(kind, known)) {
                    let known = Event::KINDS.join(", ");
                    let message =
                        format!("sinks.{name}.types: {kind:?} is no event; there are {known}");
                    return Err(SinkError::new(message));
                }
            }
            if !["file", "http", "https", "nats", "tls", "smtp", "smtps"]
                .contains(&settings.url.scheme())
            {
                let message = format!(
                    "sinks.{name}.url: {}: is no sink; there are file:, https:, http:, nats:, tls:, smtps: and smtp:",
                    settings.url.scheme()
                );
                return Err(SinkError::new(message));
            }
            for other in &settings.servers {
                if !["nats", "tls"].contains(&other.scheme())
                    || !["nats", "tls"].contains(&settings.url.scheme())
                {
                    let message = format!(
                        "sinks.{name}.servers: {}: is no server of a NATS cluster; only those are several",
                        other.scheme()
                    );
                    return Err(SinkError::new(message));
                }
            }
        }
        Ok(sinks)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sinks.is_empty()
    }

    /// What events say they come from.
    pub(super) fn source(&self) -> &str {
        self.public_url.as_ref().map_or("/portreto", Url::as_str)
    }
}

impl Settings {
    pub(super) fn wants(&self, event: &Event) -> bool {
        self.types.is_empty() || self.types.iter().any(|kind| is_kind(kind, &event.kind))
    }

    /// What signs, or the password.
    pub(super) fn secret(&self, name: &str) -> Result<Option<String>, SinkError> {
        let default = format!("{SECRET_ENV}_{}", name.to_uppercase().replace('-', "_"));
        let variable = self.secret_env.clone().unwrap_or(default);
        match std::env::var(&variable) {
            Ok(secret) => Ok(Some(secret)),
            Err(_) if self.secret_env.is_none() => Ok(None),
            Err(_) => {
                let message = format!("sinks.{name}.secret_env: {variable} is not set");
                Err(SinkError::new(message))
            }
        }
    }

    /// Makes the sink.
    pub(super) async fn open(
        &self,
        name: &str,
        public: Option<&Url>,
        keys: &KeyRing,
        portreto: &portreto_store::Portreto,
    ) -> Result<Box<dyn Sink>, SinkError> {
        Ok(match self.url.scheme() {
            "file" => Box::new(Lines::new(name, &self.url)?),
            "http" | "https" => Box::new(Webhook::new(name, self)?),
            "smtp" | "smtps" => Box::new(Mail::new(name, self, public, keys, portreto)?),
            _ => Box::new(Nats::connect(name, self).await?),
        })
    }
}
