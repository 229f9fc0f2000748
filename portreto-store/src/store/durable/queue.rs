//! Small files that wait to be written to one directory.
//!
//! Whoever finds nobody at work takes what waits, and goes on as long as more has come meanwhile: the more there is to
//! do, the more is done at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use portreto_core::replica::{StoreError, StoreErrorKind};
use tokio::{runtime::Handle, sync::oneshot};

use super::{
    Durable, Lanes,
    device::{Begun, Device},
    marked,
};

/// The fewest files for which a sync of the whole file system is worth it.
const FEWEST: usize = 4;

/// Files that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) waiting: Vec<Waiting>,
    /// Whether somebody is at it.
    pub(super) is_served: bool,
}

#[derive(Debug)]
pub(super) struct Waiting {
    name: String,
    bytes: Bytes,
    answer: Answer,
}

pub(super) type Answer = oneshot::Sender<Result<(), StoreError>>;

/// Whoever is at the queue. When he is stopped in the middle, nobody waits for him.
struct Service {
    durable: Arc<Durable>,
    lanes: Lanes,
    is_over: bool,
}

impl Durable {
    /// Has a small file written, together with what else comes.
    pub(super) async fn enqueue(
        self: &Arc<Self>,
        lanes: &Lanes,
        name: &str,
        bytes: Bytes,
    ) -> Result<(), StoreError> {
        let (answer, told) = oneshot::channel();
        let begins = {
            let mut state = self.state();
            // Of those who gave up waiting, as with a disk that does not answer, nothing is kept.
            state.waiting.retain(|one| !one.answer.is_closed());
            state.waiting.push(Waiting { name: name.to_owned(), bytes, answer });
            !std::mem::replace(&mut state.is_served, true)
        };
        if begins {
            let service = Service { durable: self.clone(), lanes: lanes.clone(), is_over: false };
            lanes.begin(&Handle::current(), move || service.serve());
        }
        told.await.unwrap_or_else(|_| {
            let message = format!("{}: writing {name} was given up", self.place());
            Err(StoreError::new(StoreErrorKind::Failed, message))
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.queue.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    fn serve(mut self) {
        while let Some(batch) = self.take() {
            let bytes: usize = batch.iter().map(|one| one.bytes.len()).sum();
            let device = Device::of(&self.durable.root).filter(|(device, _)| {
                (batch.len() >= FEWEST || device.is_busy()) && device.serves(bytes as u64)
            });
            match device {
                Some((device, root)) => device.sync(&self.lanes, root, self.stage(batch)),
                None => self.each(batch),
            }
        }
        self.is_over = true;
    }

    /// What waits; none when nothing does.
    fn take(&self) -> Option<Vec<Waiting>> {
        let mut state = self.durable.state();
        state.waiting.retain(|one| !one.answer.is_closed());
        if state.waiting.is_empty() {
            // Under the same lock as the look: who comes now begins anew.
            state.is_served = false;
            return None;
        }
        Some(std::mem::take(&mut state.waiting))
    }

    /// Writes each by itself, all at once.
    fn each(&self, batch: Vec<Waiting>) {
        let mut batch = batch.into_iter();
        let last = batch.next_back();
        for one in batch {
            let durable = self.durable.clone();
            self.lanes.begin(&Handle::current(), move || one.write(&durable));
        }
        if let Some(last) = last {
            last.write(&self.durable);
        }
    }

    /// Writes a batch without a sync, and gives what could be written.
    fn stage(&self, batch: Vec<Waiting>) -> Vec<Begun> {
        let durable = &self.durable;
        let marked = marked(&durable.root);
        let mut begun = Vec::with_capacity(batch.len());
        for Waiting { name, bytes, answer } in batch {
            let staged = match &marked {
                Ok(()) => {
                    durable.stage(&name, &bytes).map_err(|error| durable.failure(&name, error))
                }
                Err(error) => Err(StoreError::new(error.kind(), error.to_string())),
            };
            match staged {
                Ok((staged, _)) => {
                    begun.push(Begun { durable: durable.clone(), name, staged, answer });
                }
                Err(error) => _ = answer.send(Err(error)),
            }
        }
        begun
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if !self.is_over {
            let mut state = self.durable.state();
            // They are told so, by their answers being dropped.
            state.waiting.clear();
            state.is_served = false;
        }
    }
}

impl Waiting {
    fn write(self, durable: &Durable) {
        let _ = self.answer.send(durable.put_alone(&self.name, &self.bytes));
    }
}
