//! The state of a target, made from its last results.

use std::collections::VecDeque;

use dashboard::api::State;
use serde::{Deserialize, Serialize};

use monitor_config::Thresholds;

/// Loss is a share of the last results, as many as this.
const WINDOW: usize = 60;

/// A target is slow when the median of its last answers is, as many as this:
/// one late answer changes nothing.
const RECENT: usize = 5;

/// Follows one target: fed with its results, it says whether the target is up.
/// Kept as JSON, it still knows after a restart since when.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TargetState {
    state: State,
    since: i64,
    last: i64,
    /// Begun anew at each start: between two runs nothing was asked.
    #[serde(skip)]
    results: VecDeque<Option<f64>>,
    /// Whether it has ever answered.
    answered: bool,
    failed_in_a_row: u32,
}

impl TargetState {
    /// Takes a result: `at` in Unix milliseconds, the round trip in
    /// milliseconds or nothing when no answer came. Returns whether the state
    /// is another one now. A probe that was skipped has no result.
    pub fn result(
        &mut self,
        at: i64,
        milliseconds: Option<f64>,
        thresholds: &Thresholds,
    ) -> bool {
        self.last = at;
        self.results.push_back(milliseconds);
        if self.results.len() > WINDOW {
            self.results.pop_front();
        }
        self.answered |= milliseconds.is_some();
        self.failed_in_a_row = match milliseconds {
            Some(_) => 0,
            None => self.failed_in_a_row.saturating_add(1),
        };
        let state = self.judge(thresholds);
        if state == self.state {
            return false;
        }
        (self.state, self.since) = (state, at);
        true
    }

    fn judge(&self, thresholds: &Thresholds) -> State {
        if self.failed_in_a_row >= thresholds.down_after {
            return State::Down;
        }
        if !self.answered && self.results.len() < WINDOW {
            // Too early to say.
            return State::Unknown;
        }
        if self.state == State::Down && self.failed_in_a_row > 0 {
            return State::Down;
        }
        let slow = match (thresholds.degraded_above_ms, self.recent()) {
            (Some(most), Some(recent)) => recent > most,
            _ => false,
        };
        let lossy = self.repeated_loss() > thresholds.degraded_above_loss;
        // Whatever loss is allowed, a target that never answers is not up.
        let silent = self.results.iter().all(Option::is_none);
        if slow || lossy || silent { State::Degraded } else { State::Up }
    }

    /// The median of the last few answers, in milliseconds.
    fn recent(&self) -> Option<f64> {
        let last = self.results.iter().rev().flatten().take(RECENT);
        statistics::median(last.copied())
    }

    /// Its state after the last result.
    pub fn state(&self) -> State {
        self.state
    }

    /// When it came into this state, in Unix milliseconds; 0 when it is unknown.
    pub fn since(&self) -> i64 {
        self.since
    }

    /// When the last result came, in Unix milliseconds; 0 when none did.
    pub fn last(&self) -> i64 {
        self.last
    }

    /// The last result: its round trip in milliseconds, or nothing when it
    /// failed or nothing was asked yet.
    pub fn value(&self) -> Option<f64> {
        let failed = self.failed_in_a_row > 0;
        self.results.back().copied().flatten().filter(|_| !failed)
    }

    /// Takes the last results that failed out of the loss: the target could
    /// not be reached. Its state stays as it is until it answers.
    pub fn forget_losses(&mut self) {
        while let Some(None) = self.results.back() {
            self.results.pop_back();
        }
    }

    /// The share of the last 60 results that failed, 0 to 1.
    pub fn loss(&self) -> f64 {
        self.lost() as f64 / self.results.len().max(1) as f64
    }

    /// The same, but 0 when only one failed: among few results, a single loss
    /// would be a large share.
    pub fn repeated_loss(&self) -> f64 {
        if self.lost() > 1 { self.loss() } else { 0.0 }
    }

    fn lost(&self) -> usize {
        self.results.iter().filter(|one| one.is_none()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(results: &[Option<f64>]) -> TargetState {
        let thresholds = Thresholds {
            degraded_above_ms: Some(100.0),
            ..Thresholds::default()
        };
        let mut target = TargetState::default();
        for (at, result) in (1..).zip(results) {
            target.result(at, *result, &thresholds);
        }
        target
    }

    #[test]
    fn a_target_is_down_only_after_the_stated_number_of_failures() {
        assert_eq!(after(&[]).state(), State::Unknown);
        assert_eq!(after(&[None, None]).state(), State::Unknown);
        assert_eq!(after(&[Some(1.0), None, None]).state(), State::Degraded);
        let down = after(&[Some(1.0), None, None, None, None]);
        assert_eq!((down.state(), down.since()), (State::Down, 4));
        assert_eq!((down.value(), down.last()), (None, 5));
    }

    #[test]
    fn one_lost_answer_and_one_slow_one_change_nothing() {
        assert_eq!(after(&[Some(1.0), None]).state(), State::Up);
        let slow = [Some(1.0), Some(1.0), Some(900.0)];
        assert_eq!(after(&slow).state(), State::Up);
    }

    #[test]
    fn a_slow_target_is_degraded_and_a_fast_one_recovers() {
        let mut results = vec![Some(1.0); 3];
        results.extend([Some(200.0); 5]);
        assert_eq!(after(&results).state(), State::Degraded);
        results.extend([Some(1.0); 5]);
        assert_eq!(after(&results).state(), State::Up);
    }

    #[test]
    fn a_target_that_is_silent_for_long_is_neither_unknown_nor_up() {
        let patient = Thresholds {
            down_after: 1_000,
            degraded_above_loss: 1.0,
            ..Thresholds::default()
        };
        for first in [Some(1.0), None] {
            let mut target = TargetState::default();
            target.result(0, first, &patient);
            for at in 1..999 {
                target.result(at, None, &patient);
                if at >= 60 {
                    assert_eq!(target.state(), State::Degraded, "{at}");
                }
            }
            target.result(999, None, &patient);
            target.result(1_000, None, &patient);
            assert_eq!(target.state(), State::Down);
        }
    }

    #[test]
    fn loss_is_that_of_the_last_sixty_results() {
        let mut results = vec![None; 500];
        results.extend([Some(1.0); 57]);
        let target = after(&results);
        assert_eq!(target.loss(), 0.05);
        assert_eq!(target.state(), State::Up);
    }
}
