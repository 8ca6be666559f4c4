//! How everything stands now, as `GET /api/status` tells it.

use crate::alert::{NotifierReport, Ongoing};
use crate::metrics::Metrics;
use crate::watch::{SpeedTest, Standing, State, Target, Watch};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The whole picture. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// The monitor's name, for people with several.
    pub name: String,
    /// When this was said.
    pub now: i64,
    /// Since when the monitor runs.
    pub started: i64,
    /// All targets in one word.
    pub state: Overall,
    /// Why nothing is probed just now, such as a speed test.
    pub paused: Option<String>,
    /// What is wrong with the monitor itself, such as a full disk.
    pub trouble: Option<String>,
    /// Each target, in the order of the configuration.
    pub targets: Vec<TargetStatus>,
    /// Each speed test.
    pub speed: Vec<SpeedStatus>,
    /// The alerts that are not quiet.
    pub alerts: Vec<Ongoing>,
    /// How the notifiers do: whether somebody is told at all.
    pub notifiers: Vec<NotifierReport>,
}

/// All targets in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Overall {
    /// All are up.
    Good,
    /// Some are not.
    Degraded,
    /// None is up.
    Down,
    /// None has answered yet, or there are none.
    Unknown,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetStatus {
    /// Its name.
    pub name: String,
    /// `ping`, `tcp`, `http` or `dns`.
    pub kind: &'static str,
    /// What is asked.
    pub address: String,
    /// The metric under which its history is kept.
    pub metric: &'static str,
    /// How it stands.
    pub state: State,
    /// The last round trip in milliseconds; nothing when it failed.
    pub value: Option<f64>,
    /// The share of the last results that failed, 0 to 1.
    pub loss: f64,
    /// Since when it stands so.
    pub since: Option<i64>,
    /// When it was last asked.
    pub last: Option<i64>,
    /// Why the last result is none, in words.
    pub error: Option<String>,
    /// How it was asked: `icmp`, or `tcp:443` where that is not allowed.
    pub method: Option<String>,
}

/// One speed test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpeedStatus {
    /// Its name.
    pub name: String,
    /// The server.
    pub server: String,
    /// When it last ended, well or not.
    pub last: Option<i64>,
    /// When it runs next.
    pub next: Option<i64>,
    /// Whether it runs now.
    pub running: bool,
    /// What the last one found, as it is kept in the history; its keys
    /// stand beside the others. A failed test has nothing but an `error`; one
    /// of which only the latency under load failed has a `bufferbloat_error`.
    #[serde(flatten)]
    pub result: BTreeMap<String, Value>,
}

/// What is remembered of everything that is watched, to make a [`Status`].
#[derive(Debug, Default)]
pub(crate) struct Board {
    targets: Vec<TargetEntry>,
    speed: Vec<SpeedEntry>,
}

#[derive(Debug)]
struct TargetEntry {
    target: Target,
    standing: Standing,
    error: Option<String>,
    method: Option<String>,
}

#[derive(Debug)]
struct SpeedEntry {
    test: SpeedTest,
    last: Option<i64>,
    next: Option<i64>,
    running: bool,
    result: BTreeMap<String, Value>,
}

impl Board {
    /// Follows a new configuration. What has not changed keeps its standing;
    /// what is gone has no metrics any more.
    pub(crate) fn adopt(&mut self, watch: &Watch, metrics: &Metrics) {
        let mut before = std::mem::take(&mut self.targets);
        for target in &watch.targets {
            let same = |entry: &TargetEntry| entry.target == *target;
            let entry = match before.iter().position(same) {
                Some(at) => before.swap_remove(at),
                None => TargetEntry {
                    target: target.clone(),
                    standing: Standing::default(),
                    error: None,
                    method: None,
                },
            };
            self.targets.push(entry);
        }
        for gone in before {
            if watch.target(&gone.target.name).is_none() {
                metrics.forget_target(&gone.target.name);
            }
        }
        let mut before = std::mem::take(&mut self.speed);
        for test in &watch.speed {
            let same = |entry: &SpeedEntry| {
                entry.test.name == test.name && entry.test.server == test.server
            };
            let mut entry = match before.iter().position(same) {
                Some(at) => before.swap_remove(at),
                None => SpeedEntry {
                    test: test.clone(),
                    last: None,
                    next: None,
                    running: false,
                    result: BTreeMap::new(),
                },
            };
            entry.test = test.clone();
            self.speed.push(entry);
        }
        for gone in before {
            if watch.speed_test(&gone.test.name).is_none() {
                metrics.forget_test(&gone.test.name);
            }
        }
    }

    /// Takes a target's result. Returns its state if that is another one
    /// now, and the share that it loses; nothing if it is not watched.
    pub(crate) fn result(
        &mut self,
        name: &str,
        at: i64,
        milliseconds: Option<f64>,
        error: Option<String>,
        method: Option<String>,
    ) -> Option<(Option<State>, f64)> {
        let entry = self.targets.iter_mut().find(|e| e.target.name == name)?;
        entry.error = error;
        entry.method = method.or(entry.method.take());
        let thresholds = entry.target.thresholds;
        let changed = entry.standing.result(at, milliseconds, &thresholds);
        let state = changed.then(|| entry.standing.state());
        Some((state, entry.standing.repeated_loss()))
    }

