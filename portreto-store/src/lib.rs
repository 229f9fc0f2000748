//! Keeps every image in two different stores out of N, with a catalog that can be rebuilt from the
//! stores alone.
//!
//! [`Portreto`] is the facade: everything that the command line and the server do is a call of it. Below
//! it, [`replicas`] makes one of many stores, [`scrub`] compares them with what should be there, [`store`]
//! is one place by its URL, and [`envelope`] gives records their checksum.
//!
//! What [`Portreto::add`] has returned is kept: durable in two stores, its record beside it.
//!
//! # Examples
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use portreto_store::{Options, Portreto, Upload};
//!
//! # let directory = tempfile::tempdir()?;
//! # let photo = portreto_samples::jpeg_with_orientation(6, 96, 64);
//! let mut options = Options::new(directory.path());
//! options.create = true;
//! let portreto = Portreto::open(options).await?;
//!
//! let thumbnail = "resize:32x32,png".parse()?;
//! let added = portreto
//!     .add(Upload {
//!         bytes: photo.clone().into(),
//!         name: "photo.jpg".to_owned(),
//!         labels: ["holiday".to_owned()].into(),
//!         owner: String::new(),
//!         transforms: vec![thumbnail],
//!         keep_damaged: false,
//!     })
//!     .await?;
//! assert_eq!(portreto.original(&added.image).await?, photo);
//! assert_eq!(added.variants[0].as_ref().unwrap().media_type, "image/png");
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```

#[doc(hidden)]
pub mod bundle;
mod catalog;
mod clock;
#[doc(hidden)]
pub mod conformance;
mod crash;
pub mod envelope;
mod error;
mod event;
#[doc(hidden)]
pub mod faulty;
mod ids;
mod image;
mod job;
mod mutant;
mod person;
mod portreto;
mod quota;
pub mod replicas;
#[cfg(test)]
mod rig;
pub mod scrub;
pub mod store;
mod tally;

#[doc(hidden)]
pub use crate::catalog::speed;
pub use crate::{
    catalog::CopiedTable,
    clock::{Clock, ManualClock, SystemClock},
    error::{Error, ErrorKind, Result},
    event::{Cursor, DeadLetter, Event, SinkClaim, SinkState, is_kind},
    ids::{Ids, secret},
    image::{Image, ImageId, Variant},
    job::{Job, JobId, JobState, JobStep, Terms, UnknownState},
    person::{ApiKey, Person, Scope, Session},
    portreto::{
        Added, AddedLater, Alike, Checked, Checkup, CopiedCatalog, Deleted, Depth, Direct, Drained,
        Duplicates, EVENTS_LAST, FileState, Filter, JobCensus, JobFilter, JobPage, Kept, Load,
        Look, LookedAt, Measured, Options, Page, Portreto, Pulse, RebuildReport, Stats,
        StoreStatus, Upload, Wanted,
    },
    quota::{Quota, Usage},
    replicas::Replicas,
    store::{CallTally, StoreEntry, StoreState},
    tally::{RenderTally, Times},
};
