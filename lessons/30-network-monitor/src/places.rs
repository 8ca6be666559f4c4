//! The probes elsewhere: what they are told to measure, what they send, and
//! which of them are missing.

use crate::now;
use crate::state::{MonitorState, lock};
use alerts::Notice;
use daemon::units::in_words;
use dashboard::api::Event;
use history::Sample;
use monitor_config::{Config, Place, Target};
use remote_probe::{Delivery, Error, Intake, Places, Result, series};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Notify;

/// A result that is older than this when it comes, in milliseconds, is
/// history. It is kept and shown; nobody is woken for it.
const FRESH: i64 = 2 * 60 * 1000;

/// The metric of a place: whether anything is heard of its probe.
const PROBE: &str = "probe";

/// The monitor, as its probes see it. Clones are the same one.
#[derive(Clone)]
pub(crate) struct RemotePlaces {
    state: MonitorState,
    intake: Intake,
    /// Rings when other probes are expected, or at other times.
    changed: Arc<Notify>,
}

impl RemotePlaces {
    pub(crate) fn new(state: MonitorState) -> RemotePlaces {
        let intake = Intake::new(state.history.clone());
        RemotePlaces { state, intake, changed: Arc::default() }
    }

    /// Follows a new configuration.
    pub(crate) fn apply(&self, config: &Config) {
        let gone = lock(&self.state.places).apply(config, Instant::now());
        for series in gone {
            self.state.metrics.forget_target(&series);
        }
        self.changed.notify_one();
    }

    // ANCHOR: watch
    /// Tells when a place has gone missing, until the monitor ends.
    pub(crate) async fn watch(self) {
        loop {
            let next = lock(&self.state.places).next();
            let due = async {
                match next {
                    Some(next) => tokio::time::sleep_until(next.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {}
                () = self.changed.notified() => continue,
            }
            let missing = lock(&self.state.places).missing(Instant::now());
            for (place, silence) in missing {
                tracing::warn!(place, "a probe is missing");
                let words = format!(
                    "nothing has been heard of this probe for {}",
                    in_words(silence)
                );
                self.tell_of(&place, Err(words));
            }
        }
    }
    // ANCHOR_END: watch

    /// Notes that a place was heard of.
    fn heard(&self, place: &str) {
        let news = lock(&self.state.places).heard(place, now(), Instant::now());
        if news {
            tracing::info!(place, "a probe is there");
            self.tell_of(place, Ok(()));
        }
    }

    /// Tells the alerts and the page whether a place is there.
    fn tell_of(&self, place: &str, state: std::result::Result<(), String>) {
        let value = state.is_ok().then_some(0.0);
        let error = state.err();
        let notices = lock(&self.state.alerts).sample(
            now(),
            PROBE,
            place,
            value,
            error.as_deref(),
        );
        self.state.notify(notices, true);
        self.state.feed.status_changed();
        self.changed.notify_one();
    }

    /// Publishes what a place has measured, which is on the disk.
    fn publish(&self, place: &str, samples: Vec<Sample>) {
        let mut notices = Vec::new();
        for sample in samples {
            notices.extend(self.state.publish_remote(place, sample));
        }
        self.state.notify(notices, false);
        self.state.feed.status_changed();
    }
}

impl MonitorState {
    /// Brings board, metrics and alerts up to date with what a place has
    /// measured, and returns the notices that the alerts make of it.
    fn publish_remote(&self, place: &str, sample: Sample) -> Vec<Notice> {
        let of_target = own_name(&sample, place);
        let loss = match sample.metric.as_str() {
            "certificate" => None,
            _ => match lock(&self.places).result(place, &of_target) {
                // It is not to be measured from there any more.
                None => return Vec::new(),
                loss => loss,
            },
        };
        if now().saturating_sub(sample.at) > FRESH {
            return Vec::new();
        }
        self.metrics.sample(&sample);
        let mut notices = self.judge(&sample);
        if let Some(loss) = loss {
            let loss = Sample {
                metric: "loss".to_owned(),
                value: Some(loss),
                ..sample.clone()
            };
            notices.extend(self.judge(&loss));
            notices.extend(self.joined(place, &of_target));
        }
        self.feed.publish(Event::Sample(Arc::new(sample)));
        notices
    }

    /// The notices that the result of all places together makes, if this one
    /// completes a round of them.
    pub(crate) fn joined(&self, place: &str, sample: &Sample) -> Vec<Notice> {
        let joined = lock(&self.places).joined(place, sample);
        joined.map_or_else(Vec::new, |sample| self.judge(&sample))
    }

    fn judge(&self, sample: &Sample) -> Vec<Notice> {
        let Sample { at, metric, target, value, error } = sample;
        let error = error.as_deref();
        lock(&self.alerts).sample(*at, metric, target, *value, error)
    }
}

/// The sample under the target's own name, without the place.
fn own_name(sample: &Sample, place: &str) -> Sample {
    let suffix = series("", place);
    let name = sample.target.strip_suffix(&suffix);
    let name = name.unwrap_or(&sample.target).to_owned();
    Sample { target: name, ..sample.clone() }
}

impl Places for RemotePlaces {
    type Target = Target;

    fn orders(&self, place: &str) -> Option<(Vec<Target>, u64)> {
        let (targets, again) = lock(&self.state.places).orders(place)?;
        self.heard(place);
        Some((targets, again.as_millis() as u64))
    }

    fn take(&self, place: &str, delivery: Delivery) -> Result<u64> {
        lock(&self.state.places).delivered(place, &delivery);
        let accepted = self.intake.take(place, delivery);
        let written = match &accepted {
            Err(Error::History(error)) => Err(error.clone()),
            _ => Ok(()),
        };
        self.state.check_written(written);
        let accepted = accepted?;
        self.publish(place, accepted.samples);
        Ok(accepted.taken)
    }
}

impl MonitorState {
    /// Takes what this machine has measured of a target, for those who compare
    /// it with other places. Returns the notices of all places together.
    pub(crate) fn seen_from_here(&self, sample: &Sample) -> Vec<Notice> {
        if lock(&self.places).result(Place::HERE, sample).is_none() {
            return Vec::new();
        }
        self.joined(Place::HERE, sample)
    }
}
