//! The board: the last results of every target and every speed test, from which
//! the status is made.

use crate::metrics::Metrics;
use crate::recorder::Measurement;
use dashboard::api::{
    LoadedLatency, Overall, Phases, SpeedResult, SpeedStatus, State,
    TargetStatus,
};
use history::Sample;
use monitor_config::{Config, Group, SpeedTest, Target};
use serde_json::Value;
use std::collections::BTreeMap;
use target_state::TargetState;

/// The last results of everything that is watched.
#[derive(Debug, Default)]
pub(crate) struct Board {
    targets: Vec<TargetEntry>,
    speed: Vec<SpeedEntry>,
    /// What an earlier run knew of targets that are still to come.
    kept: KeptTargets,
    /// Whether a target's state is another one than when it was last kept.
    changed: bool,
    /// The groups, each with its targets.
    groups: Vec<(String, Vec<String>)>,
}

/// The state of each target and its address, by its name: a name that leads
/// elsewhere now is another target.
pub(crate) type KeptTargets = BTreeMap<String, (String, TargetState)>;

/// The time after which the days of a certificate are recorded again.
const HOUR: i64 = 60 * 60 * 1000;

/// The time after which the phases of a page are recorded again.
const PHASES: i64 = 5 * 60 * 1000;

#[derive(Debug)]
struct TargetEntry {
    target: Target,
    state: TargetState,
    group: Option<String>,
    /// What it lies behind.
    behind: Option<String>,
    error: Option<String>,
    method: Option<String>,
    http_status: Option<u16>,
    phases: Option<Phases>,
    /// When they were last recorded.
    phases_kept: Option<i64>,
    /// When it was last recorded, and the days that the certificate lasts.
    certificate: Option<(i64, f64)>,
}

#[derive(Debug)]
struct SpeedEntry {
    test: SpeedTest,
    status: SpeedStatus,
}

/// What the result of a probe means for its target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ProbeResult {
    /// The target's state, if it is another one now.
    pub(crate) changed: Option<State>,
    /// The share of its last results that were lost, 0 to 1.
    pub(crate) loss: f64,
}

impl Board {
    /// A board that knows what an earlier run has kept.
    pub(crate) fn remembering(kept: KeptTargets) -> Board {
        Board { kept, ..Board::default() }
    }

    /// What is to be kept for the next start.
    pub(crate) fn keep(&mut self) -> KeptTargets {
        self.changed = false;
        let kept = |entry: &TargetEntry| {
            let TargetEntry { target, state, .. } = entry;
            (target.name.clone(), (target.address(), state.clone()))
        };
        self.targets.iter().map(kept).collect()
    }

    /// Whether a target's state has changed since it was kept.
    pub(crate) fn has_changed(&self) -> bool {
        self.changed
    }

    /// Follows a new configuration. A target that has not changed keeps its
    /// state; one that is gone has no metrics any more.
    pub(crate) fn apply(&mut self, config: &Config, metrics: &Metrics) {
        let mut before = std::mem::take(&mut self.targets);
        for target in &config.targets {
            let same = |entry: &TargetEntry| entry.target == *target;
            let entry = match before.iter().position(same) {
                Some(at) => before.swap_remove(at),
                None => TargetEntry {
                    target: target.clone(),
                    state: before_the_start(&mut self.kept, target),
                    group: None,
                    behind: None,
                    error: None,
                    method: None,
                    http_status: None,
                    phases: None,
                    phases_kept: None,
                    certificate: None,
                },
            };
            let name = &target.name;
            let group = config.groups.iter();
            let group = group.filter(|group| group.targets.contains(name));
            let behind = config.dependencies.iter();
            let behind = behind.filter(|one| one.target == *name);
            self.targets.push(TargetEntry {
                group: group.map(|group| group.name.clone()).next(),
                behind: behind.map(|one| one.upstream.clone()).next(),
                ..entry
            });
        }
        let named = |group: &Group| (group.name.clone(), group.targets.clone());
        self.groups = config.groups.iter().map(named).collect();
        for gone in before {
            if config.target(&gone.target.name).is_none() {
                metrics.forget_target(&gone.target.name);
            }
        }
        // What is not watched at the start is forgotten.
        self.kept.clear();
        let mut before = std::mem::take(&mut self.speed);
        for test in &config.speed {
            let same = |entry: &SpeedEntry| {
                entry.test.name == test.name && entry.test.server == test.server
            };
            let status = match before.iter().position(same) {
                Some(at) => before.swap_remove(at).status,
                None => SpeedStatus {
                    name: test.name.clone(),
                    server: test.server.clone(),
                    ..SpeedStatus::default()
                },
            };
            self.speed.push(SpeedEntry { test: test.clone(), status });
        }
        for gone in before {
            if config.speed_test(&gone.test.name).is_none() {
                metrics.forget_test(&gone.test.name);
            }
        }
    }

