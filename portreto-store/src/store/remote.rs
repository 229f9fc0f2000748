//! Buckets: options from the environment and the URL, time limits, checksums.

pub(super) mod quick;

use std::{env, ffi::OsString, fs, sync::Arc, time::Duration};

use object_store::{
    Certificate, ClientOptions, ObjectStore, ObjectStoreScheme, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey, Checksum},
    azure::MicrosoftAzureBuilder,
    client::ReqwestConnector,
    gcp::GoogleCloudStorageBuilder,
    http::HttpBuilder,
    path::Path,
    signer::Signer,
};
use portreto_core::replica::{StoreError, StoreErrorKind};
use url::{Position, Url};

use self::quick::{Confirming, Quick};
use super::{
    Wiring, attempts::Patiently, backend::Bucket, failure::failure, location, patience::Patience,
};

/// A server that does not take a connection in this time is away.
const CONNECT_TIMEOUT: &str = "5s";

/// Of one attempt, its body included: the client's own limit knows nothing of sizes, so it is out of the way of ours.
const CLIENT_TIMEOUT: &str = "24h";

/// The option that is ours.
const ANSWER_TIMEOUT: &str = "answer_timeout";

/// What options are called that are secrets: `secret_access_key`, `sas_token`, `account_key`.
const SECRET: [&str; 6] = ["key", "secret", "token", "password", "sas", "credential"];

/// Our limits, then the environment's variables, then the URL's query. A macro because the four builders share no
/// trait.
macro_rules! configured {
    ($builder:expr, $options:expr) => {{
        let Options { base, pairs, connector, name } = $options;
        let mut builder = $builder
            .with_client_options(base)
            .with_http_connector(connector)
            // `Attempts` does it.
            .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() });
        for Given { key, value, typed } in pairs {
            match key.parse() {
                Ok(key) => builder = builder.with_config(key, value),
                Err(_) if typed => return Err(wrong(&name, &format!("has no option {key}"))),
                // Programs share the environment.
                Err(_) => {}
            }
        }
        builder
    }};
}

/// What the builders are told.
struct Options<C = Patiently> {
    base: ClientOptions,
    pairs: Vec<Given>,
    connector: C,
    name: String,
}

/// One option.
struct Given {
    key: String,
    value: String,
    /// Whether it was given for this store, and so must be one.
    typed: bool,
}

/// Opens the bucket, with the patience that its URL asks for.
pub(super) fn open(
    url: &Url,
    wiring: &Wiring,
    patience: Patience,
) -> Result<(Bucket, Patience), StoreError> {
    let name = location::name(url);
    let patience = match url.query_pairs().find(|(key, _)| key == ANSWER_TIMEOUT) {
        Some((_, seconds)) => {
            let seconds = seconds.parse().ok().filter(|seconds| (1..=3600).contains(seconds));
            let what = format!("has an {ANSWER_TIMEOUT} that is not 1 to 3600 seconds");
            let seconds = seconds.ok_or_else(|| wrong(&name, &what))?;
            patience.with_answer(Duration::from_secs(seconds))
        }
        None => patience,
    };
    let opened = |error: object_store::Error| failure(&name, "opening it", &error);
    let mut bare = url.clone();
    bare.set_query(None);
    let (scheme, path) = ObjectStoreScheme::parse(&bare).map_err(|error| opened(error.into()))?;
    let prefix = Path::parse(path).map_err(|error| opened(error.into()))?;
    let options = |prefix: &str| options(url, wiring, patience, prefix);
    let bucket = match scheme {
        ObjectStoreScheme::AmazonS3 => {
            let builder = || AmazonS3Builder::new().with_url(bare.as_str());
            // What a broken line makes of a body is refused. Costs nothing: the signature needs the same hash.
            let sure = builder().with_checksum_algorithm(Checksum::SHA256);
            let sure = configured!(sure, options("AWS")?).build().map_err(opened)?;
            let same = options("AWS")?;
            let quick = if same.has_a_say_in_checksums() {
                None
            } else {
                let quick = builder()
                    .with_checksum_algorithm(Checksum::CRC64NVME)
                    .with_unsigned_payload(true);
                let quick = configured!(quick, same.confirming()).build().map_err(opened)?;
                Some(Quick::new(Arc::new(quick)))
            };
            Bucket { quick, ..signing(sure, prefix) }
        }
        ObjectStoreScheme::GoogleCloudStorage => {
            let builder = GoogleCloudStorageBuilder::new().with_url(bare.as_str());
            signing(configured!(builder, options("GOOGLE")?).build().map_err(opened)?, prefix)
        }
        ObjectStoreScheme::MicrosoftAzure => {
            let builder = MicrosoftAzureBuilder::new().with_url(bare.as_str());
            signing(configured!(builder, options("AZURE")?).build().map_err(opened)?, prefix)
        }
        ObjectStoreScheme::Http => {
            let builder = HttpBuilder::new().with_url(&bare[..Position::BeforePath]);
            let store = configured!(builder, options("HTTP_STORE")?).build().map_err(opened)?;
            Bucket {
                store: Arc::new(store),
                quick: None,
                prefix,
                signer: None,
                takes_parts: false,
                creates: false,
            }
        }
        _ => return Err(wrong(&name, "is not a place that stores can be in")),
    };
    Ok((bucket, patience))
}

