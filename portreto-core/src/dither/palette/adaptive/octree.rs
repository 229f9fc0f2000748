//! Octree: colors are the leaves of a tree that halves each channel at each of its 8 levels; from the deepest level up,
//! the nodes of fewest pixels become leaves until there are few enough (Michael Gervautz and Werner Purgathofer, "A
//! simple method for color quantization: octree quantization", New Trends in Computer Graphics, 1988,
//! DOI 10.1007/978-3-642-83492-9_20).
//!
//! Their tree is reduced while it grows; here all colors are in it first, so that their order does not matter.

use std::collections::BTreeMap;

use super::sample::Sample;
use crate::light::narrow;

/// Pixels and the sums of their channels.
#[derive(Debug, Clone, Copy, Default)]
struct Leaf {
    n: u64,
    sums: [u128; 3],
}

impl Leaf {
    fn add(&mut self, other: &Self) {
        self.n += other.n;
        for (sum, other) in self.sums.iter_mut().zip(other.sums) {
            *sum += other;
        }
    }
}

/// A leaf's way from the root: three bits for each level.
type Path = u32;

pub(super) fn colors(samples: &[Sample], n_colors: usize) -> Vec<[u8; 3]> {
    let mut deepest: BTreeMap<Path, Leaf> = BTreeMap::new();
    for sample in samples {
        let sums = sample.srgb.map(|channel| u128::from(channel) * u128::from(sample.n));
        deepest.entry(path(sample.rgb())).or_default().add(&Leaf { n: sample.n, sums });
    }
    // Leaves that are above the deepest level have made way for others, and stay.
    for _ in 0..8 {
        if deepest.len() <= n_colors {
            break;
        }
        deepest = fold(&deepest, n_colors);
    }
    let color = |leaf: &Leaf| leaf.sums.map(|sum| narrow((sum / u128::from(leaf.n)) as u16));
    deepest.values().map(color).collect()
}

/// Folds the nodes of fewest pixels above the deepest leaves, as many as it takes to have `n_colors` leaves; of the last
/// node only as many children as it takes, those of fewest pixels. When all nodes together are not enough, the result
/// is one level higher.
fn fold(leaves: &BTreeMap<Path, Leaf>, n_colors: usize) -> BTreeMap<Path, Leaf> {
    let mut nodes: BTreeMap<Path, (Leaf, Vec<(u64, Path)>)> = BTreeMap::new();
    for (path, leaf) in leaves {
        let (node, children) = nodes.entry(path >> 3).or_default();
        node.add(leaf);
        children.push((leaf.n, *path));
    }
    if nodes.len() >= n_colors {
        return nodes.into_iter().map(|(path, (leaf, _))| (path, leaf)).collect();
    }
    let mut by_size: Vec<_> = nodes.into_values().collect();
    by_size.sort_by_key(|(node, children)| (node.n, children[0].1));
    let mut result = leaves.clone();
    for (_, mut children) in by_size {
        let excess = result.len() - n_colors;
        if excess == 0 {
            break;
        }
        children.sort_unstable();
        let mut folded = children.into_iter().take(excess + 1).map(|(_, path)| path);
        let Some(first) = folded.next() else { continue };
        for path in folded {
            let leaf = result.remove(&path).unwrap_or_default();
            result.entry(first).or_default().add(&leaf);
        }
    }
    result
}

fn path(color: [u8; 3]) -> Path {
    (0..8).rev().fold(0, |path, bit| {
        let [red, green, blue] = color.map(|sample| Path::from(sample >> bit & 1));
        path << 3 | red << 2 | green << 1 | blue
    })
}
