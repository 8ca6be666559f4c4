//! Whether this machine has a network at all: without one, that nothing answers
//! says nothing of the targets.

use crate::recorder::Measurement;
use crate::state::{MonitorState, lock};
use monitor_config::missing_network;
use std::time::Duration;
use tokio::time::Instant;

/// The system is asked at most this often.
const LOOK: Duration = Duration::from_secs(1);

/// A cable that is plugged in again is of use a little later: until something
/// has answered, at most this long, the network counts as missing.
const SETTLE: Duration = Duration::from_secs(30);

/// What is known of this machine's own network.
#[derive(Debug, Default)]
pub(crate) struct OwnNetwork {
    looked: Option<Instant>,
    /// Why there is none, in words, while there is none.
    missing: Option<String>,
    /// When it was there again, until something has answered.
    back: Option<Instant>,
}

impl MonitorState {
    /// Why this machine has no network, in words, as far as these measurements
    /// give reason to look. Somebody is told of it, and of its end.
    pub(crate) fn missing_network(
        &self,
        batch: &[Measurement],
    ) -> Option<String> {
        let lost = |one: &Measurement| one.sample.value.is_none();
        let missing = lock(&self.own_network).is_missing();
        if !missing && !batch.iter().any(lost) {
            return None;
        }
        let (mut answer, mut failure) = (false, false);
        {
            let board = lock(&self.board);
            for Measurement { sample, .. } in batch {
                if board.is_elsewhere(&sample.target) {
                    answer |= sample.value.is_some();
                    failure |= sample.value.is_none();
                }
            }
        }
        let mut own = lock(&self.own_network);
        if !own.is_missing() && !failure {
            return None;
        }
        if own.looked.is_none_or(|last| last.elapsed() >= LOOK) {
            own.looked = Some(Instant::now());
            own.found(missing_network(), answer);
            let missing = own.missing.as_deref();
            let told = lock(&self.alerts).own_network(crate::now(), missing);
            self.tell(told, false);
        }
        own.missing.clone()
    }
}

impl OwnNetwork {
    pub(crate) fn is_missing(&self) -> bool {
        self.missing.is_some()
    }

    /// Takes what the system says, and whether a target has answered.
    fn found(&mut self, missing: Option<String>, answer: bool) {
        if missing.is_some() {
            (self.missing, self.back) = (missing, None);
        } else if self.is_missing() {
            let back = *self.back.get_or_insert_with(Instant::now);
            if answer || back.elapsed() >= SETTLE {
                (self.missing, self.back) = (None, None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_network_that_is_back_counts_when_something_answers_or_later() {
        let mut own = OwnNetwork::default();
        own.found(None, false);
        assert!(!own.is_missing());
        own.found(Some("no cable".to_owned()), false);
        own.found(None, false);
        assert!(own.is_missing(), "nothing has answered yet");
        own.found(None, true);
        assert!(!own.is_missing());
        own.found(Some("no cable".to_owned()), false);
        own.found(None, false);
        tokio::time::advance(SETTLE).await;
        own.found(None, false);
        assert!(!own.is_missing(), "waited long enough");
    }
}
