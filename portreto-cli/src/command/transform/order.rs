//! What is done side by side, shown in the order in which it was asked for.

use std::collections::BTreeMap;

/// Results that came before their turn.
#[derive(Debug)]
pub(super) struct InOrder<T> {
    next: usize,
    early: BTreeMap<usize, T>,
}

impl<T> InOrder<T> {
    pub(super) fn new() -> Self {
        Self { next: 0, early: BTreeMap::new() }
    }

    /// Takes the result of this place, counted from 0, and gives those whose turn it is now.
    pub(super) fn take(&mut self, place: usize, result: T) -> impl Iterator<Item = T> {
        self.early.insert(place, result);
        std::iter::from_fn(|| {
            let result = self.early.remove(&self.next)?;
            self.next += 1;
            Some(result)
        })
    }

    /// Those that are left because one before them never came.
    pub(super) fn rest(self) -> impl Iterator<Item = T> {
        self.early.into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_waits_for_those_before_it() {
        let mut order = InOrder::new();
        assert_eq!(order.take(1, 'b').count(), 0);
        assert_eq!(order.take(0, 'a').collect::<String>(), "ab");
        assert_eq!(order.take(2, 'c').collect::<String>(), "c");
        assert_eq!(order.take(5, 'f').count(), 0);
        assert_eq!(order.take(4, 'e').count(), 0);
        assert_eq!(order.rest().collect::<String>(), "ef");
    }
}
