//! What the handlers share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use portreto_store::{Portreto, Stats};
use tokio::sync::Mutex;

use crate::config::Config;

/// How long an answer of the catalog to "are you there?" holds: probes cost it one query a second at
/// most, however many there are.
const CATALOG_ANSWER_HOLDS: Duration = Duration::from_secs(1);

/// How long the catalog may take to answer: a probe is worth nothing when it hangs.
const CATALOG_ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// What the handlers share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    portreto: Portreto,
    config: Arc<Config>,
    draining: Arc<AtomicBool>,
    catalog: Arc<Mutex<Option<(Instant, CatalogAnswer)>>>,
}

/// What the catalog answered to "are you there?"
#[derive(Debug, Clone)]
pub(crate) enum CatalogAnswer {
    Here(Stats),
    Failed(Arc<portreto_store::Error>),
    Silent,
}

impl AppState {
    /// The state of a server of this home.
    #[must_use]
    pub fn new(portreto: Portreto, config: Config) -> Self {
        Self {
            portreto,
            config: Arc::new(config),
            draining: Arc::default(),
            catalog: Arc::default(),
        }
    }

    /// The home that is served.
    #[must_use]
    pub fn portreto(&self) -> &Portreto {
        &self.portreto
    }

    /// The bounds in force.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Makes `/ready` say 503 from now on.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the server is about to stop.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Asks the catalog, once a second at most: whoever comes while it is being asked waits for that
    /// answer.
    pub(crate) async fn catalog(&self) -> CatalogAnswer {
        let mut last = self.catalog.lock().await;
        if let Some((asked, answer)) = &*last
            && asked.elapsed() < CATALOG_ANSWER_HOLDS
        {
            return answer.clone();
        }
        let stats = tokio::time::timeout(CATALOG_ANSWERS_WITHIN, self.portreto.stats()).await;
        let answer = match stats {
            Ok(Ok(stats)) => CatalogAnswer::Here(stats),
            Ok(Err(error)) => CatalogAnswer::Failed(Arc::new(error)),
            Err(_) => CatalogAnswer::Silent,
        };
        *last = Some((Instant::now(), answer.clone()));
        answer
    }
}
