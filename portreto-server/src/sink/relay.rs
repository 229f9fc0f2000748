//! Bringing events from the outbox to the sinks.
//!
//! For each sink one process at a time does it, by a lease in the catalog; should it die, another goes on where it was. What was delivered
//! and not yet written down is delivered again, with the same ids.

use std::{fmt, sync::Arc, time::Duration};

use portreto_store::{Cursor, Error, Event, Portreto, SinkClaim};
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinSet, time::sleep};
use url::Url;

use super::{
    Failure, Letter, Sink,
    config::{Settings, SinkError, Sinks},
};
use crate::keys::KeyRing;

/// How long a sink is one process's without another word of it.
const LEASE: Duration = Duration::from_secs(30);
/// How long a batch may take to be delivered, well within the lease.
const DELIVERY: Duration = Duration::from_secs(20);
/// How often it is looked whether anything has happened.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Events that are brought at a time.
const BATCH: u32 = 64;
/// The first pause after a failure, and the longest.
#[derive(Debug, Clone, Copy)]
struct Pauses {
    first: Duration,
    longest: Duration,
}

const PAUSES: Pauses = Pauses { first: Duration::from_secs(1), longest: Duration::from_mins(5) };
/// How long to wait when the catalog does not answer.
const CATALOG_PAUSE: Duration = Duration::from_secs(1);
/// How often an event is offered to a sink that refuses it.
const OFFERS: u32 = 5;
/// How often what is old is forgotten.
const FORGET_EVERY: Duration = Duration::from_hours(1);

/// One sink, and what it takes to bring events to it.
struct Line {
    portreto: Portreto,
    sinks: Arc<Sinks>,
    name: String,
    settings: Settings,
    holder: String,
    pauses: Pauses,
}

/// Sinks that are ready to be brought events.
pub struct Relay {
    portreto: Portreto,
    lines: Vec<(Line, Box<dyn Sink>)>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.lines.iter().map(|(line, _)| &line.name);
        f.debug_list().entries(names).finish()
    }
}

impl Relay {
    /// Makes the sinks ready. `keys` sign the links in mail. None of them need be there yet.
    ///
    /// # Errors
    ///
    /// A sink is not as it should be, or its secret is missing.
    pub async fn open(
        portreto: &Portreto,
        sinks: Sinks,
        keys: &KeyRing,
    ) -> Result<Self, SinkError> {
        let sinks = Arc::new(sinks);
        let holder = format!("{}-{:016x}", std::process::id(), random());
        let mut lines = Vec::new();
        for (name, settings) in &sinks.sinks {
            let sink = settings.open(name, sinks.public_url.as_ref(), keys, portreto).await?;
            let (name, settings, holder) = (name.clone(), settings.clone(), holder.clone());
            let (portreto, sinks) = (portreto.clone(), sinks.clone());
            lines.push((Line { portreto, sinks, name, settings, holder, pauses: PAUSES }, sink));
        }
        Ok(Self { portreto: portreto.clone(), lines })
    }

    /// The same with other pauses after a failure: the first one, doubled each time up to the longest. 1 s and 5 min unless said.
    #[must_use]
    pub fn with_pauses(mut self, first: Duration, longest: Duration) -> Self {
        for (line, _) in &mut self.lines {
            line.pauses = Pauses { first, longest };
        }
        self
    }

    /// Brings events until `stop` is ready; what is under way is finished. Forgets events that are old.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let mut running = JoinSet::new();
        for (line, sink) in self.lines {
            let stopped = stopped.clone();
            running.spawn(async move { line.run(sink, stopped).await });
        }
        tokio::select! {
            () = stop => {}
            () = forget(&self.portreto) => {}
        }
        stopping.send_replace(true);
        while running.join_next().await.is_some() {}
    }
}

/// Forgets what is old, for ever.
async fn forget(portreto: &Portreto) {
    let mut ticks = tokio::time::interval(FORGET_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = portreto.forget_events().await {
            tracing::warn!(%error, "old events are not forgotten");
        }
    }
}

