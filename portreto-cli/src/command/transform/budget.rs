//! Memory that several threads share.

use std::sync::{Condvar, Mutex, PoisonError};

/// So many bytes, lent to threads that wait until there are enough.
#[derive(Debug)]
pub(super) struct Budget {
    free: Mutex<u64>,
    returned: Condvar,
    total: u64,
}

/// Bytes on loan; given back when dropped.
#[derive(Debug)]
pub(super) struct Loan<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Budget {
    pub(super) fn new(bytes: u64) -> Self {
        Self { free: Mutex::new(bytes), returned: Condvar::new(), total: bytes }
    }

    /// Waits for `bytes`. Who wants more than there is gets all, alone.
    ///
    /// Must not be called by a thread that has a loan, nor by a thread of a pool that steals work.
    pub(super) fn take(&self, bytes: u64) -> Loan<'_> {
        let bytes = bytes.min(self.total);
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = self.returned.wait_while(free, |free| *free < bytes);
        *enough.unwrap_or_else(PoisonError::into_inner) -= bytes;
        Loan { budget: self, bytes }
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        *self.budget.free.lock().unwrap_or_else(PoisonError::into_inner) += self.bytes;
        self.budget.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn never_more_is_out_than_there_is() {
        let budget = Budget::new(100);
        let (out, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 1..8_u64 {
                let (budget, out, most) = (&budget, &out, &most);
                scope.spawn(move || {
                    for round in 0..200 {
                        let bytes = (thread * 31 + round * 17) % 140;
                        let loan = budget.take(bytes);
                        let now = out.fetch_add(loan.bytes, Ordering::SeqCst) + loan.bytes;
                        most.fetch_max(now, Ordering::SeqCst);
                        std::thread::yield_now();
                        out.fetch_sub(loan.bytes, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!((1..=100).contains(&most.into_inner()));
        assert_eq!(budget.free.into_inner().unwrap(), 100);
    }
}
