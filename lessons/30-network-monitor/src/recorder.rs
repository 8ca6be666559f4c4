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
use dashboard::api::{Event, Phases, State};
use history::Sample;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// The most measurements that are written in one batch.
const BATCH: usize = 4096;

/// The alerts are asked this often what is due although nothing was measured.
const DUE: Duration = Duration::from_secs(1);

/// What the alerts have learnt is kept at least this often. They learn no
/// faster: each takes at most one value in this time.
const KEEP: Duration = Duration::from_secs(5 * 60);

/// What a probe has measured.
#[derive(Debug)]
pub(crate) struct Measurement {
    pub(crate) sample: Sample,
    /// How a target was asked, such as `icmp`.
    pub(crate) method: Option<String>,
    /// Whether this machine could not ask, so that it says nothing of the
    /// target.
    pub(crate) ours: bool,
    /// The days until the target's certificate expires.
    pub(crate) certificate_days: Option<i64>,
    /// The status of a web server's answer.
    pub(crate) http_status: Option<u16>,
    /// What the time of a page went into.
    pub(crate) phases: Option<Phases>,
}

impl Measurement {
    /// A measurement of which only its sample is known.
    pub(crate) fn of(sample: Sample) -> Measurement {
        Measurement {
            sample,
            method: None,
            ours: false,
            certificate_days: None,
            http_status: None,
            phases: None,
        }
    }
}