impl Line {
    async fn run(&self, mut sink: Box<dyn Sink>, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let pause = match self.portreto.claim_sink(&self.name, &self.holder, LEASE).await {
                Ok(Some(claim)) => match self.bring(&mut *sink, claim, &stopped).await {
                    Ok(()) => LOOK_AGAIN,
                    Err(error) => {
                        tracing::warn!(sink = self.name, %error, "the catalog does not answer");
                        CATALOG_PAUSE
                    }
                },
                Ok(None) => LOOK_AGAIN,
                Err(error) => {
                    tracing::warn!(sink = self.name, %error, "the catalog does not answer");
                    CATALOG_PAUSE
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        }
        if let Err(error) = self.portreto.release_sink(&self.name, &self.holder).await {
            tracing::debug!(sink = self.name, %error, "others wait for the end of the lease");
        }
    }

    /// Brings what there is; ends when there is nothing more, when it went wrong, or when the sink is somebody else's.
    async fn bring(
        &self,
        sink: &mut dyn Sink,
        claim: SinkClaim,
        stopped: &watch::Receiver<bool>,
    ) -> Result<(), Error> {
        let SinkClaim { mut cursor, mut failures, .. } = claim;
        while !*stopped.borrow() {
            let events = self.portreto.events_after(cursor, BATCH).await?;
            let Some(last) = events.last().map(|event| event.cursor) else { return Ok(()) };
            let letters: Vec<Letter> = events
                .into_iter()
                .filter(|event| self.settings.wants(event))
                .map(|event| self.letter(event))
                .collect();
            let delivery = tokio::time::timeout(DELIVERY, sink.deliver(&letters));
            let (n, failure) = delivery.await.unwrap_or_else(|_| {
                (0, Some(Failure::Away(format!("no answer within {} s", DELIVERY.as_secs()))))
            });
            let to = if failure.is_none() { Some(last) } else { before(&letters, n) };
            if let Some(to) = to {
                let n_delivered = n as u64;
                if !self.advance(to, n_delivered).await? {
                    return Ok(());
                }
                (cursor, failures) = (to, 0);
            }
            if let Some(failure) = failure {
                return self.failed(&letters[n.min(letters.len() - 1)], failure, failures).await;
            }
        }
        Ok(())
    }

    async fn advance(&self, to: Cursor, n_delivered: u64) -> Result<bool, Error> {
        self.portreto.advance_sink(&self.name, &self.holder, LEASE, to, n_delivered).await
    }

    /// Writes down that a letter has not arrived; one that was refused too often is put aside.
    async fn failed(&self, letter: &Letter, failure: Failure, failures: u32) -> Result<(), Error> {
        let (portreto, name, holder) = (&self.portreto, &self.name, &self.holder);
        match failure {
            Failure::Refused(reason) if failures + 1 >= OFFERS => {
                let event = &letter.event;
                tracing::warn!(sink = name, event = %event.id, reason, "an event is put aside");
                portreto.bury_event(name, holder, LEASE, event, &reason).await?;
            }
            Failure::Refused(reason) | Failure::Away(reason) => {
                let delay = self.pauses.after(failures, random());
                tracing::warn!(sink = name, reason, ?delay, "an event has not arrived");
                portreto.fail_sink(name, holder, &reason, delay).await?;
            }
        }
        Ok(())
    }

    fn letter(&self, mut event: Event) -> Letter {
        if let Some(public) = &self.sinks.public_url
            && let Value::Object(members) = &mut event.data
            && let Some(links) = links(&event.kind, members, public)
        {
            members.insert("links".to_owned(), links);
        }
        let json = event.to_cloud_event(self.sinks.source());
        Letter { event, json }
    }
}

/// The place of the last of the first `n` letters; none when there is none.
fn before(letters: &[Letter], n: usize) -> Option<Cursor> {
    n.checked_sub(1).and_then(|last| letters.get(last)).map(|letter| letter.event.cursor)
}

/// The links of an image that is there.
fn links(kind: &str, data: &serde_json::Map<String, Value>, public: &Url) -> Option<Value> {
    let base = public.as_str().trim_end_matches('/');
    let id = data.get("id")?.as_str()?;
    (kind == "portreto.image.uploaded").then(|| {
        json!({
            "self": format!("{base}/images/{id}"),
            "content": format!("{base}/images/{id}/content"),
        })
    })
}

impl Pauses {
    /// How long a sink is left alone: twice as long each time, and up to a quarter more by chance.
    fn after(self, failures: u32, random: u64) -> Duration {
        let pause = self.first.saturating_mul(1 << failures.min(16)).min(self.longest);
        pause + pause.mul_f64((random % 1024) as f64 / 4096.0)
    }
}

fn random() -> u64 {
    let secret = portreto_store::secret();
    secret.iter().take(8).fold(0, |n, byte| n << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_minutes() {
        let seconds: Vec<u64> = (0..12).map(|n| PAUSES.after(n, 0).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert!(PAUSES.after(0, 1023) < Duration::from_millis(1250));
    }
}
