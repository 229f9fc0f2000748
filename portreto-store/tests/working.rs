//! Variants that are left to workers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, fs, future::pending, path::Path, time::Duration};

use portreto_store::{
    ErrorKind, Job, JobFilter, JobState, Options, Portreto, Terms, Upload, Wanted,
};
use tokio::sync::oneshot;

const PATIENCE: Duration = Duration::from_mins(1);

async fn open(home: &Path) -> Portreto {
    let mut options = Options::new(home);
    options.create = true;
    options.threads = 2;
    options.catalog = portreto_scratch_postgres::catalog_of(home, module_path!());
    options.terms = Terms { attempts: 3, backoff: Duration::ZERO, ..Terms::default() };
    Portreto::open(options).await.unwrap()
}

fn upload(transforms: &[&str]) -> Upload {
    Upload {
        bytes: portreto_samples::jpeg_with_orientation(1, 96, 64).into(),
        name: "photo.jpg".to_owned(),
        labels: BTreeSet::new(),
        owner: String::new(),
        transforms: transforms.iter().map(|text| text.parse().unwrap()).collect(),
        keep_damaged: false,
    }
}

fn job(wanted: &Wanted) -> Job {
    match wanted {
        Wanted::Queued(job) => job.clone(),
        Wanted::Kept(variant) => panic!("{} is there", variant.transform),
    }
}

async fn ended(portreto: &Portreto, job: &Job) -> Job {
    let job = portreto.await_end(job.clone(), PATIENCE).await.unwrap().unwrap();
    assert!(job.state.is_final(), "{job:?}");
    job
}

#[tokio::test]
async fn workers_make_what_was_asked_for_with_an_upload_and_after_it() {
    let home = tempfile::tempdir().unwrap();
    let portreto = open(home.path()).await;
    let added = portreto
        .add_later(upload(&["resize:20x20,png", "caption:{id},png", "crop:10x10@4000x0,png"]))
        .await
        .unwrap();
    let jobs: Vec<Job> = added.variants.iter().map(job).collect();
    assert_eq!(portreto.stats().await.unwrap().queued_jobs, 3);
    assert!(portreto.made_by(&jobs[0]).await.unwrap().is_none());

    // Another process of the same home does the work.
    let worker = open(home.path()).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let work = tokio::spawn(async move {
        worker.work(2, async { drop(stopped.await) }).await;
    });
    assert_eq!(ended(&portreto, &jobs[0]).await.state, JobState::Done);
    assert_eq!(ended(&portreto, &jobs[1]).await.state, JobState::Done);
    let failed = ended(&portreto, &jobs[2]).await;
    assert_eq!((failed.state, failed.attempts), (JobState::Failed, 1));
    assert!(failed.reason.unwrap().contains("crop"));
    let variant = portreto.made_by(&jobs[0]).await.unwrap().unwrap();
    assert_eq!((variant.width, variant.height), (20, 13));
    assert!(jobs[1].transform.contains(&added.image.id.to_string()), "{}", jobs[1].transform);

    // Asked for again, what is there is no job; uploaded again, neither.
    let resize = ["resize:20x20,png".parse().unwrap()];
    let again = portreto.request(&added.image, &resize, 0).await.unwrap();
    assert!(matches!(&again[..], [Wanted::Kept(there)] if *there == variant));
    let again = portreto.add_later(upload(&["resize:20x20,png", "resize:10x10,png"])).await;
    let again = again.unwrap();
    assert!(again.already_there);
    assert!(matches!(&again.variants[0], Wanted::Kept(_)));
    assert_eq!(ended(&portreto, &job(&again.variants[1])).await.state, JobState::Done);
    stop.send(()).unwrap();
    work.await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_kept_is_tried_again_and_dead_in_the_end() {
    let home = tempfile::tempdir().unwrap();
    let portreto = open(home.path()).await;
    let added = portreto.add_later(upload(&["resize:20x20,png"])).await.unwrap();
    let queued = job(&added.variants[0]);
    // Reading goes on, writing twice does not.
    let url = portreto.stores()[0].url.strip_prefix("file://").unwrap().to_owned();
    fs::rename(&url, home.path().join("away")).unwrap();
    let worker = open(home.path()).await;
    let _work = tokio::spawn(async move { worker.work(1, pending()).await });
    let dead = ended(&portreto, &queued).await;
    assert_eq!((dead.state, dead.attempts), (JobState::Dead, 3));
    let filter = JobFilter { state: Some(JobState::Dead), ..JobFilter::default() };
    assert_eq!(portreto.jobs(&filter, None, 9).await.unwrap().jobs, std::slice::from_ref(&dead));

    fs::rename(home.path().join("away"), &url).unwrap();
    let worker = open(home.path()).await;
    let _work = tokio::spawn(async move { worker.work(1, pending()).await });
    // The other worker may take it and fail for as long as it believes the store away.
    let mut state = JobState::Dead;
    for _ in 0..100 {
        let again = portreto.rerun_job("", dead.id).await.unwrap();
        state = ended(&portreto, &again).await.state;
        if state == JobState::Done {
            break;
        }
    }
    assert_eq!(state, JobState::Done);
}

#[tokio::test]
async fn jobs_outlive_their_worker_and_their_process() {
    let home = tempfile::tempdir().unwrap();
    let queued = {
        let portreto = open(home.path()).await;
        let added = portreto.add_later(upload(&["resize:20x20,png"])).await.unwrap();
        // Stopped at once, or in the middle: it is handed back.
        portreto.work(1, async {}).await;
        let (stop, stopped) = oneshot::channel::<()>();
        let queued = job(&added.variants[0]);
        let changed = async {
            portreto.await_change(&queued, PATIENCE).await.unwrap();
            stop.send(()).unwrap();
        };
        tokio::join!(portreto.work(1, async { drop(stopped.await) }), changed);
        let (now, _) = portreto.job("", queued.id).await.unwrap();
        assert!(matches!(now.state, JobState::Queued | JobState::Done), "{now:?}");
        portreto.close().await;
        queued
    };
    let portreto = open(home.path()).await;
    let worker = portreto.clone();
    let _work = tokio::spawn(async move { worker.work(1, pending()).await });
    assert_eq!(ended(&portreto, &queued).await.state, JobState::Done);
}

#[tokio::test]
async fn a_job_is_seen_by_those_who_have_the_picture_and_taken_back_by_who_asked() {
    let home = tempfile::tempdir().unwrap();
    let portreto = open(home.path()).await;
    let ada = Upload { owner: "ada".to_owned(), ..upload(&["resize:20x20,png"]) };
    let queued = job(&portreto.add_later(ada).await.unwrap().variants[0]);
    let not_found = portreto.job("eve", queued.id).await.unwrap_err();
    assert_eq!(not_found.kind(), ErrorKind::NotFound);
    assert_eq!(
        portreto.cancel_job("eve", queued.id).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );

    let eve = Upload { owner: "eve".to_owned(), ..upload(&[]) };
    portreto.add_later(eve).await.unwrap();
    assert_eq!(portreto.job("eve", queued.id).await.unwrap().0, queued);
    assert_eq!(
        portreto.cancel_job("eve", queued.id).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    let canceled = portreto.cancel_job("ada", queued.id).await.unwrap();
    assert_eq!(canceled.state, JobState::Canceled);
    assert_eq!(portreto.rerun_job("ada", queued.id).await.unwrap().state, JobState::Queued);
}
