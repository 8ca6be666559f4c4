//! How everything stands now, as `GET /api/status` tells it.

use crate::config::{Config, SpeedTest, Target};
use crate::metrics::Metrics;
use crate::target_state::Standing;
use dashboard::api::{Overall, SpeedStatus, State, TargetStatus};
use serde_json::Value;
use std::collections::BTreeMap;

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
    pub(crate) fn adopt(&mut self, watch: &Config, metrics: &Metrics) {
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
        let watch = |targets: &[Target]| Config {
            targets: targets.to_vec(),
            ..Config::default()
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
