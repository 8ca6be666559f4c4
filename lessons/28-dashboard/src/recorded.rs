//! A monitor that measures nothing: its figures are made up, the same ones at
//! every run, so that the lesson needs no network.

use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

use dashboard::api::{Event, Overall, State, Status, TargetStatus};
use dashboard::{Feed, NotStarted, Source};
use fastrand::Rng;
use history::{History, Retention, Sample};
use tempfile::TempDir;

use crate::Result;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// What is watched, and the metric under which it is kept.
const TARGETS: [(&str, &str); 3] =
    [("provider", "ping"), ("router", "ping"), ("wiki", "check")];

/// A history of an hour, and a feed on which it goes on. Clones are the same
/// monitor.
#[derive(Clone)]
pub struct Recorded {
    history: Arc<History>,
    feed: Feed,
    /// The last sample of each target.
    last: Arc<Mutex<Vec<Sample>>>,
    now: Arc<AtomicI64>,
    begun: i64,
    // Goes last.
    _folder: Arc<TempDir>,
}

impl Recorded {
    /// Records the hour that ends at this time, in Unix milliseconds.
    pub fn hour_before(end: i64) -> Result<Recorded> {
        let folder = tempfile::tempdir()?;
        let history = History::open(folder.path(), &Retention::default())?;
        let begun = end - HOUR;
        let mut samples = Vec::new();
        for second in 0..HOUR / SECOND {
            samples.extend(measured(begun, begun + second * SECOND));
        }
        history.record(&samples)?;
        let last = samples.split_off(samples.len() - TARGETS.len());
        Ok(Recorded {
            history: Arc::new(history),
            feed: Feed::new(),
            last: Arc::new(Mutex::new(last)),
            now: Arc::new(AtomicI64::new(end)),
            begun,
            _folder: Arc::new(folder),
        })
    }

    // ANCHOR: measure
    /// Lets a second pass: each target has been asked once more. The samples
    /// are on the disk before anybody sees them.
    pub fn measure(&self) -> Result<()> {
        let now = self.now.fetch_add(SECOND, SeqCst) + SECOND;
        let samples = measured(self.begun, now);
        self.history.record(&samples)?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
            samples.clone();
        for sample in samples {
            self.feed.publish(Event::Sample(Arc::new(sample)));
        }
        self.feed.status_changed();
        Ok(())
    }
    // ANCHOR_END: measure
}

/// What the targets answer at a time: the provider slower than usual for ten
/// minutes, the router at once, the wiki not at all for five minutes.
fn measured(begun: i64, at: i64) -> Vec<Sample> {
    let minute = (at - begun) / MINUTE;
    let mut random = Rng::with_seed(((at - begun) / SECOND).unsigned_abs());
    let router = (random.f64() > 0.002).then(|| 0.8 + random.f64() * 0.6);
    let busy = (15..25).contains(&minute);
    let queue = if busy { 70.0 * random.f64().powi(2) } else { 2.0 };
    let lost = if busy { 0.04 } else { 0.001 };
    let provider = (random.f64() > lost).then(|| 11.0 + queue * random.f64());
    let away = (40..45).contains(&minute);
    let wiki = (!away).then(|| 3.0 + random.f64() * 2.0);
    let mut samples = Vec::new();
    for ((name, metric), value) in
        TARGETS.into_iter().zip([provider, router, wiki])
    {
        let rounded = value.map(|ms: f64| (ms * 100.0).round() / 100.0);
        let mut sample = Sample::new(at, metric, name, rounded);
        if value.is_none() {
            sample.error = Some("no answer".to_owned());
        }
        samples.push(sample);
    }
    samples
}

impl Source for Recorded {
    fn status(&self) -> Status {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut targets = Vec::new();
        for sample in last.iter() {
            let answered = sample.value.is_some();
            targets.push(TargetStatus {
                name: sample.target.clone(),
                kind: sample.metric.clone(),
                address: format!("{}.example", sample.target),
                metric: sample.metric.clone(),
                state: if answered { State::Up } else { State::Down },
                value: sample.value,
                last: Some(sample.at),
                error: sample.error.clone(),
                ..TargetStatus::default()
            });
        }
        let all_up = last.iter().all(|sample| sample.value.is_some());
        Status {
            name: "a recorded hour".to_owned(),
            now: self.now.load(SeqCst),
            started: self.begun,
            state: if all_up { Overall::Good } else { Overall::Degraded },
            targets,
            ..Status::default()
        }
    }

    fn history(&self) -> &History {
        &self.history
    }

    fn feed(&self) -> &Feed {
        &self.feed
    }

    fn start_test(&self, name: &str) -> std::result::Result<(), NotStarted> {
        Err(NotStarted::Unknown(name.to_owned()))
    }

    async fn stopped(&self) {
        std::future::pending().await
    }
}
