//! The attached stores as one: every key in two of them, and back again whatever single one is away.

mod breaker;
mod check;
mod error;
mod faults;
mod found;
mod heal;
mod inspect;
mod member;
mod pace;
mod race;
mod read;
mod write;

use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use portreto_core::{
    Digest,
    replica::{Key, Member as Ranked, StoreError, StoreId, rank},
};
use uuid::Uuid;

pub use self::{
    check::{Version, check},
    error::{Refusal, ReplicaError, ReplicaErrorKind},
    faults::FaultCounts,
    found::{initialise, initialise_at},
    write::{Kept, Removed},
};
pub(crate) use self::{
    error::Reason,
    heal::set_aside,
    inspect::{Inspection, Look, Looked},
    member::{Member, Reached},
};
use self::{heal::Infirmary, member::Call};
use crate::store::{self, CallTally, Marker, Place, StoreEntry};

/// Opens the place at a URL. The default is [`store::open`]; tests put faults in between.
pub type Opener = Arc<dyn Fn(&str) -> Result<Arc<dyn Place>, StoreError> + Send + Sync>;

/// The attached stores. Cheap to clone; all clones are the same.
///
/// Every operation works on the stores as they were when it began; [`Replicas::set`] changes them for the
/// operations that come after.
#[derive(Clone)]
pub struct Replicas {
    inner: Arc<Inner>,
}

struct Inner {
    opener: Opener,
    members: RwLock<Arc<Members>>,
    faults: faults::Faults,
    hedges: pace::HedgeBudget,
    infirmary: Infirmary,
    accepts_one: AtomicBool,
}

/// The stores at one moment.
#[derive(Debug, Default)]
pub(crate) struct Members {
    pub(crate) list: Vec<Arc<Member>>,
    ranked: Vec<Ranked>,
}

/// An attached store and whether it can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The store.
    pub entry: StoreEntry,
    /// Why it cannot be used now; none when it can.
    pub away: Option<String>,
    /// Why it takes no new copies now, although it may be read: full, read-only, failing; none when it does.
    pub read_only: Option<String>,
    /// The time that nearly all (95 %) of its last answers to reads took at most; none before there were a few.
    pub read_p95: Option<Duration>,
}

impl Replicas {
    /// Attaches these stores, reading their markers. A store that is not there, or is another one than its
    /// entry says, stays in the list as away and is looked at again from time to time.
    pub async fn attach(entries: Vec<StoreEntry>) -> Self {
        Self::attach_with(Arc::new(store::open), entries).await
    }

    /// The same with another way to open a URL.
    pub async fn attach_with(opener: Opener, entries: Vec<StoreEntry>) -> Self {
        let inner = Inner {
            opener,
            members: RwLock::default(),
            faults: faults::Faults::default(),
            hedges: pace::HedgeBudget::new(),
            infirmary: Infirmary::new(),
            accepts_one: AtomicBool::new(false),
        };
        let this = Self { inner: Arc::new(inner) };
        this.set(entries).await;
        this
    }

