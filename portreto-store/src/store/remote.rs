//! Buckets: options from the environment, time limits, retries.

use std::{env, sync::Arc, time::Duration};

use object_store::{
    BackoffConfig, ObjectStore, ObjectStoreScheme, RetryConfig, aws::AmazonS3Builder,
    azure::MicrosoftAzureBuilder, gcp::GoogleCloudStorageBuilder, http::HttpBuilder, path::Path,
};
use portreto_core::replica::{StoreError, StoreErrorKind};
use url::{Position, Url};

use super::{failure::failure, location};

/// A server that does not take a connection in this time is away.
const CONNECT_TIMEOUT: &str = "5s";

/// Of one attempt, its body included. Without a limit of its own a stalled transfer would wait for ever;
/// a large blob over a slow line needs this much, or `AWS_TIMEOUT` and its like.
const ATTEMPT_TIMEOUT: &str = "60s";

/// A second copy is waiting elsewhere: better to say soon that a store is away than to try for minutes.
const RETRIES: usize = 3;
const RETRY_TIMEOUT: Duration = Duration::from_secs(20);

/// Our limits, then the environment's variables with this prefix. A macro because the four builders share
/// no trait.
macro_rules! configured {
    ($builder:expr, $prefix:literal) => {{
        let mut builder = $builder.with_retry(retries());
        let limits = [("connect_timeout", CONNECT_TIMEOUT), ("timeout", ATTEMPT_TIMEOUT)];
        let limits = limits.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let given = env::vars_os().filter_map(|(key, value)| {
            let key = key.into_string().ok()?;
            key.strip_prefix($prefix)?;
            // `HTTP_STORE_TIMEOUT` is our own; the others' prefixes are known to `object_store`.
            let key = key.strip_prefix("HTTP_STORE_").unwrap_or(&key).to_ascii_lowercase();
            Some((key, value.into_string().ok()?))
        });
        for (key, value) in limits.into_iter().chain(given) {
            if let Ok(key) = key.parse() {
                builder = builder.with_config(key, value);
            }
        }
        builder
    }};
}

pub(super) fn open(url: &Url) -> Result<(Arc<dyn ObjectStore>, Path), StoreError> {
    let name = location::name(url);
    let opened = |error: object_store::Error| failure(&name, "opening it", &error);
    let (scheme, path) = ObjectStoreScheme::parse(url).map_err(|error| opened(error.into()))?;
    let path = Path::parse(path).map_err(|error| opened(error.into()))?;
    let store: Arc<dyn ObjectStore> = match scheme {
        ObjectStoreScheme::AmazonS3 => Arc::new(
            configured!(AmazonS3Builder::new().with_url(url.as_str()), "AWS_")
                .build()
                .map_err(opened)?,
        ),
        ObjectStoreScheme::GoogleCloudStorage => Arc::new(
            configured!(GoogleCloudStorageBuilder::new().with_url(url.as_str()), "GOOGLE_")
                .build()
                .map_err(opened)?,
        ),
        ObjectStoreScheme::MicrosoftAzure => Arc::new(
            configured!(MicrosoftAzureBuilder::new().with_url(url.as_str()), "AZURE_")
                .build()
                .map_err(opened)?,
        ),
        ObjectStoreScheme::Http => Arc::new(
            configured!(HttpBuilder::new().with_url(&url[..Position::BeforePath]), "HTTP_STORE_")
                .build()
                .map_err(opened)?,
        ),
        _ => {
            return Err(StoreError::new(
                StoreErrorKind::Failed,
                format!("{name} is not a place that stores can be in"),
            ));
        }
    };
    Ok((store, path))
}

fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: RETRIES,
        retry_timeout: RETRY_TIMEOUT,
    }
}
