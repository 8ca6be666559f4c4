//! The tries of PINs: after a few wrong ones, the next has to wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use job_queue::JobId;

/// Wrong PINs of a job that cost no wait: fingers slip.
const FREE: u32 = 2;
/// The longest wait after a wrong PIN. With it a day has time for 1,440 of the
/// 10,000 PINs of four digits.
const LONGEST: Duration = Duration::from_secs(60);
/// Jobs whose tries are remembered.
const MOST_JOBS: usize = 10_000;

/// The wrong PINs of each job. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct PinTries(Arc<Mutex<HashMap<JobId, Tries>>>);

#[derive(Debug)]
struct Tries {
    wrong: u32,
    /// When the next one may come.
    next: Instant,
}

/// One try of a PIN.
#[must_use]
pub struct PinTry {
    tries: PinTries,
    job: JobId,
}

impl PinTries {
    /// Begins a try. It counts as wrong until it has ended otherwise: many at
    /// once save nobody a wait.
    ///
    /// # Errors
    /// How long this try has to wait.
    pub fn begin(&self, job: JobId) -> Result<PinTry, Duration> {
        let mut jobs = self.jobs();
        let now = Instant::now();
        if jobs.len() >= MOST_JOBS {
            jobs.retain(|_, tries| tries.next > now);
        }
        let tries = jobs.entry(job).or_insert(Tries { wrong: 0, next: now });
        if tries.next > now {
            return Err(tries.next - now);
        }
        tries.wrong = tries.wrong.saturating_add(1);
        tries.next = now + wait(tries.wrong);
        Ok(PinTry { tries: self.clone(), job })
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<JobId, Tries>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PinTry {
    /// Ends the try.
    pub fn end(self, is_right: bool) {
        if is_right {
            self.tries.jobs().remove(&self.job);
        }
    }
}

/// How long the next try waits after this many wrong ones: 1 s, 2 s, 4 s, and
/// twice as long each time.
fn wait(wrong: u32) -> Duration {
    match wrong.checked_sub(FREE + 1) {
        None => Duration::ZERO,
        Some(doubled) => {
            let seconds = 1_u64.checked_shl(doubled).unwrap_or(u64::MAX);
            Duration::from_secs(seconds).min(LONGEST)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_pins_wait_longer_and_longer() {
        let tries = PinTries::default();
        let (job, other) = (JobId(1), JobId(2));
        for _ in 0..=FREE {
            tries.begin(job).expect("no wait").end(false);
        }
        let Err(wait) = tries.begin(job) else { panic!("no wait") };
        assert!(wait <= Duration::from_secs(1));
        tries.begin(other).expect("another job").end(true);
        let waits: Vec<u64> =
            (0..12).map(|wrong| super::wait(wrong).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn the_right_pin_forgets_the_wrong_ones() {
        let tries = PinTries::default();
        for _ in 0..10 {
            tries.begin(JobId(1)).expect("no wait").end(false);
            tries.begin(JobId(1)).expect("no wait").end(true);
        }
    }
}
