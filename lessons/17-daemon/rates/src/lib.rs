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

use std::collections::HashMap;
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
    /// When the bucket of a client will be full again. It is all there is to
    /// know about it: the tokens that it lacks come at a known rate.
    full_at: Mutex<HashMap<C, Instant>>,
}

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
        Rates { rate, full_at: Mutex::default() }
    }

    // ANCHOR: take
    /// Takes a token of this client.
    ///
    /// # Errors
    /// There is none: how long to wait for the next.
    pub fn take(&self, client: &C, now: Instant) -> Result<(), Duration> {
        let Rate { every, burst } = self.rate;
        let mut all =
            self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        // A bucket does not overflow: nobody saves up for later.
        let full_at = all.get(client).map_or(now, |full_at| *full_at).max(now);
        let later = full_at + every;
        // The bucket is empty when it takes this long to fill it.
        let wait = later.saturating_duration_since(now + every * burst);
        if !wait.is_zero() {
            return Err(wait);
        }
        if all.len() >= MOST && !all.contains_key(client) {
            forget(&mut all, now);
        }
        all.insert(client.clone(), later);
        Ok(())
    }
    // ANCHOR_END: take
}

/// Forgets the clients whose buckets are full. If there are none, the one whose
/// bucket will be full first, which loses a few tokens less than it should.
fn forget<C: Clone + Eq + Hash>(all: &mut HashMap<C, Instant>, now: Instant) {
    all.retain(|_, full_at| *full_at > now);
    if all.len() >= MOST {
        let first = all.iter().min_by_key(|(_, full_at)| **full_at);
        if let Some(first) = first.map(|(client, _)| client.clone()) {
            all.remove(&first);
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
        assert_eq!(rates.full_at.lock().expect("no panic").len(), MOST);
        // Once their buckets are full, they are forgotten.
        let another = 2 * MOST;
        assert_eq!(rates.take(&another, start + 9 * SECOND), Ok(()));
        assert_eq!(rates.full_at.lock().expect("no panic").len(), 1);
    }

    #[test]
    fn none_a_second_means_no_limit() {
        assert_eq!(Rate::new(0, SECOND, 5), None);
        let most = Rate::new(u32::MAX, SECOND, u32::MAX).expect("a limit");
        let rates = Rates::new(most);
        assert_eq!(rates.take(&(), Instant::now()), Ok(()));
    }
}
