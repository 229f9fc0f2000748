//! Placement: which stores hold a key, in order of preference.
//!
//! Weighted rendezvous hashing: every store draws a score from the key's digest and its own id, and the
//! best scores win. Adding or removing a store moves only what must move.
//!
//! Sources: Thaler & Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM Trans.
//! Networking 6(1), 1998, doi:10.1109/90.663936 (rendezvous); Schindelhauer & Schomaker, "Weighted
//! distributed hash tables", SPAA 2005, doi:10.1145/1073970.1074008 (the logarithmic method for weights).

use super::store_id::StoreId;
use crate::digest::Digest;

/// A store that takes part in placement.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The store.
    pub id: StoreId,
    /// Its share of new blobs relative to the others'. One or more.
    pub weight: u32,
}

/// The members in their order for `placed_by`: the first two healthy ones hold the key.
///
/// Depends only on the digest and the set of members, not on their order, the machine or the process.
/// `O(n log n)` in the number of members.
///
/// # Examples
///
/// ```
/// use portreto_core::{Digest, replica::{Member, rank}};
///
/// let member = |id: &str| Member { id: id.parse().unwrap(), weight: 1 };
/// let members = [member("a"), member("b"), member("c")];
/// let order = rank(&Digest::of(b"photo"), &members);
/// assert_eq!(order.len(), 3);
/// ```
#[must_use]
pub fn rank<'a>(placed_by: &Digest, members: &'a [Member]) -> Vec<&'a StoreId> {
    let mut scored: Vec<(f64, &StoreId)> =
        members.iter().map(|member| (score(placed_by, member), &member.id)).collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1)));
    scored.into_iter().map(|(_, id)| id).collect()
}

/// −ln(u) / weight, with u uniform in (0, 1): exponential arrival times, the earliest wins, and a member
/// is first with probability weight / total. `libm` gives the same logarithm on every machine.
fn score(placed_by: &Digest, member: &Member) -> f64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(placed_by.as_bytes());
    hasher.update(member.id.as_str().as_bytes());
    let mut head = [0; 8];
    head.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    // The top 53 bits, moved by a half so that neither 0 nor 1 is reached.
    let u = ((u64::from_le_bytes(head) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    -libm::log(u) / f64::from(member.weight.max(1))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn members(weights: &[u32]) -> Vec<Member> {
        let member = |(i, &weight)| Member { id: format!("s{i}").parse().unwrap(), weight };
        weights.iter().enumerate().map(member).collect()
    }

    fn digests(n: u32) -> impl Iterator<Item = Digest> {
        (0..n).map(|i| Digest::of(&i.to_le_bytes()))
    }

    proptest! {
        #[test]
        fn is_a_permutation_that_ignores_the_order_of_members(
            seed in any::<[u8; 32]>(), weights in proptest::collection::vec(1_u32..9, 1..8), turn in 0_usize..8,
        ) {
            let members = members(&weights);
            let mut turned = members.clone();
            turned.rotate_left(turn % members.len());
            let digest = Digest::from_bytes(seed);
            prop_assert_eq!(rank(&digest, &members), rank(&digest, &turned));
            let mut order = rank(&digest, &members);
            order.sort();
            order.dedup();
            prop_assert_eq!(order.len(), members.len());
        }

        #[test]
        fn removing_a_store_leaves_the_order_of_the_others(
            seed in any::<[u8; 32]>(), n in 2_usize..8, gone in 0_usize..8,
        ) {
            let members = members(&vec![1; n]);
            let digest = Digest::from_bytes(seed);
            let gone = members[gone % n].id.clone();
            let fewer: Vec<_> = members.iter().filter(|m| m.id != gone).cloned().collect();
            let mut order = rank(&digest, &members);
            order.retain(|id| **id != gone);
            prop_assert_eq!(order, rank(&digest, &fewer));
        }
    }

    #[test]
    fn a_fourth_equal_store_takes_a_quarter_and_nothing_else_moves() {
        let three = members(&[1, 1, 1]);
        let four = members(&[1, 1, 1, 1]);
        let (mut moved, n) = (0, 20_000);
        for digest in digests(n) {
            let before: Vec<_> = rank(&digest, &three)[..2].to_vec();
            for id in &rank(&digest, &four)[..2] {
                if !before.contains(id) {
                    assert_eq!(id.as_str(), "s3", "replicas move only onto the new store");
                    moved += 1;
                }
            }
        }
        let share = f64::from(moved) / f64::from(2 * n);
        assert!((share - 0.25).abs() < 0.01, "moved {share}");
    }

    #[test]
    fn first_places_follow_the_weights() {
        let members = members(&[1, 2, 5]);
        let mut firsts: HashMap<&str, u32> = HashMap::new();
        for digest in digests(16_000) {
            *firsts.entry(rank(&digest, &members)[0].as_str()).or_default() += 1;
        }
        for (id, expected) in [("s0", 2_000.0), ("s1", 4_000.0), ("s2", 10_000.0)] {
            let seen = f64::from(firsts[id]);
            assert!((seen - expected).abs() < 4.0 * f64::sqrt(expected), "{id}: {seen}");
        }
    }

    #[test]
    fn order_is_fixed_for_ever() {
        // Stores in the field are laid out by this; a change of this list is a change of layout.
        let members = members(&[1, 1, 1, 2]);
        let orders: Vec<String> = digests(4)
            .map(|d| rank(&d, &members).iter().map(|id| id.as_str()).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(orders, ["s3 s1 s2 s0", "s3 s0 s1 s2", "s3 s0 s2 s1", "s1 s2 s3 s0"]);
    }
}