    /// Whether there is a speed test of this name.
    pub(crate) fn has_test(&self, name: &str) -> bool {
        self.speed.iter().any(|entry| entry.test.name == name)
    }

    /// Notes when a speed test runs next.
    pub(crate) fn plan(&mut self, name: &str, next: Option<i64>) {
        if let Some(entry) = self.speed(name) {
            entry.next = next;
        }
    }

    /// Notes that a speed test has begun; `false` when it runs already.
    pub(crate) fn begin(&mut self, name: &str) -> bool {
        let Some(entry) = self.speed(name) else { return false };
        !std::mem::replace(&mut entry.running, true)
    }

    /// Notes what a speed test has found.
    pub(crate) fn end(&mut self, name: &str, at: i64, result: &Value) {
        if let Some(entry) = self.speed(name) {
            entry.running = false;
            entry.last = Some(at);
            entry.result = shown(result);
        }
    }

    /// Notes a result of an earlier run of the program.
    pub(crate) fn remember(&mut self, name: &str, at: i64, result: &Value) {
        if let Some(entry) = self.speed(name)
            && entry.last.is_none()
        {
            entry.last = Some(at);
            entry.result = shown(result);
        }
    }

    /// Notes that a speed test does not run any more.
    pub(crate) fn halt(&mut self, name: &str) {
        if let Some(entry) = self.speed(name) {
            entry.running = false;
        }
    }

    /// When a speed test last ended.
    pub(crate) fn last(&self, name: &str) -> Option<i64> {
        self.speed.iter().find(|entry| entry.test.name == name)?.last
    }

    fn speed(&mut self, name: &str) -> Option<&mut SpeedEntry> {
        self.speed.iter_mut().find(|entry| entry.test.name == name)
    }

    /// All targets in one word.
    pub(crate) fn overall(&self) -> Overall {
        let states = self.targets.iter().map(|entry| entry.standing.state());
        overall(states)
    }

    pub(crate) fn targets(&self) -> Vec<TargetStatus> {
        let shown = |entry: &TargetEntry| TargetStatus {
            name: entry.target.name.clone(),
            kind: entry.target.kind(),
            address: entry.target.address(),
            metric: entry.target.metric(),
            state: entry.standing.state(),
            value: entry.standing.value(),
            loss: entry.standing.loss(),
            since: Some(entry.standing.since()).filter(|at| *at > 0),
            last: Some(entry.standing.last()).filter(|at| *at > 0),
            error: entry.error.clone(),
            method: entry.method.clone(),
        };
        self.targets.iter().map(shown).collect()
    }

    pub(crate) fn speeds(&self) -> Vec<SpeedStatus> {
        let shown = |entry: &SpeedEntry| SpeedStatus {
            name: entry.test.name.clone(),
            server: entry.test.server.clone(),
            last: entry.last,
            next: entry.next,
            running: entry.running,
            result: entry.result.clone(),
        };
        self.speed.iter().map(shown).collect()
    }
}

/// What the page shows of a result; the rest stays in the history.
fn shown(result: &Value) -> BTreeMap<String, Value> {
    const KEYS: [&str; 8] = [
        "download_bps",
        "upload_bps",
        "idle_latency_ms",
        "loaded_latency_ms",
        "rpm",
        "grade",
        "stable",
        "error",
    ];
    let key = |key: &str| (key.to_owned(), result[key].clone());
    let mut shown: BTreeMap<String, Value> =
        KEYS.into_iter().map(key).collect();
    let error = result["bufferbloat"]["error"].clone();
    shown.insert("bufferbloat_error".to_owned(), error);
    shown
}

fn overall(states: impl Iterator<Item = State> + Clone) -> Overall {
    let known = states.filter(|state| *state != State::Unknown);
    if known.clone().next().is_none() {
        return Overall::Unknown;
    }
    if known.clone().all(|state| state == State::Up) {
        return Overall::Good;
    }
    match known.clone().all(|state| state == State::Down) {
        true => Overall::Down,
        false => Overall::Degraded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_says_the_worst_that_is_true_of_all() {
        use State::*;
        let word = |states: &[State]| overall(states.iter().copied());
        assert_eq!(word(&[]), Overall::Unknown);
        assert_eq!(word(&[Unknown, Unknown]), Overall::Unknown);
        assert_eq!(word(&[Up, Unknown]), Overall::Good);
        assert_eq!(word(&[Up, Down]), Overall::Degraded);
        assert_eq!(word(&[Up, Degraded]), Overall::Degraded);
        assert_eq!(word(&[Down, Down, Unknown]), Overall::Down);
    }

    #[test]
    fn a_target_that_has_not_changed_keeps_its_standing() {
        let watch = |targets: &[Target]| Watch {
            targets: targets.to_vec(),
            ..Watch::default()
        };
        let (one, two) = (Target::ping("1", "a"), Target::ping("2", "b"));
        let mut board = Board::default();
        let metrics = Metrics::default();
        board.adopt(&watch(&[one.clone(), two.clone()]), &metrics);
        board.result("1", 5, Some(1.0), None, None);
        board.result("2", 5, Some(1.0), None, None);
        let moved = Target::ping("2", "c");
        board.adopt(&watch(&[moved, one]), &metrics);
        let states: Vec<State> =
            board.targets().iter().map(|target| target.state).collect();
        assert_eq!(states, [State::Unknown, State::Up]);
    }
}
