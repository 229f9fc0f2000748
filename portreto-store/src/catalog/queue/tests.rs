use std::collections::BTreeSet;

use jiff::Timestamp;
use portreto_core::ENGINE_VERSION;

use super::*;
use crate::catalog::trial::{Place, on_both_databases};
use crate::image::{Image, ImageId};

/// So long that it does not run out in a test, and one that has run out at once.
const LONG: Duration = Duration::from_mins(10);
const OUT: Duration = Duration::ZERO;

on_both_databases! {
    a_job_is_done_once_however_often_it_is_asked_for
    a_lease_that_ran_out_is_taken_over_and_the_late_end_changes_nothing
    a_job_that_brings_its_workers_down_is_dead_in_the_end_and_can_be_asked_for_again
    what_is_handed_back_has_lost_no_attempt_and_what_failed_waits
    a_job_taken_back_is_no_workers_any_more
    owners_take_turns_and_priority_is_minutes
    of_many_workers_one_gets_each_job
    jobs_are_listed_for_those_who_have_the_picture
}

struct Fixture {
    catalog: Catalog,
    _place: Place,
    next: std::cell::Cell<u128>,
}

impl Fixture {
    async fn on(place: Place) -> Self {
        Self { catalog: place.open().await, _place: place, next: 0.into() }
    }

    fn uuid(&self) -> Uuid {
        self.next.set(self.next.get() + 1);
        Uuid::from_u128(self.next.get())
    }

    fn new_job(&self, owner: &str, transform: &str) -> NewJob {
        let original = Digest::of(b"original");
        NewJob {
            id: self.uuid(),
            key: JobKey {
                original,
                transform: transform.to_owned(),
                engine_version: ENGINE_VERSION,
            },
            owner: owner.to_owned(),
            priority: 0,
            delay: Duration::ZERO,
            attempts: 3,
        }
    }

    async fn ask(&self, job: &NewJob) -> Job {
        self.catalog.ask(std::slice::from_ref(job), at(0)).await.unwrap().remove(0).unwrap()
    }

    async fn claim(&self, lease: Duration) -> Option<Claim> {
        self.catalog.claim("w", lease, at(0), || self.uuid()).await.unwrap()
    }

    async fn complete(&self, claim: &Claim) -> Completed {
        let variant = variant(claim);
        self.catalog.complete(claim, &variant, at(1), self.uuid()).await.unwrap()
    }

    async fn job(&self, id: JobId) -> Job {
        self.catalog.job(id).await.unwrap().unwrap()
    }

