//! What is asked of the catalog together.
//!
//! A transaction ends with a wait for the disk, whatever is in it, and every question goes to the thread of a
//! connection and back. While one is under way, those that come meanwhile gather, and whoever is next takes them all along:
//! a bulk upload costs a few transactions and questions a second instead of several an image. Each image is acknowledged
//! only when the transaction it was in has ended.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use portreto_core::Digest;
use tokio::{
    sync::{Mutex as Turn, Notify, OnceCell, oneshot},
    time::Instant,
};
use uuid::Uuid;

use super::{
    Catalog, Catalogued, Committed, JobKey, NewJob,
    database::{Locks, Write, retried},
    events,
    garbage::{self, Mark},
    images, jobs, usage, variants,
};
use crate::{
    bundle,
    error::Result,
    image::{Image, Variant},
    quota::Quota,
};

type Waiting<Q, A> = (Q, oneshot::Sender<Result<A>>);

/// Those who wait for their question to be taken along.
#[derive(Debug)]
pub(super) struct Group<Q, A> {
    waiting: Mutex<Vec<Waiting<Q, A>>>,
    turn: Turn<()>,
    /// How many have said that they will come, with those who wait.
    expected: AtomicUsize,
    /// Told of each who comes.
    came: Notify,
}

/// As many as are worth taking along at once: whoever is next does not wait for more.
const ENOUGH: usize = 64;
/// How long whoever is next waits for others who are expected.
const LINGER: Duration = Duration::from_millis(50);

/// Somebody who will come, until it is dropped.
#[derive(Debug)]
pub(crate) struct Expected(Arc<Group<NewImage, CommittedImage>>);

impl Drop for Expected {
    fn drop(&mut self) {
        self.0.expected.fetch_sub(1, Ordering::Relaxed);
        self.0.came.notify_one();
    }
}

impl<Q, A> Default for Group<Q, A> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            turn: Turn::default(),
            expected: AtomicUsize::new(0),
            came: Notify::new(),
        }
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
            self.came.notify_one();
            let _turn = self.turn.lock().await;
            match told.try_recv() {
                Ok(answer) => return answer,
                Err(oneshot::error::TryRecvError::Empty) => {
                    self.linger().await;
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

    /// Waits for others who are expected, while most of them have not come: records of many are one object, and one who is alone
    /// waits for nobody.
    async fn linger(&self) {
        let until = Instant::now() + LINGER;
        loop {
            let n_waiting = self.lock().len();
            if n_waiting >= ENOUGH || 2 * n_waiting >= self.expected.load(Ordering::Relaxed) {
                return;
            }
            if tokio::time::timeout_at(until, self.came.notified()).await.is_err() {
                return;
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

/// The records of the images that were catalogued together, to be kept before any of them is acknowledged.
#[derive(Debug)]
pub(crate) struct NewBundle {
    pub(crate) digest: Digest,
    pub(crate) bytes: Bytes,
    /// Set when it is kept: whoever is first does it for all.
    pub(crate) kept: OnceCell<()>,
}

/// What became of an image, and what its record is to be kept in together with others', if anything.
pub(super) type CommittedImage = (Committed, Option<Arc<NewBundle>>);

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
        let there = images::of_digests(&mut self.read().await?, &digests).await?;
        let find = |(owner, digest): &(String, Digest)| {
            let is_it =
                |there: &&Catalogued| there.image.digest == *digest && there.image.owner == *owner;
            there.iter().find(is_it).cloned()
        };
        Ok(asked.iter().map(find).collect())
    }

    /// The variant of this identity.
    pub(crate) async fn variant(&self, key: &JobKey) -> Result<Option<Variant>> {
        let answer = |asked: Arc<[JobKey]>| {
            let this = self.clone();
            async move { variants::find_all(&mut this.read().await?, &asked).await }
        };
        self.variant_lookups.ask(key.clone(), answer).await
    }

    /// Says that an image will be catalogued soon: those that come at about the same time are catalogued together.
    pub(crate) fn expect_image(&self) -> Expected {
        self.group.expected.fetch_add(1, Ordering::Relaxed);
        Expected(self.group.clone())
    }

    /// Catalogues an image whose original is kept, with the jobs asked for and the event.
    pub(crate) async fn commit_image(
        &self,
        image: &Image,
        jobs: &[NewJob],
        event: Uuid,
    ) -> Result<CommittedImage> {
        let new = NewImage { image: image.clone(), jobs: jobs.to_vec(), event };
        let commit = |together: Arc<[NewImage]>| {
            let this = self.clone();
            async move { this.commit_together(&together).await }
        };
        self.group.ask(new, commit).await
    }

    async fn commit_together(&self, together: &[NewImage]) -> Result<Vec<CommittedImage>> {
        retried!(async {
            let mut tx = self.write().await?;
            let answers = commit(&mut tx, together, &self.quota).await?;
            tx.commit().await?;
            Ok(answers)
        })
    }
}

async fn commit(
    tx: &mut Write,
    together: &[NewImage],
    quota: &Quota,
) -> Result<Vec<CommittedImage>> {
    let digests: Vec<Digest> = together.iter().map(|one| one.image.digest).collect();
    let locks = together.iter().fold(Locks::default(), |locks, NewImage { image, .. }| {
        locks.owner(&image.owner).refers(&image.digest)
    });
    locks.take(tx).await?;
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
    let bundle = bundle_of(&images)?;
    images::insert(tx, &images, 1, bundle.as_ref().map(|bundle| &bundle.digest)).await?;
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
    let with_bundle = |answer| match answer {
        Committed::New => (answer, bundle.clone()),
        Committed::Exists | Committed::Collected => (answer, None),
    };
    Ok(answers.into_iter().map(with_bundle).collect())
}

/// What the records of new images are kept in, when they are many enough.
fn bundle_of(images: &[&Image]) -> Result<Option<Arc<NewBundle>>> {
    if images.len() < bundle::FEWEST {
        return Ok(None);
    }
    let new = |image: &&Image| Catalogued { image: (*image).clone(), revision: 1, bundle: None };
    let sealed = bundle::seal(&images.iter().map(new).collect::<Vec<_>>())?;
    let bundle = |(digest, bytes)| NewBundle { digest, bytes, kept: OnceCell::new() };
    Ok(sealed.map(bundle).map(Arc::new))
}
