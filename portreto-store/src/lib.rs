//! Keeps every image in two different stores out of N, with a catalog that can be rebuilt from the
//! stores alone.

mod catalog;
mod error;
mod image;
mod portreto;

pub use crate::{
    error::{Error, ErrorKind, Result},
    image::{Image, ImageId, Variant},
    portreto::{
        Added, Deleted, Filter, Options, Page, Portreto, RebuildReport, Stats, StoreState,
        StoreStatus, Upload,
    },
};
