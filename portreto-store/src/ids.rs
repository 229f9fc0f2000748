//! New identities, from the injected clock and randomness: the one place where the system's randomness is
//! read.

use std::sync::{Arc, Mutex, PoisonError};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::{Builder, Uuid};

use crate::clock::Clock;

/// Gives new UUIDs of version 7, each greater than the one before.
#[derive(Debug)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rng: StdRng,
    last: Uuid,
}

impl Ids {
    /// Ids from the system's randomness.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with(clock, rand::make_rng())
    }

    /// Ids that are the same for the same clock and seed.
    #[must_use]
    pub fn seeded(clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self::with(clock, StdRng::seed_from_u64(seed))
    }

    fn with(clock: Arc<dyn Clock>, rng: StdRng) -> Self {
        Self { clock, state: Mutex::new(State { rng, last: Uuid::nil() }) }
    }

    /// A new id. Greater than all that these `Ids` gave before, even when the clock goes backward.
    #[must_use]
    pub fn next(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let random: [u8; 10] = state.rng.random();
        let mut id = Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        if id <= state.last {
            // 62 random bits below the variant: they do not run over in practice, and if they did the id
            // would still be new.
            id = Uuid::from_u128(state.last.as_u128().wrapping_add(1));
        }
        state.last = id;
        id
    }
}

/// 32 bytes from the system's randomness, for keys and tokens.
#[must_use]
pub fn secret() -> [u8; 32] {
    rand::random()
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn ids_ascend_whatever_the_clock_does() {
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(1_000_000).unwrap()));
        let ids = Ids::seeded(clock.clone(), 7);
        let mut last = Uuid::nil();
        for step in [0, 0, 5, 0, -90_000, 0, 100_000, 0] {
            clock.advance(SignedDuration::from_millis(step));
            let id = ids.next();
            assert!(id > last, "{id} after {last}");
            assert_eq!(id.get_version_num(), 7);
            last = id;
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let make = || {
            let ids = Ids::seeded(Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH)), 3);
            [ids.next(), ids.next()]
        };
        assert_eq!(make(), make());
    }
}
