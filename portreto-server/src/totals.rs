//! What is counted in the catalog, which takes the longer the more there is.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use portreto_store::{JobCensus, Portreto, Result, Stats};
use tokio::{sync::watch, time::Instant};

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
        self.or_by(|| count(portreto.clone())).await
    }

    async fn or_by<C>(&self, counting: impl FnOnce() -> C) -> Option<Arc<Totals>>
    where
        C: Future<Output = Result<Totals>> + Send + 'static,
    {
        let mut news = self.0.last.subscribe();
        let phase = self.next();
        if let Phase::Begin = phase {
            tokio::spawn(self.clone().count(counting()));
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

    async fn count(self, counting: impl Future<Output = Result<Totals>>) {
        let begun = Instant::now();
        let counted = counting.await;
        let holds = HOLDS + begun.elapsed() * TIMES;
        *self.0.phase.lock().unwrap_or_else(PoisonError::into_inner) =
            Phase::Until(Instant::now() + holds);
        self.0.last.send_modify(|last| match counted {
            Ok(totals) => *last = Some(Arc::new(totals)),
            Err(error) => tracing::warn!(%error, "the catalog does not count"),
        });
    }
}

async fn count(portreto: Portreto) -> Result<Totals> {
    Ok(Totals { stats: portreto.stats().await?, jobs: portreto.job_census().await? })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use portreto_store::Options;
    use tokio::time::{advance, sleep};

    use super::*;

    /// A catalog that takes its time to count, and how often it began to.
    #[derive(Clone, Default)]
    struct Slow {
        takes: Duration,
        n_begun: Arc<AtomicU32>,
        is_away: bool,
    }

    impl Slow {
        fn count(&self) -> impl Future<Output = Result<Totals>> + Send + 'static {
            let this = self.clone();
            let n = this.n_begun.fetch_add(1, Ordering::Relaxed) + 1;
            async move {
                sleep(this.takes).await;
                if this.is_away {
                    let nowhere = tempfile::tempdir().unwrap().path().join("gone");
                    Portreto::open(Options::new(nowhere)).await?;
                }
                let mut stats = Stats::default();
                stats.variants = n.into();
                Ok(Totals { stats, jobs: JobCensus { counts: Vec::new(), oldest: None } })
            }
        }

        fn n_begun(&self) -> u32 {
            self.n_begun.load(Ordering::Relaxed)
        }
    }

    async fn ask(counted: &Counted, slow: &Slow) -> Option<u64> {
        counted.or_by(|| slow.count()).await.map(|totals| totals.stats.variants)
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_at_once_is_told_the_same_count_and_later_another() {
        let (counted, slow) = (Counted::default(), Slow::default());
        let (one, other) = tokio::join!(ask(&counted, &slow), ask(&counted, &slow));
        assert_eq!((one, other, ask(&counted, &slow).await), (Some(1), Some(1), Some(1)));
        advance(HOLDS).await;
        assert_eq!((ask(&counted, &slow).await, slow.n_begun()), (Some(2), 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_count_that_takes_long_holds_nobody_up_and_is_seldom() {
        let counted = Counted::default();
        let slow = Slow { takes: Duration::from_secs(10), ..Slow::default() };
        let begun = Instant::now();
        assert_eq!(ask(&counted, &slow).await, None);
        assert_eq!(begun.elapsed(), WAIT);
        assert_eq!((ask(&counted, &slow).await, slow.n_begun()), (None, 1));
        sleep(slow.takes).await;
        assert_eq!(ask(&counted, &slow).await, Some(1));
        advance(slow.takes * (TIMES - 1)).await;
        assert_eq!((ask(&counted, &slow).await, slow.n_begun()), (Some(1), 1));
        advance(slow.takes * 2).await;
        assert_eq!((ask(&counted, &slow).await, slow.n_begun()), (Some(1), 2), "the last one");
    }

    #[tokio::test(start_paused = true)]
    async fn a_catalog_that_is_away_leaves_the_last_count() {
        let (counted, slow) = (Counted::default(), Slow::default());
        assert_eq!(ask(&counted, &slow).await, Some(1));
        advance(HOLDS).await;
        let away = Slow { is_away: true, ..slow };
        assert_eq!((ask(&counted, &away).await, away.n_begun()), (Some(1), 2));
    }
}
