//! Keeps every image in two different stores out of N, with a catalog that can be rebuilt from the
//! stores alone.

mod catalog;
mod clock;
#[doc(hidden)]
pub mod conformance;
pub mod envelope;
mod error;
#[doc(hidden)]
pub mod faulty;
mod ids;
mod image;
mod portreto;
pub mod replicas;
#[cfg(test)]
mod rig;
pub mod scrub;
pub mod store;

pub use crate::{
    clock::{Clock, ManualClock, SystemClock},
    error::{Error, ErrorKind, Result},
    ids::Ids,
    image::{Image, ImageId, Variant},
    portreto::{
        Added, Deleted, Filter, Options, Page, Portreto, RebuildReport, Stats, StoreStatus, Upload,
    },
    replicas::Replicas,
    store::{StoreEntry, StoreState},
};
