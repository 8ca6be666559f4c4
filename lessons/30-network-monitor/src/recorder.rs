//! The recorder: where every measurement goes, into the history first, then to
//! the page and the alerts.
//!
//! Probes are many, the recorder is one. They send their measurements through
//! a channel; the recorder writes all that have come since the last time in
//! one batch, and only then publishes them. So nobody is told what a crash
//! could take back, and no lock is held while the disk is waited for. A power
//! cut can take the last seconds' pings. It cannot take the result of a speed
//! test, or what somebody was told of.

use crate::speed::Outcome;
use crate::state::{MonitorState, lock};
use alerts::Notice;
use dashboard::api::Event;
use history::Sample;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

/// The most measurements that are written in one batch.
const BATCH: usize = 4096;

/// What the alerts have learnt is kept at least this often. They learn no
/// faster: each takes at most one value in this time.
const KEEP: Duration = Duration::from_secs(5 * 60);

/// What a probe has measured.
#[derive(Debug)]
pub(crate) struct Measurement {
    pub(crate) sample: Sample,
    /// How a target was asked, such as `icmp`.
    pub(crate) method: Option<String>,
}

/// Records what the probes send, until the last of them is gone.
pub(crate) async fn record(
    state: MonitorState,
    mut measurements: mpsc::Receiver<Measurement>,
) {
    let mut batch = Vec::new();
    let mut kept: Option<Instant> = None;
    while measurements.recv_many(&mut batch, BATCH).await > 0 {
        let taken = std::mem::take(&mut batch);
        let keep = kept.is_none_or(|last| last.elapsed() >= KEEP);
        if keep {
            kept = Some(Instant::now());
        }
        let state = state.clone();
        off_runtime(move || state.record(taken, keep)).await;
    }
    off_runtime(move || state.keep_alerts()).await;
}

/// Does what waits for the disk on a thread where no task waits for it.
async fn off_runtime(work: impl FnOnce() + Send + 'static) {
    if let Err(panic) = spawn_blocking(work).await {
        std::panic::resume_unwind(panic.into_panic());
    }
}

impl MonitorState {
    // ANCHOR: record
    /// Writes a batch, then publishes it.
    fn record(&self, batch: Vec<Measurement>, keep_alerts: bool) {
        let samples: Vec<Sample> =
            batch.iter().map(|one| one.sample.clone()).collect();
        self.check_written(self.history.record(&samples));
        let mut notices = Vec::new();
        for Measurement { sample, method } in batch {
            notices.extend(self.publish(sample, method));
        }
        self.notify(notices, keep_alerts);
    }
    // ANCHOR_END: record

    /// Records the result of a speed test: it is on the disk for good before
    /// anybody is told.
    pub(crate) fn record_test(&self, name: &str, outcome: Outcome) {
        let Outcome { at, result, samples } = outcome;
        let written = self.history.record_result(at, name, &result, &samples);
        self.check_written(written);
        lock(&self.board).end_test(name, at, &result);
        let mut notices = Vec::new();
        for sample in samples {
            notices.extend(self.publish(sample, None));
        }
        // Tests are rare: what the alerts learn of one is kept at once.
        self.notify(notices, true);
    }

    /// Brings the status, the metrics and the alerts up to date with a sample
    /// and publishes it. Returns the notices that the alerts make of it.
    fn publish(&self, sample: Sample, method: Option<String>) -> Vec<Notice> {
        let notices = match sample.metric.as_str() {
            "ping" | "check" => self.publish_probe(&sample, method),
            _ => self.publish_speed(&sample),
        };
        self.feed.publish(Event::Sample(Arc::new(sample)));
        self.feed.status_changed();
        notices
    }

    fn publish_probe(
        &self,
        sample: &Sample,
        method: Option<String>,
    ) -> Vec<Notice> {
        let Some(result) = lock(&self.board).result(sample, method) else {
            // It was asked before the configuration changed, and is not
            // watched any more.
            return Vec::new();
        };
        self.metrics.sample(sample);
        let Sample { at, metric, target, value, error } = sample;
        if let Some(state) = result.changed {
            tracing::info!(target, ?state, "a target's state has changed");
        }
        let error = error.as_deref();
        let mut alerts = lock(&self.alerts);
        let mut notices = alerts.sample(*at, metric, target, *value, error);
        let loss = Some(result.loss);
        notices.extend(alerts.sample(*at, "loss", target, loss, None));
        notices
    }

    fn publish_speed(&self, sample: &Sample) -> Vec<Notice> {
        let Sample { at, metric, target, value, error } = sample;
        if !lock(&self.board).has_test(target) {
            return Vec::new();
        }
        self.metrics.sample(sample);
        let error = error.as_deref();
        lock(&self.alerts).sample(*at, metric, target, *value, error)
    }

    /// Writes the notices and what the alerts know, then tells people. The
    /// alerts' whole memory is written once, however many notices there are.
    fn notify(&self, notices: Vec<Notice>, keep_alerts: bool) {
        for notice in &notices {
            tracing::warn!(alert = notice.alert, words = notice.words, "alert");
            let words = format!("{}: {}", notice.alert, notice.words);
            self.check_written(self.history.note(notice.at, &words));
        }
        if keep_alerts || !notices.is_empty() {
            self.keep_alerts();
        }
        for notice in notices {
            let to = lock(&self.alerts).notify(&notice.alert).to_vec();
            lock(&self.notifiers).send(&to, &notice);
            self.feed.publish(Event::Alert(Arc::new(notice)));
        }
    }
}
