//! Two replicas of everything: what a store promises, which stores hold a blob, and what must be done
//! to make it so again. Contracts and pure decisions only; `portreto-store` carries them out.
//!
//! - [`BlobStore`] is the contract of one store, [`Key`] the names of all that is kept in it.
//! - [`rank`] gives the placement: the order of the stores for a key, the same on every machine.
//! - [`plan`] decides, from who holds what, which faults there are and which [`Step`]s mend them.

mod blob_store;
mod key;
mod placement;
mod plan;
mod store_id;

pub use self::{
    blob_store::{BlobStore, Head, Listed, Shards, StoreError, StoreErrorKind},
    key::{Key, Replication, Shard, Space, VariantKey},
    placement::{Member, rank},
    plan::{Fault, Holder, Holding, Plan, Step, Wanted, plan},
    store_id::{ParseStoreIdError, StoreId},
};