    /// Replaces the set of stores. Stores that were attached before, with the same URL and identity, keep
    /// what is known of them.
    pub async fn set(&self, entries: Vec<StoreEntry>) {
        let before = self.members();
        let kept = |entry: &StoreEntry| before.list.iter().find(|m| m.entry == *entry).cloned();
        let list: Vec<Arc<Member>> = entries
            .into_iter()
            .map(|entry| kept(&entry).unwrap_or_else(|| Arc::new(Member::new(entry))))
            .collect();
        join_all(list.iter().map(|member| member.reach(&self.inner.opener))).await;
        let ranked = list
            .iter()
            .map(|m| Ranked { id: m.entry.id.clone(), weight: m.entry.weight })
            .collect();
        *self.inner.members.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Members { list, ranked });
    }

    /// Looks at every store again now, and forgets which ones took no copies.
    pub async fn refresh(&self) {
        let members = self.members();
        join_all(members.list.iter().map(|member| {
            member.forgive_writes();
            member.look(&self.inner.opener)
        }))
        .await;
    }

    /// Whether a put that only one store takes is accepted from now on, instead of refused. [`Kept::owed`] then names the
    /// stores that must have the second copy, and what is kept once may be lost with that one store.
    pub fn accept_one(&self, accept: bool) {
        self.inner.accepts_one.store(accept, Ordering::Relaxed);
    }

    /// The attached stores and how they are, in the order they were given.
    #[must_use]
    pub fn stores(&self) -> Vec<Attached> {
        let attached = |m: &Arc<Member>| Attached {
            entry: m.entry.clone(),
            away: m.away(),
            read_only: m.refuses_writes(),
            read_p95: m.p95(),
        };
        self.members().list.iter().map(attached).collect()
    }

    /// What was asked of each attached store since then, in the order they were given.
    #[must_use]
    pub fn calls(&self) -> Vec<(StoreId, Vec<CallTally>)> {
        self.members().list.iter().map(|m| (m.id().clone(), m.calls())).collect()
    }

    /// A URL at which a store gives `key` to whoever has it, until it expires: of the first store in the order of placement
    /// that says that it has the key and makes such URLs. See [`Place::presign_get`].
    pub async fn presigned(&self, key: &Key, lasts: Duration) -> Option<url::Url> {
        for member in self.members().order(key) {
            let Ok(reached) = self.reached(&member).await else { continue };
            // Makes none, and need not be asked whether it has it.
            let Ok(Some(url)) = reached.place.presign_get(key, lasts).await else { continue };
            if reached.noted(reached.store().head(key).await).is_ok() {
                return Some(url);
            }
        }
        None
    }

    /// The store with this id, if it is attached and can be used now.
    ///
    /// # Errors
    ///
    /// Offline with the reason when it cannot be used, and when there is no such store.
    pub async fn store(&self, id: &StoreId) -> Result<Arc<dyn Place>, StoreError> {
        let members = self.members();
        match members.list.iter().find(|member| member.id() == id) {
            Some(member) => member.reach(&self.inner.opener).await,
            None => Err(StoreError::new(
                portreto_core::replica::StoreErrorKind::Offline,
                format!("no store {id} is attached"),
            )),
        }
    }

    /// Writes the present set of stores into the marker of every store that answers, so that each can say
    /// where the others are. Returns the stores that could not be written.
    pub async fn write_markers(&self) -> Vec<Refusal> {
        let members = self.members();
        let peers: Vec<StoreEntry> = members.list.iter().map(|m| m.entry.clone()).collect();
        let writes = members.list.iter().map(|member| async {
            let result = self.write_marker(member, peers.clone()).await;
            result.err().map(|reason| Refusal { store: member.id().clone(), reason })
        });
        join_all(writes).await.into_iter().flatten().collect()
    }

    /// What reads found wrong since the stores were attached.
    #[must_use]
    pub fn faults(&self) -> FaultCounts {
        self.inner.faults.counts()
    }

    /// Whether `image` is known to be deleted: whether any store that answers has its tombstone, whole or
    /// damaged (its name alone says enough).
    pub async fn is_deleted(&self, original: &Digest, image: Uuid) -> bool {
        let key = &Key::Tombstone { original: *original, image };
        let heads = self.members().list.clone().into_iter().map(|member| async move {
            match self.reached(&member).await {
                Ok(reached) => reached.noted(reached.store().head(key).await).is_ok(),
                Err(_) => false,
            }
        });
        join_all(heads).await.contains(&true)
    }

    async fn write_marker(
        &self,
        member: &Arc<Member>,
        peers: Vec<StoreEntry>,
    ) -> Result<(), StoreError> {
        let reached = self.reached(member).await?;
        let store::Survey::Store(old) = reached.noted(reached.place.survey().await)? else {
            return Err(StoreError::new(
                portreto_core::replica::StoreErrorKind::Offline,
                format!("{} has lost its marker", member.entry.url),
            ));
        };
        let marker = Marker::new(&member.entry, old.created, peers);
        if marker == old {
            return Ok(());
        }
        reached.noted_write(reached.place.found(&marker).await)
    }

    pub(crate) fn opener(&self) -> &Opener {
        &self.inner.opener
    }

    pub(crate) fn members(&self) -> Arc<Members> {
        self.inner.members.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) async fn reached(&self, member: &Arc<Member>) -> Result<Reached, StoreError> {
        let place = member.reach(&self.inner.opener).await?;
        Ok(Reached { member: member.clone(), place })
    }
}

impl Members {
    /// All stores in the order of placement for `key`.
    pub(crate) fn order(&self, key: &Key) -> Vec<Arc<Member>> {
        let Some(digest) = key.placed_by() else { return self.list.clone() };
        let find = |id: &StoreId| self.list.iter().find(|member| member.id() == id).cloned();
        rank(digest, &self.ranked).into_iter().filter_map(find).collect()
    }
}

impl fmt::Debug for Replicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replicas").field("members", &self.members()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
