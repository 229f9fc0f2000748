//! Repair planning: from who holds what to what is wrong and what must be done, one key at a time.
//!
//! Pure: the same view gives the same plan. The order of the steps is the safety: bad bytes are set
//! aside, good ones copied, and only then surplus ones removed, so that stopping after any step, or
//! failing one, leaves at least as many good copies as there were. Whoever carries a plan out stops at
//! the first step that fails.

use serde::Serialize;

use super::store_id::StoreId;

/// What one store holds of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Holding {
    /// The right bytes.
    Good,
    /// Other bytes than the key promises.
    Corrupt,
    /// Nothing.
    Absent,
    /// The store did not say.
    Unknown,
}

/// One store's part in the view of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The store.
    pub store: StoreId,
    /// What it holds.
    pub holding: Holding,
    /// Whether new copies may be put there: false for a store that is draining.
    pub accepts: bool,
}

/// Where a key should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// In the first two stores of its placement that answer.
    Two,
    /// In every store that answers.
    Every,
    /// Nowhere: it was deleted, or nothing refers to it any more.
    Nowhere,
}

/// What is wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// A copy is missing from this store and there are too few others.
    Missing {
        /// Where it should be.
        store: StoreId,
    },
    /// This store holds other bytes than the key promises.
    Corrupt {
        /// Where they are.
        store: StoreId,
    },
    /// There are enough copies, but this one belongs elsewhere.
    Misplaced {
        /// Where it is.
        store: StoreId,
        /// Where it belongs.
        belongs: StoreId,
    },
    /// One copy more than wanted.
    Surplus {
        /// Where it is.
        store: StoreId,
    },
    /// Nothing refers to it any more.
    Orphaned {
        /// Where it is.
        store: StoreId,
    },
    /// No store that answered has a good copy.
    Lost,
}

/// One thing to do about a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// Move bad bytes out of the way, keeping them.
    SetAside {
        /// Where they are.
        store: StoreId,
    },
    /// Copy good bytes, checked on the way.
    Copy {
        /// A store with a good copy.
        from: StoreId,
        /// A store without one.
        to: StoreId,
    },
    /// Remove a copy that is not wanted.
    Delete {
        /// Where it is.
        store: StoreId,
    },
}

/// What is wrong with a key and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// What is wrong. Empty when all is as wanted, as far as the stores answered.
    pub faults: Vec<Fault>,
    /// What to do, in this order, stopping at the first failure.
    pub steps: Vec<Step>,
}

/// Decides what is wrong with a key and what must be done.
///
/// `holders` are all known stores in the key's placement order, stores that accept nothing included.
/// A store whose holding is unknown is left alone: it is neither counted, written nor cleaned.
#[must_use]
pub fn plan(wanted: Wanted, holders: &[Holder]) -> Plan {
    match wanted {
        Wanted::Two => {
            let targets: Vec<&Holder> = answering(holders).filter(|h| h.accepts).take(2).collect();
            let may_remove = targets.len() == 2;
            keep(holders, &targets, may_remove)
        }
        Wanted::Every => keep(holders, &answering(holders).collect::<Vec<_>>(), false),
        Wanted::Nowhere => remove(holders),
    }
}

fn answering(holders: &[Holder]) -> impl Iterator<Item = &Holder> {
    holders.iter().filter(|holder| holder.holding != Holding::Unknown)
}

fn keep(holders: &[Holder], targets: &[&Holder], may_remove: bool) -> Plan {
    let mut plan = Plan::default();
    let with = |holding| holders.iter().filter(move |h: &&Holder| h.holding == holding);
    for holder in with(Holding::Corrupt) {
        plan.faults.push(Fault::Corrupt { store: holder.store.clone() });
    }
    let Some(source) = with(Holding::Good).next() else {
        // Bad bytes stay where they are: someone may yet read something out of them.
        plan.faults.push(Fault::Lost);
        return plan;
    };

    let strays: Vec<&Holder> =
        with(Holding::Good).filter(|good| !targets.iter().any(|t| t.store == good.store)).collect();
    let lacking = || targets.iter().filter(|target| target.holding != Holding::Good);
    // A stray copy stands in for a target that lacks one: misplaced, not missing.
    let mut stand_ins = strays.iter();
    for target in lacking() {
        match stand_ins.next() {
            Some(stray) => plan.faults.push(Fault::Misplaced {
                store: stray.store.clone(),
                belongs: target.store.clone(),
            }),
            None if target.holding == Holding::Absent => {
                plan.faults.push(Fault::Missing { store: target.store.clone() });
            }
            None => {}
        }
    }
    if may_remove {
        let surplus = stand_ins.map(|stray| Fault::Surplus { store: stray.store.clone() });
        plan.faults.extend(surplus);
    }

    for holder in with(Holding::Corrupt) {
        plan.steps.push(Step::SetAside { store: holder.store.clone() });
    }
    for target in lacking() {
        plan.steps.push(Step::Copy { from: source.store.clone(), to: target.store.clone() });
    }
    if may_remove {
        let removals = strays.iter().map(|stray| Step::Delete { store: stray.store.clone() });
        plan.steps.extend(removals);
    }
    plan
}