    /// Takes the result of a probe. Nothing if its target is not watched.
    /// While what it lies behind is down, what is lost is not its own loss.
    pub(crate) fn result(
        &mut self,
        measurement: &Measurement,
        unreachable: bool,
    ) -> Option<ProbeResult> {
        let Measurement { sample, method, http_status, phases, .. } =
            measurement;
        let Sample { at, target, value, error, .. } = sample;
        let mut entries = self.targets.iter_mut();
        let entry = entries.find(|entry| entry.target.name == *target)?;
        entry.error = error.clone();
        entry.method = method.clone().or(entry.method.take());
        (entry.http_status, entry.phases) = (*http_status, *phases);
        let thresholds = entry.target.thresholds;
        let changed = entry.state.result(*at, *value, &thresholds);
        self.changed |= changed;
        if unreachable {
            entry.state.forget_losses();
        }
        Some(ProbeResult {
            changed: changed.then(|| entry.state.state()),
            loss: entry.state.repeated_loss(),
        })
    }

    /// Whether a sample belongs into the history. How long a certificate lasts
    /// is known with each check, and is another number once a day: it is
    /// recorded when it changes, and once an hour.
    pub(crate) fn is_news(&self, sample: &Sample) -> bool {
        let same = |one: &&TargetEntry| one.target.name == sample.target;
        let known = self.targets.iter().find(same);
        let Some((at, days)) = known.and_then(|it| it.certificate) else {
            return true;
        };
        let hour = sample.at.saturating_sub(at) >= HOUR;
        hour || Some(days) != sample.value
    }

    /// Whether the phases of a target's page are to be recorded: they are five
    /// figures, and so they are recorded less often than the whole.
    pub(crate) fn keeps_phases(&mut self, target: &str, at: i64) -> bool {
        let mut entries = self.targets.iter_mut();
        let same = |one: &&mut TargetEntry| one.target.name == target;
        let Some(entry) = entries.find(same) else { return false };
        let due = match entry.phases_kept {
            Some(last) => at.saturating_sub(last) >= PHASES,
            None => true,
        };
        if due {
            entry.phases_kept = Some(at);
        }
        due
    }

    /// Takes the days that a target's certificate lasts. `false` if the target
    /// is not watched.
    pub(crate) fn certificate(&mut self, sample: &Sample) -> bool {
        let news = self.is_news(sample);
        let mut entries = self.targets.iter_mut();
        let same = |one: &&mut TargetEntry| one.target.name == sample.target;
        let Some(entry) = entries.find(same) else { return false };
        if news {
            entry.certificate = sample.value.map(|days| (sample.at, days));
        }
        true
    }

    /// Whether a target is somewhere else than on this machine.
    pub(crate) fn is_elsewhere(&self, name: &str) -> bool {
        let mut entries = self.targets.iter();
        let entry = entries.find(|entry| entry.target.name == name);
        entry.is_some_and(|entry| !entry.target.is_on_this_machine())
    }

    /// Whether there is a speed test of this name.
    pub(crate) fn has_test(&self, name: &str) -> bool {
        self.speed.iter().any(|entry| entry.test.name == name)
    }

    /// Notes when a speed test runs next.
    pub(crate) fn plan_test(&mut self, name: &str, next: Option<i64>) {
        if let Some(status) = self.test(name) {
            status.next = next;
        }
    }

    /// Notes that a speed test has begun; `false` when it runs already.
    pub(crate) fn begin_test(&mut self, name: &str) -> bool {
        let Some(status) = self.test(name) else { return false };
        !std::mem::replace(&mut status.running, true)
    }

