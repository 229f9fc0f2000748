//! Images that are catalogued together.
//!
//! A transaction ends with a wait for the disk, whatever is in it. While one waits, the images that come
//! meanwhile gather, and whoever is next takes them all along: a bulk upload costs a few transactions a
//! second instead of one an image. Each is acknowledged only when the transaction it was in has ended.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, oneshot};
use uuid::Uuid;

use super::{
    Catalog, Committed, NewJob, Write, events,
    garbage::{self, Mark},
    images, jobs, variants,
};
use crate::{error::Result, image::Image};

/// The images that wait for a transaction.
#[derive(Debug, Default)]
pub(super) struct Group {
    waiting: Mutex<Vec<Waiting>>,
    turn: Turn<()>,
}

#[derive(Debug)]
struct Waiting {
    image: Image,
    jobs: Vec<NewJob>,
    event: Uuid,
    answer: oneshot::Sender<Result<Committed>>,
}

impl Group {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Catalog {
    /// Catalogues an image whose original is kept, with the jobs asked for and the event.
    pub(crate) async fn commit_image(
        &self,
        image: &Image,
        jobs: &[NewJob],
        event: Uuid,
    ) -> Result<Committed> {
        loop {
            let (answer, mut told) = oneshot::channel();
            let (image, jobs) = (image.clone(), jobs.to_vec());
            self.group.lock().push(Waiting { image, jobs, event, answer });
            let _turn = self.group.turn.lock().await;
            match told.try_recv() {
                Ok(answer) => return answer,
                Err(oneshot::error::TryRecvError::Empty) => {
                    let together = std::mem::take(&mut *self.group.lock());
                    self.commit_together(together).await;
                    if let Ok(answer) = told.try_recv() {
                        return answer;
                    }
                }
                // Whoever took it along was dropped in the middle. Asking again tells what became of it.
                Err(oneshot::error::TryRecvError::Closed) => {}
            }
        }
    }

    async fn commit_together(&self, mut together: Vec<Waiting>) {
        together.retain(|one| !one.answer.is_closed());
        if let Ok(answers) = self.try_together(&together).await {
            for (one, answer) in together.into_iter().zip(answers) {
                let _ = one.answer.send(Ok(answer));
            }
            return;
        }
        // One of them may be to blame: each by itself.
        for one in together {
            let answer = self.try_together(std::slice::from_ref(&one)).await;
            let _ = one.answer.send(answer.map(|answers| answers[0]));
        }
    }

    async fn try_together(&self, together: &[Waiting]) -> Result<Vec<Committed>> {
        let mut tx = self.write().await?;
        let mut answers = Vec::with_capacity(together.len());
        for one in together {
            answers.push(commit(&mut tx, one).await?);
        }
        tx.commit().await?;
        Ok(answers)
    }
}

async fn commit(tx: &mut Write, Waiting { image, jobs, event, .. }: &Waiting) -> Result<Committed> {
    if images::of_owner(tx, &image.owner, &image.digest).await?.is_some() {
        return Ok(Committed::Exists);
    }
    if garbage::reclaim(tx, &image.digest).await? == Some(Mark::Condemned) {
        return Ok(Committed::Collected);
    }
    images::insert(tx, image, 1).await?;
    for job in jobs {
        // Another owner's image may have the same original.
        if variants::find(tx, &job.key).await?.is_none() {
            jobs::enqueue(tx, job, image.created).await?;
        }
    }
    events::image_uploaded(tx, *event, image).await?;
    Ok(Committed::New)
}