    async fn events(&self) -> Vec<String> {
        self.catalog.kinds_of_events().await
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn variant(claim: &Claim) -> Variant {
    Variant {
        original: claim.key.original,
        transform: claim.key.transform.clone(),
        engine_version: claim.key.engine_version,
        digest: Digest::of(claim.key.transform.as_bytes()),
        media_type: "image/png".to_owned(),
        width: 1,
        height: 2,
        bytes: 10,
    }
}

async fn a_job_is_done_once_however_often_it_is_asked_for(f: Fixture) {
    let job = f.new_job("", "a");
    let asked = f.ask(&job).await;
    assert_eq!(asked.state, JobState::Queued);
    assert_eq!(f.ask(&f.new_job("eve", "a")).await.id, asked.id, "the same variant is one job");

    let claim = f.claim(LONG).await.unwrap();
    assert!(f.claim(LONG).await.is_none(), "it is leased");
    assert_eq!(f.ask(&job).await.state, JobState::Running);
    assert_eq!(f.complete(&claim).await, Completed::Done);
    assert_eq!(f.complete(&claim).await, Completed::Fenced);
    assert_eq!(f.job(asked.id).await.state, JobState::Done);
    assert!(f.catalog.ask(&[job], at(2)).await.unwrap()[0].is_none(), "its variant is there");
    assert_eq!(f.events().await, ["portreto.variant.created"]);
}

async fn a_lease_that_ran_out_is_taken_over_and_the_late_end_changes_nothing(f: Fixture) {
    let asked = f.ask(&f.new_job("", "a")).await;
    let late = f.claim(OUT).await.unwrap();
    let second = f.claim(LONG).await.unwrap();
    assert_eq!((late.attempt, second.attempt), (1, 2));

    assert!(!f.catalog.beat(&late, LONG).await.unwrap());
    assert_eq!(f.complete(&late).await, Completed::Fenced);
    let gave_up = f.catalog.give_up(&late, JobState::Failed, "late", at(1), f.uuid()).await;
    assert_eq!(gave_up.unwrap(), Completed::Fenced);
    f.catalog.retry(&late, "late", OUT, at(1)).await.unwrap();
    f.catalog.hand_back(&late, at(1)).await.unwrap();
    let job = f.job(asked.id).await;
    assert_eq!((job.state, job.reason), (JobState::Running, None));
    assert!(f.events().await.is_empty());

    assert!(f.catalog.beat(&second, LONG).await.unwrap());
    assert_eq!(f.complete(&second).await, Completed::Done);
}

async fn a_job_that_brings_its_workers_down_is_dead_in_the_end_and_can_be_asked_for_again(
    f: Fixture,
) {
    let asked = f.ask(&f.new_job("", "poison")).await;
    let mut last = None;
    for attempt in 1..=3 {
        let claim = f.claim(OUT).await.unwrap();
        assert_eq!((claim.attempt, claim.last), (attempt, attempt == 3));
        last = Some(claim);
    }
    assert!(f.claim(OUT).await.is_none());
    let job = f.job(asked.id).await;
    assert_eq!(job.state, JobState::Dead);
    assert_eq!(job.reason.unwrap(), "its worker went silent in each of 3 attempts");
    assert_eq!(f.events().await, ["portreto.job.failed"]);

    // Numbers of attempts go on, so that the last worker of the first life is still fenced off.
    let again = f.ask(&f.new_job("", "poison")).await;
    assert_eq!((again.id, again.state), (asked.id, JobState::Queued));
    let claim = f.claim(LONG).await.unwrap();
    assert_eq!((claim.attempt, claim.last), (4, false));
    assert_eq!(f.complete(&last.unwrap()).await, Completed::Fenced);
    assert_eq!(f.complete(&claim).await, Completed::Done);
}

async fn what_is_handed_back_has_lost_no_attempt_and_what_failed_waits(f: Fixture) {
    f.ask(&f.new_job("", "a")).await;
    for attempt in 1..=10 {
        let claim = f.claim(LONG).await.unwrap();
        assert_eq!((claim.attempt, claim.last), (attempt, false));
        f.catalog.hand_back(&claim, at(1)).await.unwrap();
    }
    let claim = f.claim(LONG).await.unwrap();
    f.catalog.retry(&claim, "no luck", LONG, at(1)).await.unwrap();
    assert!(f.claim(LONG).await.is_none(), "not before its time");
    let job = f.job(claim.id).await;
    assert_eq!((job.state, job.reason.as_deref()), (JobState::Queued, Some("no luck")));
    // Whoever asks for it again does not want to wait.
    f.ask(&f.new_job("", "a")).await;
    assert!(f.claim(LONG).await.is_some());
}

async fn a_job_taken_back_is_no_workers_any_more(f: Fixture) {
    let asked = f.ask(&f.new_job("", "a")).await;
    let claim = f.claim(LONG).await.unwrap();
    let job = f.catalog.cancel_job(asked.id, at(1)).await.unwrap().unwrap();
    assert_eq!(job.state, JobState::Canceled);
    assert!(!f.catalog.beat(&claim, LONG).await.unwrap());
    assert_eq!(f.complete(&claim).await, Completed::Fenced);
    assert!(f.claim(LONG).await.is_none());
    assert!(f.catalog.cancel_job(JobId::new(f.uuid()), at(1)).await.unwrap().is_none());
}

async fn owners_take_turns_and_priority_is_minutes(f: Fixture) {
    let now = Timestamp::from_second(1_000_000).unwrap();
    let ask = async |owner: &str, transform: &str, priority: i32, minute: i64| {
        let job = NewJob { priority, ..f.new_job(owner, transform) };
        let now = Timestamp::from_second(now.as_second() + minute * 60).unwrap();
        f.catalog.ask(&[job], now).await.unwrap();
    };
    // The first owner asks for a thousand, the second one comes a little later and wants one.
    for i in 0..1_000 {
        ask("bulk", &format!("bulk-{i:04}"), 0, 0).await;
    }
    ask("one", "one", 0, 1).await;
    ask("bulk", "urgent", 2, 1).await;
    ask("old", "old", -3, 0).await;
    let mut order = Vec::new();
    while let Some(claim) = f.claim(LONG).await {
        order.push(claim.key.transform);
    }
    let place = |name: &str| order.iter().position(|n| n == name).unwrap();
    assert_eq!(order.len(), 1_003);
    // 600 of the thousand have their turn in the minute before it.
    assert!((599..=602).contains(&place("one")), "{}", place("one"));
    assert!(place("urgent") <= 1, "{}", place("urgent"));
    assert_eq!(place("old"), 1_002, "three minutes later");
}

async fn of_many_workers_one_gets_each_job(f: Fixture) {
    for i in 0..40 {
        f.ask(&f.new_job("", &i.to_string())).await;
    }
    let worker = async |name: &str| {
        let mut got = Vec::new();
        while let Some(claim) = f.catalog.claim(name, LONG, at(0), || unreachable!()).await.unwrap()
        {
            got.push(claim.key.transform.clone());
            assert_eq!(f.complete(&claim).await, Completed::Done);
        }
        got
    };
    let (a, b, c) = tokio::join!(worker("a"), worker("b"), worker("c"));
    let all: BTreeSet<String> = a.iter().chain(&b).chain(&c).cloned().collect();
    assert_eq!((all.len(), a.len() + b.len() + c.len()), (40, 40));
    assert_eq!(f.events().await.len(), 40);
}

async fn jobs_are_listed_for_those_who_have_the_picture(f: Fixture) {
    let image = |owner: &str| Image {
        id: ImageId::new(f.uuid()),
        digest: Digest::of(b"original"),
        name: "a".to_owned(),
        media_type: "image/png".to_owned(),
        width: 3,
        height: 4,
        bytes: 5,
        owner: owner.to_owned(),
        labels: BTreeSet::new(),
        created: at(1),
        fingerprint: None,
        metadata: None,
    };
    let jobs = [f.new_job("ada", "a"), f.new_job("ada", "b")];
    f.catalog.commit_image(&image("ada"), &jobs, f.uuid()).await.unwrap();
    let list = async |owner, state, before| -> Vec<String> {
        let jobs = f.catalog.jobs(owner, None, state, before, 10).await.unwrap();
        jobs.into_iter().map(|job| job.transform).collect()
    };
    assert_eq!(list(Some("ada"), None, None).await, ["b", "a"]);
    assert!(list(Some("eve"), None, None).await.is_empty());
    f.catalog.commit_image(&image("eve"), &[], f.uuid()).await.unwrap();
    assert_eq!(list(Some("eve"), Some(JobState::Queued), None).await, ["b", "a"]);
    assert_eq!(list(None, None, Some(JobId::new(jobs[1].id))).await, ["a"]);
    assert!(list(None, Some(JobState::Dead), None).await.is_empty());
    let (counts, oldest) = f.catalog.job_census().await.unwrap();
    assert_eq!((counts, oldest), (vec![(JobState::Queued, 2)], Some(at(1))));
}