    /// Notes what a speed test has found.
    pub(crate) fn end_test(&mut self, name: &str, at: i64, result: &Value) {
        if let Some(status) = self.test(name) {
            status.running = false;
            status.last = Some(at);
            status.result = speed_result(result);
        }
    }

    /// Notes a result of an earlier run of the program.
    pub(crate) fn remember_test(
        &mut self,
        name: &str,
        at: i64,
        result: &Value,
    ) {
        if let Some(status) = self.test(name)
            && status.last.is_none()
        {
            status.last = Some(at);
            status.result = speed_result(result);
        }
    }

    /// Notes that a speed test does not run any more.
    pub(crate) fn halt_test(&mut self, name: &str) {
        if let Some(status) = self.test(name) {
            status.running = false;
        }
    }

    /// When a speed test last ended.
    pub(crate) fn last_test(&self, name: &str) -> Option<i64> {
        let found = self.speed.iter().find(|entry| entry.test.name == name);
        found?.status.last
    }

    fn test(&mut self, name: &str) -> Option<&mut SpeedStatus> {
        let mut entries = self.speed.iter_mut();
        let found = entries.find(|entry| entry.test.name == name);
        found.map(|entry| &mut entry.status)
    }

    /// The groups, each with its targets.
    pub(crate) fn groups(&self) -> &[(String, Vec<String>)] {
        &self.groups
    }

    /// These targets and speed tests, and all targets of these groups.
    ///
    /// # Errors
    /// Which of them does not exist, in words.
    pub(crate) fn members(
        &self,
        mut targets: Vec<String>,
        groups: &[String],
    ) -> Result<Vec<String>, String> {
        for name in &targets {
            let known = self.targets.iter().any(|it| it.target.name == *name);
            if !known && !self.has_test(name) {
                return Err(format!(
                    "there is no target and no speed test named {name:?}"
                ));
            }
        }
        for name in groups {
            let group = self.groups.iter().find(|(known, _)| known == name);
            match group {
                Some((_, members)) => targets.extend(members.iter().cloned()),
                None => return Err(format!("there is no group {name:?}")),
            }
        }
        Ok(targets)
    }

    /// Each target, as it is configured.
    pub(crate) fn watched(&self) -> Vec<Target> {
        self.targets.iter().map(|entry| entry.target.clone()).collect()
    }

    /// The target of this name.
    pub(crate) fn target(&self, name: &str) -> Option<Target> {
        let mut entries = self.targets.iter();
        let found = entries.find(|entry| entry.target.name == name);
        found.map(|entry| entry.target.clone())
    }

    /// Each target, as the status shows it.
    pub(crate) fn targets(&self) -> Vec<TargetStatus> {
        let shown = |entry: &TargetEntry| TargetStatus {
            name: entry.target.name.clone(),
            kind: entry.target.kind().to_owned(),
            address: entry.target.address(),
            metric: entry.target.metric().to_owned(),
            state: entry.state.state(),
            value: entry.state.value(),
            loss: entry.state.loss(),
            since: Some(entry.state.since()).filter(|at| *at > 0),
            last: Some(entry.state.last()).filter(|at| *at > 0),
            error: entry.error.clone(),
            method: entry.method.clone(),
            certificate_days: entry.certificate.map(|(_, days)| days),
            group: entry.group.clone(),
            behind: entry.behind.clone(),
            http_status: entry.http_status,
            phases: entry.phases,
            ..TargetStatus::default()
        };
        self.targets.iter().map(shown).collect()
    }

    /// Each speed test, as the status shows it.
    pub(crate) fn speed_tests(&self) -> Vec<SpeedStatus> {
        self.speed.iter().map(|entry| entry.status.clone()).collect()
    }
}

/// What an earlier run knew of a target.
fn before_the_start(kept: &mut KeptTargets, target: &Target) -> TargetState {
    let known = kept.remove(&target.name);
    let known = known.filter(|(address, _)| *address == target.address());
    known.map(|(_, state)| state).unwrap_or_default()
}

