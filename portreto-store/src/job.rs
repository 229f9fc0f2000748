//! Jobs, as the catalog knows them.

use std::{fmt, str::FromStr, time::Duration};

use jiff::Timestamp;
use portreto_core::Digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(Uuid);

impl JobId {
    /// The id that this UUID is.
    #[must_use]
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for JobId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self)
    }
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum JobState {
    /// It waits for a worker, or for the time of its next attempt.
    Queued,
    /// A worker has it.
    Running,
    /// The variant is kept.
    Done,
    /// It cannot be done: the picture or the transform is at fault. Trying again would not help.
    Failed,
    /// It was tried as often as it may be.
    Dead,
    /// It was taken back.
    Canceled,
}

impl JobState {
    /// All states.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Dead, Self::Canceled];

    /// The word for it, lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Canceled => "canceled",
        }
    }

    /// Whether nothing more happens unless it is asked for again.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for JobState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or(UnknownState)
    }
}

/// A word that is no [`JobState`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownState;

impl fmt::Display for UnknownState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a job is queued, running, done, failed, dead or canceled")
    }
}

impl std::error::Error for UnknownState {}

/// What is being done to a job that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum JobStep {
    /// The original is read from a store.
    Reading,
    /// The variant is made, or waits for a renderer.
    Rendering,
    /// The variant is put into two stores.
    Keeping,
}

impl JobStep {
    /// All, in their order.
    pub const ALL: [Self; 3] = [Self::Reading, Self::Rendering, Self::Keeping];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Rendering => "rendering",
            Self::Keeping => "keeping",
        }
    }
}

/// A transform to be run by some worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The digest of the original.
    pub original: Digest,
    /// The canonical text of the transform.
    pub transform: String,
    /// The engine that is to make it.
    pub engine_version: u32,
    /// Who asked for it first.
    pub owner: String,
    /// How far it is.
    pub state: JobState,
    /// The higher, the sooner.
    pub priority: i32,
    /// What is being done, when it runs and the step takes a noticeable time.
    #[serde(skip)]
    pub step: Option<JobStep>,
    /// How often it was begun.
    pub attempts: u32,
    /// Why it failed, or why the last attempt did.
    pub reason: Option<String>,
    /// When it was asked for.
    pub created: Timestamp,
    /// When its state last changed.
    pub changed: Timestamp,
}

/// How patient the queue is with workers and with jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// How long a worker may be silent before another one takes its job over.
    pub lease: Duration,
    /// How often a job is begun before it is dead.
    pub attempts: u32,
    /// How long to wait after the first failure; twice as long after each further one, five minutes at most.
    pub backoff: Duration,
    /// How long an upload that makes its variants itself keeps workers off them.
    pub head_start: Duration,
}

impl Default for Terms {
    /// A lease of 30 s, 5 attempts, 1 s after the first failure, and a minute of head start.
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            attempts: 5,
            backoff: Duration::from_secs(1),
            head_start: Duration::from_mins(1),
        }
    }
}
