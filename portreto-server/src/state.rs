//! What the handlers share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use portreto_core::Digest;
use portreto_store::{Direct, Portreto, Pulse, Result, SinkState};
use quick_cache::{Weighter, sync::Cache};
use tokio::sync::Mutex;

use crate::{
    config::Config,
    door::Counter,
    ready::ReadyAnswers,
    spool::{Room, UnderWay},
    telemetry::Telemetry,
    totals::{Counted, Totals},
};

/// How long an answer of the catalog to "are you there?" holds: probes cost it one query a second at
/// most, however many there are.
const CATALOG_ANSWER_HOLDS: Duration = Duration::from_secs(1);

/// How long the catalog may take to answer: a probe is worth nothing when it hangs.
const CATALOG_ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// What the handlers share. Cheap to clone: each request has it several times.
#[derive(Clone)]
pub struct AppState {
    shared: Arc<Shared>,
}

struct Shared {
    portreto: Portreto,
    config: Config,
    draining: AtomicBool,
    catalog: Mutex<Option<(Instant, CatalogAnswer)>>,
    totals: Counted,
    intake: Room,
    outgoing: Room,
    under_way: UnderWay,
    counter: Counter,
    hot: Hot,
    ready: ReadyAnswers,
    telemetry: Telemetry,
}

/// Pictures in memory by original and transform. Whoever asks for one that is being made waits for it.
pub(crate) type Hot = Cache<(Digest, String), Arc<Direct>, ByBytes>;

/// Counts the bytes of pictures.
#[derive(Debug, Clone)]
pub(crate) struct ByBytes;

impl Weighter<(Digest, String), Arc<Direct>> for ByBytes {
    fn weight(&self, (_, transform): &(Digest, String), direct: &Arc<Direct>) -> u64 {
        (direct.bytes.len() + transform.len() + 512) as u64
    }
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState").field("portreto", &self.shared.portreto).finish_non_exhaustive()
    }
}

/// What a catalog that answers says.
#[derive(Debug, Clone)]
pub(crate) struct Here {
    pub(crate) pulse: Pulse,
    pub(crate) sinks: Vec<SinkState>,
}

/// What the catalog answered to "are you there?"
#[derive(Debug, Clone)]
pub(crate) enum CatalogAnswer {
    Here(Here),
    Failed(Arc<portreto_store::Error>),
    Silent,
}

impl AppState {
    /// The state of a server of this home.
    #[must_use]
    pub fn new(portreto: Portreto, config: Config) -> Self {
        // Most bytes are in both, and are there once.
        let ready_bytes = config.cache_bytes / 4;
        let hot_bytes = config.cache_bytes - ready_bytes;
        // An entry is thought to have 20 KB.
        let entries = usize::try_from(hot_bytes / 20_000).unwrap_or(usize::MAX).max(16);
        let hot = Cache::with_weighter(entries, hot_bytes, ByBytes);
        let shared = Shared {
            intake: Room::new(config.intake_bytes),
            outgoing: Room::new(config.outgoing_bytes),
            under_way: UnderWay::new(),
            counter: Counter::new(config.rate),
            hot,
            ready: ReadyAnswers::new(ready_bytes),
            telemetry: Telemetry::new(&portreto),
            portreto,
            config,
            draining: AtomicBool::default(),
            catalog: Mutex::default(),
            totals: Counted::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The home that is served.
    #[must_use]
    pub fn portreto(&self) -> &Portreto {
        &self.shared.portreto
    }

    /// The bounds in force.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// What is counted.
    pub(crate) fn telemetry(&self) -> &Telemetry {
        &self.shared.telemetry
    }

    /// Pictures in memory.
    pub(crate) fn hot(&self) -> &Hot {
        &self.shared.hot
    }

    /// Answers to URLs that are asked for again and again.
    pub(crate) fn ready(&self) -> &ReadyAnswers {
        &self.shared.ready
    }

    /// Forgets the pictures in memory that were made of an original.
    pub(crate) fn forget(&self, original: &Digest) {
        self.hot().retain(|(of, _), _| of != original);
        self.ready().forget(original);
    }

    /// Room for the bodies of requests.
    pub(crate) fn intake(&self) -> &Room {
        &self.shared.intake
    }

    /// Room for the bodies of answers.
    pub(crate) fn outgoing(&self) -> &Room {
        &self.shared.outgoing
    }

    /// Requests that are answered to their end, whoever goes away.
    pub(crate) fn under_way(&self) -> &UnderWay {
        &self.shared.under_way
    }

    /// How often clients come.
    pub(crate) fn counter(&self) -> &Counter {
        &self.shared.counter
    }

    /// Makes `/ready` say 503 from now on.
    pub fn drain(&self) {
        self.shared.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the server is about to stop.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.shared.draining.load(Ordering::Relaxed)
    }

    /// Asks the catalog, once a second at most: whoever comes while it is being asked waits for that
    /// answer.
    pub(crate) async fn catalog(&self) -> CatalogAnswer {
        let mut last = self.shared.catalog.lock().await;
        if let Some((asked, answer)) = &*last
            && asked.elapsed() < CATALOG_ANSWER_HOLDS
        {
            return answer.clone();
        }
        let portreto = &self.shared.portreto;
        let asked = async {
            Result::Ok(Here { pulse: portreto.pulse().await?, sinks: portreto.sinks().await? })
        };
        let answer = match tokio::time::timeout(CATALOG_ANSWERS_WITHIN, asked).await {
            Ok(Ok(here)) => CatalogAnswer::Here(here),
            Ok(Err(error)) => CatalogAnswer::Failed(Arc::new(error)),
            Err(_) => CatalogAnswer::Silent,
        };
        *last = Some((Instant::now(), answer.clone()));
        answer
    }

    /// What was counted in the catalog last; none when it could not be counted yet.
    pub(crate) async fn totals(&self) -> Option<Arc<Totals>> {
        self.shared.totals.get(&self.shared.portreto).await
    }
}