/// What the status shows of a result; the rest stays in the history.
fn speed_result(result: &Value) -> SpeedResult {
    let number = |key: &str| result[key].as_f64();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    // A rate is a whole number of bits, however it was written.
    let rate = |key: &str| number(key).map(|bps| bps.round() as u64);
    let loaded = &result["loaded_latency_ms"];
    SpeedResult {
        download_bps: rate("download_bps"),
        upload_bps: rate("upload_bps"),
        idle_latency_ms: number("idle_latency_ms"),
        loaded_latency_ms: loaded.is_object().then(|| LoadedLatency {
            download: loaded["download"].as_f64(),
            upload: loaded["upload"].as_f64(),
        }),
        rpm: number("rpm"),
        grade: text(&result["grade"]),
        stable: result["stable"].as_bool(),
        unsettled: text(&result["unsettled"]),
        download_error: text(&result["download_error"]),
        upload_error: text(&result["upload_error"]),
        error: text(&result["error"]),
        bufferbloat_error: text(&result["bufferbloat"]["error"]),
    }
}

/// All of these in one word.
pub(crate) fn overall(states: impl Iterator<Item = State> + Clone) -> Overall {
    let known = states.filter(|state| *state != State::Unknown);
    if known.clone().next().is_none() {
        return Overall::Unknown;
    }
    if known.clone().all(|state| state == State::Up) {
        return Overall::Good;
    }
    let away = |state| matches!(state, State::Down | State::Unreachable);
    match known.clone().all(away) {
        true => Overall::Down,
        false => Overall::Degraded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
    fn a_target_that_has_not_changed_keeps_its_state() {
        let config = |targets: &[Target]| Config {
            targets: targets.to_vec(),
            ..Config::default()
        };
        let (one, two) = (Target::ping("1", "a"), Target::ping("2", "b"));
        let mut board = Board::default();
        let metrics = Metrics::default();
        board.apply(&config(&[one.clone(), two.clone()]), &metrics);
        board.result(
            &Measurement::of(Sample::new(5, "ping", "1", Some(1.0))),
            false,
        );
        board.result(
            &Measurement::of(Sample::new(5, "ping", "2", Some(1.0))),
            false,
        );
        let moved = Target::ping("2", "c");
        board.apply(&config(&[moved, one]), &metrics);
        let states: Vec<State> =
            board.targets().iter().map(|target| target.state).collect();
        assert_eq!(states, [State::Unknown, State::Up]);
    }

    #[test]
    fn a_restart_does_not_change_since_when_a_target_is_down() {
        let config = Config {
            targets: vec![Target::ping("1", "a")],
            ..Config::default()
        };
        let metrics = Metrics::default();
        let mut board = Board::default();
        board.apply(&config, &metrics);
        for at in 1..=5 {
            board.result(
                &Measurement::of(Sample::new(at, "ping", "1", None)),
                false,
            );
        }
        assert!(board.has_changed());
        let json = serde_json::to_string(&board.keep()).expect("plain data");
        assert!(!board.has_changed());
        let kept = serde_json::from_str(&json).expect("what was written");

        let mut board = Board::remembering(kept);
        board.apply(&config, &metrics);
        board.result(
            &Measurement::of(Sample::new(90, "ping", "1", None)),
            false,
        );
        let target = board.targets().remove(0);
        assert_eq!((target.state, target.since), (State::Down, Some(3)));
        board.result(
            &Measurement::of(Sample::new(91, "ping", "1", Some(1.0))),
            false,
        );
        assert_eq!(board.targets()[0].state, State::Up);
    }

    #[test]
    fn the_status_shows_of_a_result_what_people_ask_for() {
        let shown = speed_result(&json!({
            "download_bps": 19_310_000.0,
            "upload_bps": 4_999_999,
            "loaded_latency_ms": { "download": 45.5, "upload": null },
            "grade": "B",
            "stable": false,
            "bufferbloat": { "error": "too few bytes" },
            "samples": [1, 2, 3],
        }));
        let loaded = LoadedLatency { download: Some(45.5), upload: None };
        assert_eq!(
            shown,
            SpeedResult {
                download_bps: Some(19_310_000),
                upload_bps: Some(4_999_999),
                loaded_latency_ms: Some(loaded),
                grade: Some("B".to_owned()),
                stable: Some(false),
                bufferbloat_error: Some("too few bytes".to_owned()),
                ..SpeedResult::default()
            }
        );
    }
}
