//! What is counted in the catalog, which takes the longer the more there is.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use portreto_store::{JobCensus, Portreto, Result, Stats};
use tokio::sync::watch;

/// Of what was counted nothing is older than this and so many times the time that it took to count it.
const HOLDS: Duration = Duration::from_secs(1);
const TIMES: u32 = 50;
/// How long whoever asks waits for new ones before being given the last.
const WAIT: Duration = Duration::from_secs(2);

/// What there is in the catalog.
#[derive(Debug)]
pub(crate) struct Totals {
    pub(crate) stats: Stats,
    pub(crate) jobs: JobCensus,
}

/// What was counted last, and counting.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counted(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    last: watch::Sender<Option<Arc<Totals>>>,
    phase: Mutex<Phase>,
}

#[derive(Debug, Clone, Copy, Default)]
enum Phase {
    /// Nothing was counted yet.
    #[default]
    Begin,
    Counting,
    /// The last ones are good until then.
    Until(Instant),
}

impl Counted {
    /// The last ones, counted anew beside the work when they are old.
    pub(crate) async fn get(&self, portreto: &Portreto) -> Option<Arc<Totals>> {
        let mut news = self.0.last.subscribe();
        let phase = self.next();
        if let Phase::Begin = phase {
            let (this, portreto) = (self.clone(), portreto.clone());
            tokio::spawn(async move { this.count(&portreto).await });
        }
        if !matches!(phase, Phase::Until(_)) {
            let _ = tokio::time::timeout(WAIT, news.changed()).await;
        }
        self.0.last.borrow().clone()
    }

    /// Where we are; whoever is told `Begin` is to count.
    fn next(&self) -> Phase {
        let mut phase = self.0.phase.lock().unwrap_or_else(PoisonError::into_inner);
        match *phase {
            Phase::Until(until) if Instant::now() < until => *phase,
            Phase::Counting => Phase::Counting,
            Phase::Begin | Phase::Until(_) => {
                *phase = Phase::Counting;
                Phase::Begin
            }
        }
    }

    async fn count(&self, portreto: &Portreto) {
        let begun = Instant::now();
        let counted = count(portreto).await;
        let holds = HOLDS + begun.elapsed() * TIMES;
        *self.0.phase.lock().unwrap_or_else(PoisonError::into_inner) =
            Phase::Until(Instant::now() + holds);
        self.0.last.send_modify(|last| match counted {
            Ok(totals) => *last = Some(Arc::new(totals)),
            Err(error) => tracing::warn!(%error, "the catalog does not count"),
        });
    }
}

async fn count(portreto: &Portreto) -> Result<Totals> {
    Ok(Totals { stats: portreto.stats().await?, jobs: portreto.job_census().await? })
}
