//! Rates: how often each client may ask, in the long run and all at once.
//!
//! A client has a bucket of tokens. Each request takes one, and one more comes
//! at a steady rate, until the bucket is full. So whoever comes now and then
//! may ask many times at once, and whoever never stops gets the steady rate.
//!
//! ```
//! use rates::{Rate, Rates};
//! use std::time::{Duration, Instant};
//!
//! // Two at once, and another one each second.
//! let rates = Rates::new(Rate { every: Duration::from_secs(1), burst: 2 });
//! let now = Instant::now();
//! assert_eq!(rates.take(&"egon", now), Ok(()));
//! assert_eq!(rates.take(&"egon", now), Ok(()));
//! assert_eq!(rates.take(&"egon", now), Err(Duration::from_secs(1)));
//! assert_eq!(rates.take(&"ray", now), Ok(()));
//! assert_eq!(rates.take(&"egon", now + Duration::from_secs(1)), Ok(()));
//! ```

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many clients are remembered whose bucket is not full. Others cost
/// nothing.
const MOST: usize = 10_000;

/// How often one client may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How long it takes until a client that has used up its tokens gets
    /// another one.
    pub every: Duration,
    /// How many tokens a bucket holds, at least 1.
    pub burst: u32,
}

impl Rate {
    /// `count` in each `time`, and up to `burst` at once. `None` if `count` is
    /// 0, which stands for no limit.
    #[must_use]
    pub fn new(count: u32, time: Duration, burst: u32) -> Option<Rate> {
        let every = time.checked_div(count)?;
        Some(Rate { every, burst: burst.max(1) })
    }
}

/// The buckets of all clients, each known by a `C`.
pub struct Rates<C> {
    rate: Rate,
    buckets: Mutex<Buckets<C>>,
}

/// The buckets that are not full.
struct Buckets<C> {
    /// When the bucket of a client will be full again. It is all there is to
    /// know about it: the tokens that it lacks come at a known rate.
    full_at: HashMap<C, Turn>,
    /// The same, by when that will be.
    order: BTreeMap<Turn, C>,
    /// How often a token was taken.
    taken: u64,
}

/// When a bucket will be full, and a number that tells it from others.
type Turn = (Instant, u64);

impl<C> fmt::Debug for Rates<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rates")
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

impl<C: Clone + Eq + Hash> Rates<C> {
    /// All buckets are full.
    #[must_use]
    pub fn new(rate: Rate) -> Rates<C> {
        let (full_at, order) = (HashMap::new(), BTreeMap::new());
        let buckets = Buckets { full_at, order, taken: 0 };
        Rates { rate, buckets: Mutex::new(buckets) }
    }

    // ANCHOR: take
    /// Takes a token of this client.
    ///
    /// # Errors
    /// There is none: how long to wait for the next.
    pub fn take(&self, client: &C, now: Instant) -> Result<(), Duration> {
        let Rate { every, burst } = self.rate;
        let mut buckets =
            self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        // A bucket does not overflow: nobody saves up for later.
        let full_at = buckets.full_at(client).unwrap_or(now).max(now);
        let later = full_at + every;
        // The bucket is empty when it takes this long to fill it.
        let wait = later.saturating_duration_since(now + every * burst);
        if !wait.is_zero() {
            return Err(wait);
        }
        buckets.fill_at(client, later);
        buckets.forget(now);
        Ok(())
    }
    // ANCHOR_END: take
}

impl<C: Clone + Eq + Hash> Buckets<C> {
    fn full_at(&self, client: &C) -> Option<Instant> {
        self.full_at.get(client).map(|turn| turn.0)
    }

    fn fill_at(&mut self, client: &C, time: Instant) {
        self.taken += 1;
        let turn = (time, self.taken);
        if let Some(before) = self.full_at.insert(client.clone(), turn) {
            self.order.remove(&before);
        }
        self.order.insert(turn, client.clone());
    }

    /// Forgets buckets that are full, two at most for each that is not: so no
    /// request waits for long. If there are too many others, the one that will
    /// be full first is forgotten: it loses a few tokens less than it should.
    fn forget(&mut self, now: Instant) {
        for _ in 0..2 {
            let Some((first, _)) = self.order.first_key_value() else { return };
            if first.0 > now && self.order.len() <= MOST {
                return;
            }
            if let Some((_, client)) = self.order.pop_first() {
                self.full_at.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn taken(
        rates: &Rates<&'static str>,
        client: &'static str,
        at: Instant,
    ) -> u32 {
        let mut count = 0;
        while rates.take(&client, at).is_ok() {
            count += 1;
        }
        count
    }

    #[test]
    fn a_client_may_ask_many_times_at_once_and_then_at_a_steady_rate() {
        let rate = Rate::new(10, SECOND, 30).expect("a limit");
        let (rates, start) = (Rates::new(rate), Instant::now());
        assert_eq!(taken(&rates, "egon", start), 30);
        assert_eq!(taken(&rates, "egon", start), 0);
        assert_eq!(taken(&rates, "egon", start + SECOND), 10);
        // Another client has a bucket of its own.
        assert_eq!(taken(&rates, "ray", start + SECOND), 30);
        // After a long time there is a full bucket, and no more.
        assert_eq!(taken(&rates, "egon", start + 1000 * SECOND), 30);
    }

    #[test]
    fn a_refusal_says_how_long_to_wait_and_costs_nothing() {
        let rate = Rate { every: SECOND, burst: 1 };
        let (rates, start) = (Rates::new(rate), Instant::now());
        assert_eq!(rates.take(&"egon", start), Ok(()));
        for _ in 0..5 {
            assert_eq!(
                rates.take(&"egon", start + SECOND / 4),
                Err(SECOND * 3 / 4)
            );
        }
        assert_eq!(rates.take(&"egon", start + SECOND), Ok(()));
    }

    #[test]
    fn no_number_of_clients_fills_the_memory() {
        let rate = Rate { every: SECOND, burst: 9 };
        let (rates, start) = (Rates::new(rate), Instant::now());
        for client in 0..MOST + 100 {
            assert_eq!(rates.take(&client, start), Ok(()));
        }
        let remembered = || {
            let buckets = rates.buckets.lock().expect("no panic");
            assert_eq!(buckets.full_at.len(), buckets.order.len());
            buckets.order.len()
        };
        assert_eq!(remembered(), MOST);
        // Once their buckets are full, they are forgotten, two at a time.
        for client in 0..MOST {
            let another = 2 * MOST + client;
            assert_eq!(rates.take(&another, start + 9 * SECOND), Ok(()));
        }
        assert_eq!(remembered(), MOST);
        assert_eq!(rates.take(&0, start + 1000 * SECOND), Ok(()));
        assert_eq!(remembered(), MOST - 1);
    }

    #[test]
    fn the_bucket_that_is_nearly_full_is_forgotten_first() {
        let rate = Rate { every: SECOND, burst: 2 };
        let (rates, start) = (Rates::new(rate), Instant::now());
        assert_eq!(taken(&rates, "egon", start), 2);
        for client in 0..MOST {
            let client: &'static str = client.to_string().leak();
            assert_eq!(rates.take(&client, start), Ok(()));
        }
        // One of the others had to go.
        assert_eq!(taken(&rates, "egon", start), 0);
    }

    #[test]
    fn none_a_second_means_no_limit() {
        assert_eq!(Rate::new(0, SECOND, 5), None);
        let most = Rate::new(u32::MAX, SECOND, u32::MAX).expect("a limit");
        let rates = Rates::new(most);
        assert_eq!(rates.take(&(), Instant::now()), Ok(()));
    }
}