fn remove(holders: &[Holder]) -> Plan {
    let held = || {
        let holding = |h: &&Holder| matches!(h.holding, Holding::Good | Holding::Corrupt);
        holders.iter().filter(holding).map(|holder| holder.store.clone())
    };
    Plan {
        faults: held().map(|store| Fault::Orphaned { store }).collect(),
        steps: held().map(|store| Step::Delete { store }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn any_holding() -> impl Strategy<Value = Holding> {
        prop_oneof![
            4 => Just(Holding::Good),
            2 => Just(Holding::Corrupt),
            4 => Just(Holding::Absent),
            1 => Just(Holding::Unknown),
        ]
    }

    fn any_holders() -> impl Strategy<Value = Vec<Holder>> {
        vec((any_holding(), prop::bool::weighted(0.8)), 1..7).prop_map(|stores| {
            let holder = |(i, (holding, accepts))| Holder {
                store: format!("s{i}").parse().unwrap(),
                holding,
                accepts,
            };
            stores.into_iter().enumerate().map(holder).collect()
        })
    }

    fn good(holders: &[Holder]) -> usize {
        holders.iter().filter(|h| h.holding == Holding::Good).count()
    }

    /// What a step does to the view, and whether it was sane to ask for it.
    fn apply(holders: &mut [Holder], step: &Step) -> Result<(), TestCaseError> {
        let before: BTreeMap<_, _> = holders.iter().map(|h| (h.store.clone(), h.holding)).collect();
        let mut set = |store: &StoreId, holding| {
            let holder = holders.iter_mut().find(|h| h.store == *store).unwrap();
            prop_assert_ne!(
                holder.holding,
                Holding::Unknown,
                "touched a store that did not answer"
            );
            holder.holding = holding;
            Ok(())
        };
        match step {
            Step::SetAside { store } => {
                prop_assert_eq!(before[store], Holding::Corrupt);
                set(store, Holding::Absent)
            }
            Step::Copy { from, to } => {
                prop_assert_eq!(before[from], Holding::Good, "copied from a bad copy");
                prop_assert_eq!(before[to], Holding::Absent, "overwrote something");
                set(to, Holding::Good)
            }
            Step::Delete { store } => set(store, Holding::Absent),
        }
    }

    proptest! {
        #[test]
        fn two_good_copies_in_the_right_places_and_never_fewer_than_before(mut holders in any_holders()) {
            let start = holders.clone();
            let planned = plan(Wanted::Two, &holders);
            for step in &planned.steps {
                apply(&mut holders, step)?;
                // Stopping here must not have cost anything.
                prop_assert!(good(&holders) >= good(&start).min(2), "{:?}", planned);
            }
            let targets: Vec<_> = start
                .iter().filter(|h| h.accepts && h.holding != Holding::Unknown).take(2).collect();
            if good(&start) > 0 {
                for target in &targets {
                    let now = holders.iter().find(|h| h.store == target.store).unwrap();
                    prop_assert_eq!(now.holding, Holding::Good);
                }
                if targets.len() == 2 {
                    prop_assert_eq!(good(&holders), 2);
                }
                prop_assert_eq!(plan(Wanted::Two, &holders), Plan::default(), "not idempotent");
                prop_assert_eq!(planned.faults.is_empty(), planned.steps.is_empty());
            } else {
                prop_assert!(planned.steps.is_empty(), "nothing good to work with, so nothing is touched");
                prop_assert!(planned.faults.contains(&Fault::Lost));
            }
        }

        #[test]
        fn every_store_that_answers_gets_a_copy_and_none_loses_one(mut holders in any_holders()) {
            let start = good(&holders);
            let planned = plan(Wanted::Every, &holders);
            for step in &planned.steps {
                let removes = matches!(step, Step::Delete { .. });
                prop_assert!(!removes, "removed a copy");
                apply(&mut holders, step)?;
            }
            if start > 0 {
                prop_assert!(answering(&holders).all(|h| h.holding == Holding::Good));
            }
        }

        #[test]
        fn what_is_not_wanted_goes_from_every_store_that_answers(mut holders in any_holders()) {
            for step in &plan(Wanted::Nowhere, &holders).steps {
                apply(&mut holders, step)?;
            }
            prop_assert!(answering(&holders).all(|h| h.holding == Holding::Absent));
            prop_assert_eq!(plan(Wanted::Nowhere, &holders), Plan::default());
        }
    }

    #[test]
    fn names_each_fault() {
        use Holding::{Absent, Corrupt, Good, Unknown};
        let faults = |holdings: &[Holding]| {
            let holder = |(i, &holding)| Holder {
                store: format!("s{i}").parse().unwrap(),
                holding,
                accepts: true,
            };
            let holders: Vec<_> = holdings.iter().enumerate().map(holder).collect();
            plan(Wanted::Two, &holders).faults
        };
        let s = |i: u8| -> StoreId { format!("s{i}").parse().unwrap() };
        assert_eq!(faults(&[Good, Good, Absent]), []);
        assert_eq!(faults(&[Good, Absent, Absent]), [Fault::Missing { store: s(1) }]);
        assert_eq!(faults(&[Good, Corrupt, Absent]), [Fault::Corrupt { store: s(1) }]);
        assert_eq!(faults(&[Good, Good, Good]), [Fault::Surplus { store: s(2) }]);
        assert_eq!(
            faults(&[Good, Absent, Good]),
            [Fault::Misplaced { store: s(2), belongs: s(1) }]
        );
        assert_eq!(faults(&[Good, Unknown, Good]), [], "the store that is away has a stand-in");
        assert_eq!(faults(&[Absent, Corrupt]), [Fault::Corrupt { store: s(1) }, Fault::Lost]);
    }
}