/// Records what the probes send, until the last of them is gone.
pub(crate) async fn record(
    state: MonitorState,
    mut measurements: mpsc::Receiver<Measurement>,
) {
    let mut batch = Vec::new();
    let mut kept: Option<Instant> = None;
    let mut due = interval(DUE);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            received = measurements.recv_many(&mut batch, BATCH) => {
                if received == 0 {
                    break;
                }
            }
            _ = due.tick() => {
                let state = state.clone();
                off_runtime(move || state.tell_what_is_due()).await;
                continue;
            }
        }
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
        let batch = self.without_our_own_faults(batch);
        let mut samples: Vec<Sample> =
            batch.iter().map(|one| one.sample.clone()).collect();
        let certificates = self.certificates(&batch);
        let news = |one: &&Sample| lock(&self.board).is_news(one);
        samples.extend(certificates.iter().filter(news).cloned());
        samples.extend(self.phases(&batch));
        self.check_written(self.history.record(&samples));
        let mut notices = Vec::new();
        for measurement in batch {
            notices.extend(self.publish(measurement));
        }
        for sample in certificates {
            notices.extend(self.publish(Measurement::of(sample)));
        }
        let changed = lock(&self.board).has_changed();
        self.notify(notices, keep_alerts || changed);
    }
    // ANCHOR_END: record

    /// Leaves out what says nothing of a target, because this machine could
    /// not ask it. That is trouble of the monitor's own until it can again.
    fn without_our_own_faults(
        &self,
        batch: Vec<Measurement>,
    ) -> Vec<Measurement> {
        let missing = self.missing_network(&batch);
        let is_ours = |one: &Measurement| {
            let lost = one.sample.value.is_none();
            let elsewhere =
                || lock(&self.board).is_elsewhere(&one.sample.target);
            one.ours || (missing.is_some() && lost && elsewhere())
        };
        let (ours, theirs): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(is_ours);
        let why = missing.or_else(|| {
            let one = ours.last()?;
            let why = one.sample.error.as_deref().unwrap_or("unknown");
            Some(format!(
                "this machine cannot ask {}: {why}",
                one.sample.target
            ))
        });
        if why.is_some() || !theirs.is_empty() {
            self.set_probing_trouble(why);
        }
        theirs
    }

    /// How long the certificates last that were seen.
    fn certificates(&self, batch: &[Measurement]) -> Vec<Sample> {
        let days = |one: &Measurement| {
            let Sample { at, target, .. } = &one.sample;
            let days = one.certificate_days? as f64;
            Some(Sample::new(*at, "certificate", target, Some(days)))
        };
        batch.iter().filter_map(days).collect()
    }

    /// What the time of pages went into: for charts alone, so that nobody is
    /// told.
    fn phases(&self, batch: &[Measurement]) -> Vec<Sample> {
        let mut samples = Vec::new();
        let mut board = lock(&self.board);
        for Measurement { sample, phases, .. } in batch {
            let Sample { at, target, .. } = sample;
            let Some(phases) = phases else { continue };
            if !board.keeps_phases(target, *at) {
                continue;
            }
            for (metric, value) in [
                ("phase_name", phases.name_ms),
                ("phase_connect", phases.connect_ms),
                ("phase_tls", phases.tls_ms),
                ("phase_first_byte", phases.first_byte_ms),
                ("phase_rest", phases.rest_ms),
            ] {
                if value.is_some() {
                    samples.push(Sample::new(*at, metric, target, value));
                }
            }
        }
        samples
    }

    /// Records the result of a speed test: it is on the disk for good before
    /// anybody is told.
    pub(crate) fn record_test(&self, name: &str, outcome: Outcome) {
        let Outcome { at, result, samples } = outcome;
        let written = self.history.record_result(at, name, &result, &samples);
        self.check_written(written);
        lock(&self.board).end_test(name, at, &result);
        let mut notices = Vec::new();
        for sample in samples {
            notices.extend(self.publish(Measurement::of(sample)));
        }
        // Tests are rare: what the alerts learn of one is kept at once.
        self.notify(notices, true);
    }

    /// Brings the status, the metrics and the alerts up to date with a sample
    /// and publishes it. Returns the notices that the alerts make of it.
    fn publish(&self, measurement: Measurement) -> Vec<Notice> {
        let sample = &measurement.sample;
        let notices = match sample.metric.as_str() {
            "ping" | "check" => self.publish_probe(&measurement),
            "certificate" => self.publish_certificate(sample),
            _ => self.publish_speed(sample),
        };
        self.feed.publish(Event::Sample(Arc::new(measurement.sample)));
        self.feed.status_changed();
        notices
    }

    fn publish_probe(&self, measurement: &Measurement) -> Vec<Notice> {
        let sample = &measurement.sample;
        let unreachable = lock(&self.alerts).cause(&sample.target).is_some();
        let result = lock(&self.board).result(measurement, unreachable);
        let Some(result) = result else {
            // It was asked before the configuration changed, and is not
            // watched any more.
            return Vec::new();
        };
        self.metrics.sample(sample);
        let Sample { at, metric, target, value, error } = sample;
        if let Some(state) = result.changed {
            tracing::info!(target, ?state, "a target's state has changed");
            let down = lock(&self.board).target(target);
            if let (State::Down, Some(down)) = (state, down) {
                self.traces.want(down);
            }
        }
        let error = error.as_deref();
        let mut alerts = lock(&self.alerts);
        let mut notices = alerts.sample(*at, metric, target, *value, error);
        let loss = Some(result.loss);
        notices.extend(alerts.sample(*at, "loss", target, loss, None));
        drop(alerts);
        notices.extend(self.seen_from_here(sample));
        notices
    }

    fn publish_certificate(&self, sample: &Sample) -> Vec<Notice> {
        if !lock(&self.board).certificate(sample) {
            return Vec::new();
        }
        self.metrics.sample(sample);
        let Sample { at, metric, target, value, .. } = sample;
        lock(&self.alerts).sample(*at, metric, target, *value, None)
    }

    fn publish_speed(&self, sample: &Sample) -> Vec<Notice> {
        let Sample { at, metric, target, value, error } = sample;
        if !lock(&self.board).has_test(target) {
            return Vec::new();
        }
        self.metrics.sample(sample);
        if value.is_none() && lock(&self.own_network).is_missing() {
            return Vec::new();
        }
        let error = error.as_deref();
        lock(&self.alerts).sample(*at, metric, target, *value, error)
    }

    /// Tells what is due although no measurement says so.
    fn tell_what_is_due(&self) {
        // Whether the network is there again, though nothing is asked just now.
        self.missing_network(&[]);
        let notices = lock(&self.alerts).due(crate::now());
        if !notices.is_empty() {
            self.feed.status_changed();
        }
        self.notify(notices, false);
    }

    /// Tells people, by the notifiers that each notice's rule names.
    pub(crate) fn notify(&self, notices: Vec<Notice>, keep_alerts: bool) {
        let addressed = |notice: Notice| {
            let to = lock(&self.alerts).notify(&notice.alert).to_vec();
            (to, notice)
        };
        let notices = notices.into_iter().map(addressed).collect();
        self.tell(notices, keep_alerts);
    }
}
