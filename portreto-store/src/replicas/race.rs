//! Asking one store after the other for the same bytes, and not waiting for a slow one longer than is usual.

use std::{future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use futures::{StreamExt, stream::FuturesUnordered};
use portreto_core::{
    Digest,
    replica::{Key, StoreError},
};
use tokio::time::{Instant, sleep_until};

use super::{Member, Members, Reached, Replicas};

/// What became of asking one store; the outer error when it could not be asked.
type Outcome = Result<(Reached, Result<(Bytes, Digest), StoreError>), StoreError>;
type Reading<'a> = Pin<Box<dyn Future<Output = (Arc<Member>, Outcome)> + Send + 'a>>;

/// The stores that may have a key, asked in order: the next one when one has answered, or is slow.
pub(super) struct Race<'a> {
    replicas: &'a Replicas,
    key: &'a Key,
    waiting: std::vec::IntoIter<Arc<Member>>,
    reading: FuturesUnordered<Reading<'a>>,
    /// Those that were asked, in order.
    asked: Vec<Asked>,
    /// When the next is asked although nobody has answered; none when that is not to be done any more.
    impatient_at: Option<Instant>,
}

#[derive(Debug)]
struct Asked {
    member: Arc<Member>,
    since: Instant,
    is_silent: bool,
}

impl Replicas {
    /// The race for `key`, by placement, but for a store that has been lagging: the other one is asked first then.
    pub(super) fn race<'a>(&'a self, members: &Members, key: &'a Key) -> Race<'a> {
        let mut order = members.order(key);
        if let [first, second, ..] = &mut order[..]
            && first.lags()
            && second.away().is_none()
            && !second.lags()
        {
            std::mem::swap(first, second);
        }
        self.inner.hedges.earn();
        Race {
            replicas: self,
            key,
            waiting: order.into_iter(),
            reading: FuturesUnordered::new(),
            asked: Vec::new(),
            impatient_at: None,
        }
    }
}

impl Race<'_> {
    /// The next answer, from one more store than before: the last answer was of no use. None when all have answered.
    pub(super) async fn next(&mut self) -> Option<(Arc<Member>, Outcome)> {
        self.ask_next();
        let (member, outcome) = loop {
            let Some(at) = self.impatient_at else { break self.reading.next().await? };
            tokio::select! {
                biased;
                answer = self.reading.next() => break answer?,
                () = sleep_until(at) => {
                    self.impatient_at = None;
                    if self.waiting.len() > 0 && self.replicas.inner.hedges.spend() {
                        self.ask_next();
                    }
                }
            }
        };
        for asked in self.asked.iter_mut().filter(|asked| asked.member.id() == member.id()) {
            asked.is_silent = false;
        }
        Some((member, outcome))
    }

    /// Ends the race: `winner` gave the right bytes. Whoever was asked before and is silent still has been slow.
    pub(super) fn won_by(self, winner: &Arc<Member>) {
        for asked in self.asked {
            if asked.member.id() == winner.id() {
                winner.answered_in(asked.since.elapsed());
                return;
            }
            if asked.is_silent {
                asked.member.was_overtaken_after(asked.since.elapsed());
            }
        }
    }

    fn ask_next(&mut self) {
        let Some(member) = self.waiting.next() else { return };
        let now = Instant::now();
        self.asked.push(Asked { member: member.clone(), since: now, is_silent: true });
        self.impatient_at = Some(now + member.patience());
        let (replicas, key) = (self.replicas, self.key);
        self.reading.push(Box::pin(async move {
            let outcome = match replicas.reached(&member).await {
                Ok(reached) => {
                    let answer = reached.noted(reached.place.get_with_digest(key).await);
                    Ok((reached, answer))
                }
                Err(error) => Err(error),
            };
            (member, outcome)
        }));
    }
}
