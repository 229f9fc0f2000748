//! What is asked of the catalog together.
//!
//! A transaction ends with a wait for the disk, whatever is in it, and every question goes to the thread of a
//! connection and back. While one is under way, those that come meanwhile gather, and whoever is next takes them all along:
//! a bulk upload costs a few transactions and questions a second instead of several an image. Each image is acknowledged
//! only when the transaction it was in has ended.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use portreto_core::Digest;
use tokio::sync::{Mutex as Turn, oneshot};
use uuid::Uuid;

use super::{
    Catalog, Catalogued, Committed, NewJob, Write, events,
    garbage::{self, Mark},
    images, jobs, usage, variants,
};
use crate::{error::Result, image::Image, quota::Quota};

type Waiting<Q, A> = (Q, oneshot::Sender<Result<A>>);

/// Those who wait for their question to be taken along.
#[derive(Debug)]
pub(super) struct Group<Q, A> {
    waiting: Mutex<Vec<Waiting<Q, A>>>,
    turn: Turn<()>,
}

impl<Q, A> Default for Group<Q, A> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), turn: Turn::default() }
    }
}

impl<Q: Clone, A> Group<Q, A> {
    /// The answer to `question`. `answer` gives the answers to several, in their order; when it fails for several, it
    /// is asked for each by itself, since one of them may be to blame.
    async fn ask<F>(&self, question: Q, answer: impl Fn(Arc<[Q]>) -> F) -> Result<A>
    where
        F: Future<Output = Result<Vec<A>>>,
    {
        loop {
            let (tell, mut told) = oneshot::channel();
            self.lock().push((question.clone(), tell));
            let _turn = self.turn.lock().await;
            match told.try_recv() {
                Ok(answer) => return answer,
                Err(oneshot::error::TryRecvError::Empty) => {
                    let together = std::mem::take(&mut *self.lock());
                    answer_all(together, &answer).await;
                    if let Ok(answer) = told.try_recv() {
                        return answer;
                    }
                }
                // Whoever took it along was dropped in the middle. Asking again tells what became of it.
                Err(oneshot::error::TryRecvError::Closed) => {}
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Waiting<Q, A>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer_all<Q: Clone, A, F>(
    mut together: Vec<Waiting<Q, A>>,
    answer: &impl Fn(Arc<[Q]>) -> F,
) where
    F: Future<Output = Result<Vec<A>>>,
{
    together.retain(|(_, tell)| !tell.is_closed());
    let (questions, tell): (Vec<Q>, Vec<_>) = together.into_iter().unzip();
    let questions: Arc<[Q]> = questions.into();
    if questions.len() > 1
        && let Ok(answers) = answer(questions.clone()).await
    {
        for (tell, answer) in tell.into_iter().zip(answers) {
            let _ = tell.send(Ok(answer));
        }
        return;
    }
    for (question, tell) in questions.iter().zip(tell) {
        let answers = answer(Arc::new([question.clone()])).await;
        if let Some(answer) = answers.map(|mut answers| answers.pop()).transpose() {
            let _ = tell.send(answer);
        }
    }
}

/// An image to be catalogued, with the jobs that were asked for and the event.
#[derive(Debug, Clone)]
pub(super) struct NewImage {
    image: Image,
    jobs: Vec<NewJob>,
    event: Uuid,
}

impl Catalog {
    /// The image with these bytes that `owner` has.
    pub(crate) async fn image_of(
        &self,
        owner: &str,
        digest: &Digest,
    ) -> Result<Option<Catalogued>> {
        let question = (owner.to_owned(), *digest);
        let answer = |asked: Arc<[(String, Digest)]>| {
            let this = self.clone();
            async move { this.images_of(&asked).await }
        };
        self.lookups.ask(question, answer).await
    }

    async fn images_of(&self, asked: &[(String, Digest)]) -> Result<Vec<Option<Catalogued>>> {
        let digests: Vec<Digest> = asked.iter().map(|(_, digest)| *digest).collect();
        let there = images::of_digests(&mut *self.readers.acquire().await?, &digests).await?;
        let find = |(owner, digest): &(String, Digest)| {
            let is_it =
                |there: &&Catalogued| there.image.digest == *digest && there.image.owner == *owner;
            there.iter().find(is_it).cloned()
        };
        Ok(asked.iter().map(find).collect())
    }

    /// Catalogues an image whose original is kept, with the jobs asked for and the event.
    pub(crate) async fn commit_image(
        &self,
        image: &Image,
        jobs: &[NewJob],
        event: Uuid,
    ) -> Result<Committed> {
        let new = NewImage { image: image.clone(), jobs: jobs.to_vec(), event };
        let commit = |together: Arc<[NewImage]>| {
            let this = self.clone();
            async move { this.commit_together(&together).await }
        };
        self.group.ask(new, commit).await
    }

    async fn commit_together(&self, together: &[NewImage]) -> Result<Vec<Committed>> {
        let mut tx = self.write().await?;
        let answers = commit(&mut tx, together, &self.quota).await?;
        tx.commit().await?;
        Ok(answers)
    }
}

async fn commit(tx: &mut Write, together: &[NewImage], quota: &Quota) -> Result<Vec<Committed>> {
    let digests: Vec<Digest> = together.iter().map(|one| one.image.digest).collect();
    let there = images::of_digests(tx, &digests).await?;
    let mut taken: HashSet<(&str, Digest)> =
        there.iter().map(|there| (&*there.image.owner, there.image.digest)).collect();
    let marks: HashMap<Digest, Mark> = garbage::reclaim(tx, &digests).await?;
    let mut answers = Vec::with_capacity(together.len());
    let mut new = Vec::with_capacity(together.len());
    let mut budget = usage::Budget::new(quota);
    for one in together {
        let image = &one.image;
        answers.push(if !taken.insert((&image.owner, image.digest)) {
            Committed::Exists
        } else if marks.get(&image.digest) == Some(&Mark::Condemned) {
            Committed::Collected
        } else {
            budget.spend(tx, &image.owner, image.bytes).await?;
            new.push(one);
            Committed::New
        });
    }
    let images: Vec<&Image> = new.iter().map(|one| &one.image).collect();
    images::insert(tx, &images, 1).await?;
    for one in &new {
        for job in &one.jobs {
            // Another owner's image may have the same original.
            if variants::find(tx, &job.key).await?.is_none() {
                jobs::enqueue(tx, job, one.image.created).await?;
            }
        }
    }
    let events: Vec<_> = new.iter().map(|one| (one.event, &one.image)).collect();
    events::images_uploaded(tx, &events).await?;
    Ok(answers)
}
