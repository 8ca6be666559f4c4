//! A monitor that measures nothing: its figures are made up, the same ones at
//! every run, so that the lesson needs no network.

use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dashboard::api::{
    Acknowledge, Event, GroupStatus, Hop, Made, NewSilence, NewWindow,
    Occurrence, Outage, Overall, PlaceState, PlaceStatus, State, Status,
    TargetStatus,
};
use dashboard::{Feed, NotDone, NotSent, NotStarted, Source};
use fastrand::Rng;
use history::{History, Retention, Sample};
use tempfile::TempDir;

use crate::Result;
use crate::quiet::Quiet;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// What is watched, and the metric under which it is kept. A probe at home
/// asks the provider too.
const SERIES: [(&str, &str); 4] = [
    ("provider", "ping"),
    ("router", "ping"),
    ("wiki", "check"),
    ("provider@home", "ping"),
];

/// The minutes of the hour in which somebody worked on the wiki, as planned,
/// and those in which it was away.
const PLANNED: (i64, i64) = (38, 47);
const AWAY: (i64, i64) = (40, 45);

/// A history of an hour, and a feed on which it goes on. Clones are the same
/// monitor.
#[derive(Clone)]
pub struct Recorded {
    history: Arc<History>,
    feed: Feed,
    /// The last sample of each target.
    last: Arc<Mutex<Vec<Sample>>>,
    quiet: Arc<Mutex<Quiet>>,
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
        let last = samples.split_off(samples.len() - SERIES.len());
        Ok(Recorded {
            history: Arc::new(history),
            feed: Feed::new(),
            last: Arc::new(Mutex::new(last)),
            quiet: Arc::default(),
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
        *lock(&self.last) = samples.clone();
        for sample in samples {
            self.feed.publish(Event::Sample(Arc::new(sample)));
        }
        self.feed.status_changed();
        Ok(())
    }
    // ANCHOR_END: measure

    fn now(&self) -> i64 {
        self.now.load(SeqCst)
    }

    /// Lets a person change what is quiet, and tells all who watch.
    fn change<T>(&self, change: impl FnOnce(&mut Quiet) -> T) -> T {
        let mut quiet = lock(&self.quiet);
        let done = change(&mut quiet);
        self.feed.status_changed();
        done
    }

    /// A time of the recorded hour.
    fn minute(&self, minute: i64) -> i64 {
        self.begun + minute * MINUTE
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
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
    let away = (AWAY.0..AWAY.1).contains(&minute);
    let wiki = (!away).then(|| 3.0 + random.f64() * 2.0);
    let mut samples = Vec::new();
    let at_home = provider.map(|ms| ms + 9.0);
    for ((name, metric), value) in
        SERIES.into_iter().zip([provider, router, wiki, at_home])
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

/// A target as its last sample says.
fn target(sample: &Sample) -> TargetStatus {
    let group = if sample.target == "wiki" { "servers" } else { "line" };
    TargetStatus {
        name: sample.target.clone(),
        kind: sample.metric.clone(),
        address: format!("{}.example", sample.target),
        metric: sample.metric.clone(),
        state: state(sample),
        value: sample.value,
        last: Some(sample.at),
        error: sample.error.clone(),
        group: Some(group.to_owned()),
        ..TargetStatus::default()
    }
}

fn state(sample: &Sample) -> State {
    if sample.value.is_some() { State::Up } else { State::Down }
}

/// The provider as a place sees it.
fn seen_from(place: &str, sample: &Sample) -> PlaceState {
    PlaceState {
        place: place.to_owned(),
        state: state(sample),
        value: sample.value,
        since: None,
        error: sample.error.clone(),
    }
}

fn group(name: &str, targets: &[TargetStatus]) -> GroupStatus {
    let members: Vec<_> = targets
        .iter()
        .filter(|target| target.group.as_deref() == Some(name))
        .collect();
    let up = members.iter().all(|target| target.state == State::Up);
    GroupStatus {
        name: name.to_owned(),
        state: if up { State::Up } else { State::Down },
        targets: members.iter().map(|target| target.name.clone()).collect(),
    }
}

impl Source for Recorded {
    fn status(&self) -> Status {
        let last = lock(&self.last);
        let [provider, router, wiki, at_home] = &last[..] else {
            return Status::default();
        };
        let mut targets = vec![target(provider), target(router), target(wiki)];
        targets[0].places =
            vec![seen_from("here", provider), seen_from("home", at_home)];
        targets[2].behind = Some("router".to_owned());
        targets[2].certificate_days = Some(21.0);
        let all_up = targets.iter().all(|target| target.state == State::Up);
        let quiet = lock(&self.quiet);
        Status {
            name: "a recorded hour".to_owned(),
            now: self.now(),
            started: self.begun,
            state: if all_up { Overall::Good } else { Overall::Degraded },
            groups: vec![group("line", &targets), group("servers", &targets)],
            targets,
            places: vec![PlaceStatus {
                name: "home".to_owned(),
                last: Some(at_home.at),
                clock_error_ms: Some(12.0),
                ..PlaceStatus::default()
            }],
            windows: quiet.windows(self.now()),
            silences: quiet.silences(self.now()),
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

    fn windows(&self, from: i64, to: i64) -> Vec<Occurrence> {
        let mut found = vec![Occurrence {
            name: "update of the wiki".to_owned(),
            targets: vec!["wiki".to_owned()],
            from: self.minute(PLANNED.0),
            to: self.minute(PLANNED.1),
        }];
        found.extend(lock(&self.quiet).occurrences());
        found.retain(|window| window.from <= to && window.to >= from);
        found
    }

    fn outages(
        &self,
        target: Option<&str>,
        from: i64,
        to: i64,
    ) -> std::result::Result<Vec<Outage>, history::Error> {
        let hop = |ttl, address: Option<&str>, ms| Hop {
            ttl,
            address: address.map(str::to_owned),
            ms,
        };
        let mut found = vec![Outage {
            target: "wiki".to_owned(),
            place: "here".to_owned(),
            from: self.minute(AWAY.0),
            to: Some(self.minute(AWAY.1)),
            error: Some("no answer".to_owned()),
            traceroute: Some(vec![
                hop(1, Some("192.0.2.1"), Some(0.9)),
                hop(2, Some("198.51.100.7"), Some(2.4)),
                hop(3, None, None),
            ]),
            window: Some("update of the wiki".to_owned()),
        }];
        found.retain(|outage| {
            outage.from <= to
                && outage.to.is_none_or(|end| end >= from)
                && target.is_none_or(|name| name == outage.target)
        });
        Ok(found)
    }

    fn silence(
        &self,
        asked: NewSilence,
        by: Option<&str>,
    ) -> std::result::Result<Made, NotDone> {
        let now = self.now();
        Ok(self.change(|quiet| quiet.silence(asked, by, now)))
    }

    fn end_silence(&self, id: &str) -> std::result::Result<(), NotDone> {
        self.change(|quiet| quiet.end_silence(id))
    }

    fn acknowledge(
        &self,
        asked: Acknowledge,
        _by: Option<&str>,
    ) -> std::result::Result<(), NotDone> {
        let name = asked.alert;
        Err(NotDone::Unknown(format!("there is no alert {name:?} now")))
    }

    fn make_window(
        &self,
        asked: NewWindow,
    ) -> std::result::Result<Made, NotDone> {
        self.change(|quiet| quiet.make_window(asked))
    }

    fn remove_window(&self, id: &str) -> std::result::Result<(), NotDone> {
        self.change(|quiet| quiet.remove_window(id))
    }

    async fn test_notifier(
        &self,
        name: &str,
    ) -> std::result::Result<(), NotSent> {
        Err(NotSent::Unknown(name.to_owned()))
    }

    async fn stopped(&self) {
        std::future::pending().await
    }
}
