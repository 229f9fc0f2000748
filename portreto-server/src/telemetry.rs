//! What the server counts and measures, as Prometheus reads it.

mod home;

use std::{collections::HashSet, sync::LazyLock, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use portreto_store::{JobState, Portreto, SinkState};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use self::home::Home;
use crate::{
    openapi::DOCUMENT,
    state::{AppState, CatalogAnswer, Here},
};

/// Bounds of the buckets of times, seconds: from a picture in memory to one that waited for a renderer.
const SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Store {
    store: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSink {
    sink: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Jobs {
    state: &'static str,
}

/// The counters of one server.
#[derive(Debug)]
pub(crate) struct Telemetry {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    pub(crate) cache_hits: Counter,
    pub(crate) cache_misses: Counter,
    cache_bytes: Gauge,
    jobs: Family<Jobs, Gauge>,
    oldest_job: Gauge,
    sink_behind: Family<OfSink, Gauge>,
    sink_failures: Family<OfSink, Gauge>,
    dead_letters: Family<OfSink, Gauge>,
    stores: Family<Store, Gauge>,
    faults: Family<Kind, Gauge>,
    images: Gauge,
    variants: Gauge,
    original_bytes: Gauge,
    variant_bytes: Gauge,
    waiting: Gauge,
    owed: Gauge,
    pub(crate) settled: Counter,
}

impl Telemetry {
    /// The counters of a server of this home.
    pub(crate) fn new(portreto: &Portreto) -> Self {
        let mut registry = Registry::with_prefix("portreto");
        let mut this = Self {
            registry: Registry::default(),
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            in_flight: Gauge::default(),
            cache_hits: Counter::default(),
            cache_misses: Counter::default(),
            cache_bytes: Gauge::default(),
            jobs: Family::default(),
            oldest_job: Gauge::default(),
            sink_behind: Family::default(),
            sink_failures: Family::default(),
            dead_letters: Family::default(),
            stores: Family::default(),
            faults: Family::default(),
            images: Gauge::default(),
            variants: Gauge::default(),
            original_bytes: Gauge::default(),
            variant_bytes: Gauge::default(),
            waiting: Gauge::default(),
            owed: Gauge::default(),
            settled: Counter::default(),
        };
        registry.register("http_requests", "Requests answered", this.requests.clone());
        registry.register(
            "http_request_seconds",
            "Time from the head of a request to the head of its answer",
            this.seconds.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests whose answer has not begun",
            this.in_flight.clone(),
        );
        registry.register(
            "cache_hits",
            "Direct URLs answered from memory",
            this.cache_hits.clone(),
        );
        registry.register(
            "cache_misses",
            "Direct URLs answered from a store or a renderer",
            this.cache_misses.clone(),
        );
        registry.register("cache_bytes", "Pictures in memory", this.cache_bytes.clone());
        registry.register("jobs", "Jobs in each state", this.jobs.clone());
        registry.register(
            "oldest_queued_job_seconds",
            "How long the oldest queued job has waited",
            this.oldest_job.clone(),
        );
        registry.register(
            "sink_events_behind",
            "Events that a sink has not had yet",
            this.sink_behind.clone(),
        );
        registry.register(
            "sink_failures",
            "How often in a row a sink has not taken an event",
            this.sink_failures.clone(),
        );
        registry.register(
            "sink_dead_letters",
            "Events that a sink would not have",
            this.dead_letters.clone(),
        );
        registry.register("store_up", "Whether a store can be used", this.stores.clone());
        registry.register(
            "replica_faults",
            "What was found wrong in stores since the start",
            this.faults.clone(),
        );
        registry.register("images", "Images", this.images.clone());
        registry.register("variants", "Variants", this.variants.clone());
        registry.register(
            "original_bytes",
            "Bytes of distinct originals, one copy counted",
            this.original_bytes.clone(),
        );
        registry.register(
            "variant_bytes",
            "Bytes of distinct variants, one copy counted",
            this.variant_bytes.clone(),
        );
        registry.register(
            "renders_waiting",
            "Requests that wait to have something rendered on the fly",
            this.waiting.clone(),
        );
        registry.register("owed_copies", "Copies and deletions that stores owe", this.owed.clone());
        registry.register(
            "settled_copies",
            "Copies and deletions that were made up for by this server",
            this.settled.clone(),
        );
        registry.register_collector(Box::new(Home(portreto.clone())));
        this.registry = registry;
        this
    }
}

impl Telemetry {
    /// Everything, as text; what is not counted on the way is asked for now.
    pub(crate) async fn text(&self, state: &AppState) -> Result<String, std::fmt::Error> {
        let portreto = state.portreto();
        for store in portreto.stores() {
            let up = i64::from(store.offline.is_none());
            self.stores.get_or_create(&Store { store: store.id.to_string() }).set(up);
        }
        let faults = portreto.faults();
        for (kind, n) in [
            ("corrupt", faults.corrupt),
            ("absent", faults.absent),
            ("failed", faults.failed),
            ("healed", faults.healed),
            ("unhealed", faults.unhealed),
        ] {
            self.faults.get_or_create(&Kind { kind }).set(whole(n));
        }
        self.cache_bytes.set(whole(state.hot().weight()));
        self.waiting.set(whole(portreto.waiting() as u64));
        if let Some(totals) = state.totals().await {
            let (stats, jobs) = (&totals.stats, &totals.jobs);
            self.variants.set(whole(stats.variants));
            self.original_bytes.set(whole(stats.original_bytes));
            self.variant_bytes.set(whole(stats.variant_bytes));
            for job_state in JobState::ALL {
                let n = jobs.counts.iter().find(|(counted, _)| *counted == job_state);
                self.set_jobs(job_state, n.map_or(0, |(_, n)| *n));
            }
        }
        // Newer, if a large catalog takes long to count.
        if let CatalogAnswer::Here(Here { pulse, sinks }) = state.catalog().await {
            self.images.set(whole(pulse.images));
            self.owed.set(whole(pulse.owed));
            self.set_jobs(JobState::Queued, pulse.queued);
            self.set_jobs(JobState::Running, pulse.running);
            self.oldest_job.set(whole(pulse.oldest.unwrap_or_default().as_secs()));
            self.set_sinks(&sinks);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    fn set_jobs(&self, state: JobState, n: u64) {
        self.jobs.get_or_create(&Jobs { state: state.name() }).set(whole(n));
    }

    fn set_sinks(&self, sinks: &[SinkState]) {
        // One that was forgotten is not told of any more.
        for family in [&self.sink_behind, &self.sink_failures, &self.dead_letters] {
            family.clear();
        }
        for sink in sinks {
            let of = OfSink { sink: sink.name.clone() };
            self.sink_behind.get_or_create(&of).set(whole(sink.behind));
            self.sink_failures.get_or_create(&of).set(sink.failures.into());
            self.dead_letters.get_or_create(&of).set(whole(sink.dead));
        }
    }
}

/// Counts and times a request. Paths are counted as their routes, so that there are never many.
pub(crate) async fn measure(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let telemetry = state.telemetry();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.and_then(|path| ROUTES.get(path.as_str())).map_or("none", String::as_str);
    let method = match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    let begun = Instant::now();
    let in_flight = InFlight::new(&telemetry.in_flight);
    let response = next.run(request).await;
    drop(in_flight);
    let status = response.status().as_u16();
    let seconds = begun.elapsed().as_secs_f64();
    telemetry.seconds.get_or_create(&Route { route, status }).observe(seconds);
    telemetry.requests.get_or_create(&Answered { method, route, status }).inc();
    response
}

/// The paths of the server, which live as long as it does.
static ROUTES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    DOCUMENT["paths"].as_object().into_iter().flatten().map(|(path, _)| path.clone()).collect()
});

/// One request, until it is answered or given up.
struct InFlight(Gauge);

impl InFlight {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
