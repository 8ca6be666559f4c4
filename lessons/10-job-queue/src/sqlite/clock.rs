//! Leases and the wall clock, which somebody may set.
//!
//! Processes share the time of day and nothing else, so leases, pauses and
//! due times are kept in it. A clock that is set back makes them last too
//! long: none is believed that lasts longer than it was given for. A clock
//! that is set forward makes all of them end at once, while their holders
//! live: whoever sees the jump gives each lease its whole length again.

use std::{sync::Mutex, time::Instant};

use rusqlite::params;

use super::{QueueTx, TxResult, lock};
use crate::{
    backoff,
    job::{millis, now},
};

/// What two clocks may differ by without a jump, besides a thousandth of the
/// time between two looks at them.
const TOLERANCE: u64 = 1000;

/// Both clocks of this process, as they were at the last look.
pub(super) struct Clock {
    last: Mutex<(Instant, u64)>,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { last: Mutex::new((Instant::now(), now())) }
    }

    /// Unix milliseconds, and whether the wall clock has jumped forward since
    /// the last look.
    pub(super) fn look(&self) -> (u64, bool) {
        self.compare(Instant::now(), now())
    }

    fn compare(&self, steady: Instant, wall: u64) -> (u64, bool) {
        let mut last = lock(&self.last);
        // Another thread may have looked a moment later than this one.
        let passed = millis(steady.saturating_duration_since(last.0));
        let jumped =
            wall > last.1.saturating_add(passed + passed / 1000 + TOLERANCE);
        *last = (steady.max(last.0), wall);
        (wall, jumped)
    }
}

impl QueueTx<'_> {
    /// Gives each lease its whole length again.
    pub(super) fn lengthen_leases(&self) -> TxResult<()> {
        self.sql
            .prepare_cached(
                "UPDATE jobs SET lease_until = ?2 + lease_length
                 WHERE queue = ?1 AND state = 'running'",
            )?
            .execute(params![self.queue, self.now])?;
        Ok(())
    }

    /// Cuts leases, pauses and the waits of retries that end later than they
    /// can.
    pub(super) fn shorten_what_lasts_too_long(&self) -> TxResult<()> {
        self.sql
            .prepare_cached(
                "UPDATE jobs SET lease_until = ?2 + lease_length
                 WHERE queue = ?1 AND state = 'running'
                    AND lease_until > ?2 + lease_length",
            )?
            .execute(params![self.queue, self.now])?;
        self.sql
            .prepare_cached(
                "UPDATE lanes SET paused_until = ?2 + pause_length
                 WHERE queue = ?1 AND paused_until > ?2 + pause_length",
            )?
            .execute(params![self.queue, self.now])?;
        // What has a place in the line was there before: it waits for a
        // retry, and not for as long as its sender wanted.
        self.sql
            .prepare_cached(
                "UPDATE jobs SET due_at = ?2
                 WHERE queue = ?1 AND state = 'waiting' AND ready = 0
                    AND due_at > ?2 AND place IS NOT NULL",
            )?
            .execute(params![
                self.queue,
                self.now.saturating_add(millis(backoff::LONGEST))
            ])?;
        Ok(())
    }

    /// Ends the leases of the workers whose names begin with `names`, and every
    /// pause.
    pub(super) fn declare_dead(&self, names: &str) -> TxResult<()> {
        self.sql
            .prepare_cached(
                "UPDATE jobs SET lease_until = 0
                 WHERE queue = ?1 AND state = 'running'
                    AND substr(worker, 1, length(?2)) = ?2",
            )?
            .execute(params![self.queue, names])?;
        self.sql
            .prepare_cached(
                "UPDATE lanes SET paused_until = 0 WHERE queue = ?1",
            )?
            .execute([self.queue])?;
        self.sweep()?;
        self.bump_version()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_a_jump_forward_is_one() {
        let clock = Clock::new();
        let (start, wall) = *lock(&clock.last);
        let at = |seconds| start + Duration::from_secs(seconds);
        // Both go on; the wall clock is a little fast.
        assert!(!clock.compare(at(1), wall + 1_050).1);
        assert!(!clock.compare(at(3601), wall + 3_605_000).1);
        // Set back, and forward again.
        assert!(!clock.compare(at(3602), wall).1);
        assert!(clock.compare(at(3603), wall + 3_600_000).1);
        assert!(!clock.compare(at(3604), wall + 3_601_000).1);
    }
}