fn signing<S: ObjectStore + Signer>(store: S, prefix: Path) -> Bucket {
    let store = Arc::new(store);
    let signer = Some(store.clone() as _);
    Bucket { store, quick: None, prefix, signer, takes_parts: true, creates: true }
}

impl Options {
    /// Whether it was told how bytes are to be made sure of.
    fn has_a_say_in_checksums(&self) -> bool {
        let is_of_those = |given: &Given| {
            matches!(
                given.key.parse(),
                Ok(AmazonS3ConfigKey::Checksum | AmazonS3ConfigKey::UnsignedPayload)
            )
        };
        self.pairs.iter().any(is_of_those)
    }

    fn confirming(self) -> Options<Confirming<Patiently>> {
        let Self { base, pairs, connector, name } = self;
        Options { base, pairs, connector: Confirming(connector), name }
    }
}

/// What the environment and the query say, with the usual prefix of the service's variables.
fn options(
    url: &Url,
    wiring: &Wiring,
    patience: Patience,
    service: &str,
) -> Result<Options, StoreError> {
    let name = location::name(url);
    let mut base = ClientOptions::new();
    let mut pairs: Vec<Given> = [("connect_timeout", CONNECT_TIMEOUT), ("timeout", CLIENT_TIMEOUT)]
        .map(|(key, value)| Given { key: key.to_owned(), value: value.to_owned(), typed: true })
        .into();
    let (mut variables, mut typed) = (service.to_owned(), Vec::new());
    for (key, value) in url.query_pairs() {
        match &*key {
            "ca" => {
                let unreadable = || wrong(&name, &format!("trusts {value}, which cannot be used"));
                let pem = fs::read(&*value).map_err(|error| unreadable().with_source(error))?;
                let certificates = Certificate::from_pem_bundle(&pem)
                    .map_err(|error| unreadable().with_source(error))?;
                if certificates.is_empty() {
                    return Err(wrong(&name, &format!("trusts {value}, which has no certificate")));
                }
                base = certificates.into_iter().fold(base, ClientOptions::with_root_certificate);
            }
            "env" => variables = value.into_owned(),
            ANSWER_TIMEOUT => {}
            _ if SECRET.iter().any(|secret| key.to_ascii_lowercase().contains(secret)) => {
                return Err(wrong(
                    &name,
                    &format!(
                        "has {key} in its URL, which is kept in every store: put it into the environment, and \
                         env=NAME into the URL if it is for this store alone"
                    ),
                ));
            }
            _ => {
                let (key, value) = (key.into_owned(), value.into_owned());
                typed.push(Given { key, value, typed: true });
            }
        }
    }
    let start = format!("{}_", variables.trim_end_matches('_'));
    let all = wiring.variables.clone().unwrap_or_else(|| {
        let text = |(key, value): (OsString, OsString)| {
            Some((key.into_string().ok()?, value.into_string().ok()?))
        };
        env::vars_os().filter_map(text).collect()
    });
    for (key, value) in all {
        let Some(rest) = key.strip_prefix(&start) else { continue };
        let is_ours = service == "HTTP_STORE" || variables != service;
        let key = if is_ours { rest } else { &key };
        pairs.push(Given { key: key.to_ascii_lowercase(), value, typed: false });
    }
    pairs.extend(typed);
    let inner = wiring.connector.clone().unwrap_or_else(|| Arc::new(ReqwestConnector::default()));
    let seed = wiring.seed.unwrap_or_else(rand::random);
    Ok(Options { base, pairs, connector: Patiently { inner, patience, seed }, name })
}

fn wrong(name: &str, what: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Failed, format!("{name} {what}"))
}

#[cfg(test)]
mod tests;
