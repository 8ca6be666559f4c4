//! All rules on all their series: samples in, notices out.

use std::collections::BTreeSet;

use history::Metric;
use serde::{Deserialize, Serialize};

use crate::dependency::{Upstreams, Verdict};
use crate::quiet::Calendar;
use crate::sentence::behind_in_words;
use crate::series::{Measured, Series};
use crate::{
    Acknowledged, Condition, Dependency, Maintenance, Memory, Notice, Rule,
    Silence,
};

/// All rules. Fed with samples, they return notices.
#[derive(Debug, Clone)]
pub struct Alerts {
    pub(crate) policy: Policy,
    /// The rules of the policy, and those on what their targets lie behind.
    rules: Vec<Rule>,
    upstreams: Upstreams,
    pub(crate) calendar: Calendar,
    pub(crate) memory: Memory,
    /// What is to be told of what nobody watches any more.
    ended: Vec<Ended>,
}

/// Everything that decides when somebody is told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policy {
    /// What counts as trouble.
    pub rules: Vec<Rule>,
    /// Which targets lie behind which.
    pub dependencies: Vec<Dependency>,
    /// When nobody is to be told, because of planned work.
    pub windows: Vec<Maintenance>,
}

/// A notice that no rule of now has caused, and the notifiers to send it by:
/// that a trouble is not watched any more, that this machine has no network.
pub type Ended = (Vec<String>, Notice);

/// An alert that is shown now: there is trouble, or its rule still learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ongoing {
    /// The rule's name.
    pub name: String,
    /// The target or speed test.
    pub target: String,
    /// What is measured.
    pub metric: String,
    /// Whether there is trouble, or it still learns what is usual.
    pub state: OngoingState,
    /// Since when there is trouble, in Unix milliseconds; 0 while learning.
    pub since: i64,
    /// The alert as a sentence.
    pub words: String,
    /// Until when nobody is told of it, because somebody has silenced it, in
    /// Unix milliseconds.
    #[serde(default)]
    pub silenced_until: Option<i64>,
    /// The person that sees to it, where somebody does.
    #[serde(default)]
    pub acknowledged: Option<Acknowledged>,
    /// The number of targets that lie behind this one and cannot be reached.
    #[serde(default)]
    pub causes: u64,
}

/// Why an alert is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OngoingState {
    /// There is trouble.
    Failing,
    /// It does not yet know what is usual.
    Learning,
}

impl Alerts {
    /// Rules that remember what they knew before a restart.
    pub fn new(rules: &[Rule], memory: Memory) -> Alerts {
        let rules = rules.to_vec();
        Alerts::following(Policy { rules, ..Policy::default() }, memory)
    }

    /// The same, for a whole policy.
    pub fn following(policy: Policy, memory: Memory) -> Alerts {
        let mut alerts = Alerts {
            policy: Policy::default(),
            // They must be known before what is remembered of them.
            rules: policy.rules.clone(),
            upstreams: Upstreams::default(),
            calendar: Calendar::default(),
            memory,
            ended: Vec::new(),
        };
        alerts.follow(policy);
        alerts
    }

    /// Replaces the rules. The rest of the policy stays.
    pub fn reload(&mut self, rules: &[Rule]) {
        let rules = rules.to_vec();
        self.follow(Policy { rules, ..self.policy.clone() });
    }

    /// Replaces the policy. A rule of the same name on the same series keeps
    /// its memory; the memory of a rule that is gone is forgotten, and trouble
    /// that lasts is [ended](Alerts::take_ended).
    pub fn follow(&mut self, policy: Policy) {
        self.upstreams.follow(&policy.dependencies);
        let rules = with_upstreams(&policy.rules, &self.upstreams);
        let mut before = std::mem::take(&mut self.memory.series);
        for rule in &rules {
            for (target, metric) in &rule.series {
                let kept = before
                    .get_mut(&rule.name)
                    .and_then(|targets| targets.get_mut(target))
                    .and_then(|metrics| metrics.remove(*metric))
                    .unwrap_or_default();
                *self.memory.series(&rule.name, target, metric) = kept;
            }
        }
        for (rule, targets) in before {
            let notify = self.notify(&rule).to_vec();
            for (target, metrics) in targets {
                for (metric, series) in metrics {
                    let ended = series.unwatched(&rule, &target, &metric);
                    self.ended.extend(ended.map(|it| (notify.clone(), it)));
                }
            }
        }
        (self.policy, self.rules) = (policy, rules);
        self.plan();
    }

    /// Gathers the windows from the policy and those that people have made.
    pub(crate) fn plan(&mut self) {
        let mut windows = self.policy.windows.clone();
        windows.extend(self.memory.windows());
        self.calendar = Calendar::new(windows);
    }

    /// The troubles that nobody watches any more, each once. `at` is the
    /// present, in Unix milliseconds.
    pub fn take_ended(&mut self, at: i64) -> Vec<Ended> {
        let mut ended = std::mem::take(&mut self.ended);
        for (_, notice) in &mut ended {
            notice.at = at;
        }
        ended
    }

    /// Takes a sample: `at` in Unix milliseconds, `value` in the metric's
    /// unit, or nothing when it failed (with an `error` in words, if there is
    /// one). A probe that was skipped during a speed test is no sample.
    ///
    /// Returns the notices that the sample causes; [`Alerts::notify`] names the
    /// notifiers to send them by.
    pub fn sample(
        &mut self,
        at: i64,
        metric: &str,
        target: &str,
        value: Option<f64>,
        error: Option<&str>,
    ) -> Vec<Notice> {
        let Some(metric) = Metric::find(metric) else { return Vec::new() };
        let measured = Measured { at, value, error };
        let answered = value.is_some();
        let is_upstream =
            self.upstreams.result(target, metric.name, at, answered);
        let unreachable = self.upstreams.cause(target).is_some();
        let mut notices = Vec::new();
        for place in 0..self.rules.len() {
            let rule = &self.rules[place];
            let watched = rule.series.iter().any(|(name, watched)| {
                name == target && *watched == metric.name
            });
            if !watched {
                continue;
            }
            let series = self.memory.series(&rule.name, target, metric.name);
            if unreachable && series.is_bad(rule, metric, value) {
                // It says nothing of this target.
                series.excuse();
                continue;
            }
            notices.extend(series.result(rule, target, metric, measured));
            notices.extend(self.tell(place, target, metric.name, at));
        }
        if is_upstream {
            notices.extend(self.follow_upstream(target, at));
        }
        notices
    }

    /// What is to be told although no sample says so: that trouble lasts, that
    /// it has outlived a window for planned work, that it is no upstream's.
    /// `at` is the present, in Unix milliseconds. To be called every few
    /// seconds.
    pub fn due(&mut self, at: i64) -> Vec<Notice> {
        self.memory.silences.retain(|silence| at < silence.until);
        let mut notices = Vec::new();
        for (place, target, metric) in self.failing(|_| true) {
            notices.extend(self.tell(place, &target, metric, at));
        }
        notices
    }

    /// The series with trouble on these targets: the rule's place, the target
    /// and the metric.
    fn failing(
        &self,
        of: impl Fn(&String) -> bool,
    ) -> Vec<(usize, String, &'static str)> {
        let mut failing = Vec::new();
        for (place, rule) in self.rules.iter().enumerate() {
            for (target, metric) in &rule.series {
                let series = self.memory.get(&rule.name, target, metric);
                if of(target) && series.is_some_and(|one| one.failing) {
                    failing.push((place, target.clone(), *metric));
                }
            }
        }
        failing
    }

    // ANCHOR: tell
    /// Tells of the trouble of one series, if there is something to tell, and
    /// nobody has asked for quiet.
    fn tell(
        &mut self,
        place: usize,
        target: &str,
        metric: &str,
        at: i64,
    ) -> Option<Notice> {
        let rule = &self.rules[place];
        let series = self.memory.get(&rule.name, target, metric)?;
        let state = series.telling(rule, at)?;
        let (first, last) = series.bad_results();
        let verdict = self.upstreams.verdict(target, first, last);
        let quiet = self.calendar.open_for(target, at).is_some()
            || self.memory.silenced(&rule.name, target, at).is_some();
        if quiet || verdict != Verdict::Own {
            return None;
        }
        let more = self.causes(target, metric, series);
        let more = behind_in_words(more);
        let series = self.memory.series(&rule.name, target, metric);
        Some(series.tell(rule, target, metric, (state, at), &more))
    }
    // ANCHOR_END: tell

    /// The number of targets that cannot be reached because this one fails.
    fn causes(&self, target: &str, metric: &str, series: &Series) -> u64 {
        let (since, _) = series.bad_results();
        match series.failed() && self.upstreams.is_own_metric(target, metric) {
            true => self.upstreams.not_reached(target, since),
            false => 0,
        }
    }

    /// What the result of an upstream means for what lies behind it: excused,
    /// when it is down, or perhaps to be told at last.
    fn follow_upstream(&mut self, upstream: &str, at: i64) -> Vec<Notice> {
        let behind: BTreeSet<String> =
            self.upstreams.behind(upstream).cloned().collect();
        let mut notices = Vec::new();
        let behind = self.failing(|target| behind.contains(target));
        for (place, target, metric) in behind {
            if self.upstreams.cause(&target).is_some() {
                let rule = &self.rules[place].name;
                self.memory.series(rule, &target, metric).excuse();
            } else {
                notices.extend(self.tell(place, &target, metric, at));
            }
        }
        notices
    }

    /// What a target cannot be reached because of, if that is so: the farthest
    /// of what it lies behind that is down.
    pub fn cause(&self, target: &str) -> Option<&str> {
        self.upstreams.cause(target)
    }

    /// The rules, as they were written.
    pub(crate) fn rules(&self) -> &[Rule] {
        &self.policy.rules
    }

    /// Whether a rule watches a target or speed test.
    pub(crate) fn watches(&self, target: &str) -> bool {
        let watches = |rule: &Rule| {
            rule.series.iter().any(|(watched, _)| watched == target)
        };
        self.rules.iter().any(watches)
    }

    /// The notifiers that a rule names.
    pub fn notify(&self, alert: &str) -> &[String] {
        let rule = self.rules.iter().find(|rule| rule.name == alert);
        rule.map_or(&[], |rule| &rule.notify)
    }

    /// The present state: trouble, and rules that still learn.
    pub fn ongoing(&self) -> Vec<Ongoing> {
        let mut ongoing = Vec::new();
        for rule in &self.rules {
            for (target, metric) in &rule.series {
                let Some(series) = self.memory.get(&rule.name, target, metric)
                else {
                    continue;
                };
                let learns = rule.condition == Condition::Learnt
                    && series.baseline.is_learning();
                let (state, since, words) = if self.is_shown(target, series) {
                    let words = series.words.clone();
                    (OngoingState::Failing, series.since, words)
                } else if learns {
                    (OngoingState::Learning, 0, learning(target, series))
                } else {
                    continue;
                };
                ongoing.push(Ongoing {
                    name: rule.name.clone(),
                    target: target.clone(),
                    metric: (*metric).to_owned(),
                    state,
                    since,
                    words,
                    silenced_until: self
                        .memory
                        // Those that have ended are taken out when due.
                        .silenced(&rule.name, target, i64::MIN)
                        .map(|silence| silence.until),
                    acknowledged: series.acknowledged.clone(),
                    causes: self.causes(target, metric, series),
                });
            }
        }
        ongoing
    }

    /// Whether trouble is shown: not before it is known whose it is.
    fn is_shown(&self, target: &str, series: &Series) -> bool {
        let (first, last) = series.bad_results();
        let verdict = || self.upstreams.verdict(target, first, last);
        series.failing && (series.told.is_some() || verdict() == Verdict::Own)
    }

    /// The memory to keep for the next start.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }
}

/// The rules, and for each a rule on what its targets lie behind, where those
/// whom it tells would not hear of that: somebody must be told of the cause.
fn with_upstreams(rules: &[Rule], upstreams: &Upstreams) -> Vec<Rule> {
    let mut all = rules.to_vec();
    for rule in rules {
        let mut causes = BTreeSet::new();
        for (target, metric) in &rule.series {
            // A certificate ends, whether the target is reached or not.
            if *metric != "certificate" {
                causes.extend(upstreams.chain(target).map(str::to_owned));
            }
        }
        for cause in causes {
            let Some(metric) = upstreams.own_metric(&cause) else { continue };
            let series = (cause, metric);
            let told = |name: &String| {
                rules.iter().any(|one| {
                    one.series.contains(&series) && one.notify.contains(name)
                })
            };
            if !rule.notify.iter().all(told) {
                let condition = Condition::Fails;
                let series = vec![series];
                all.push(Rule { series, condition, ..rule.clone() });
            }
        }
    }
    all
}

fn learning(target: &str, series: &Series) -> String {
    let (known, needed) = series.baseline.progress();
    format!("{target}: learning what is usual, {known} of {needed} values")
}

impl Memory {
    /// The silence of a rule on a target at a moment, if there is one.
    fn silenced(&self, alert: &str, target: &str, at: i64) -> Option<&Silence> {
        let silences = self.silences.iter();
        let covers = |one: &&Silence| one.covers(alert, target, at);
        silences.filter(covers).max_by_key(|one| one.until)
    }

    fn get(&self, rule: &str, target: &str, metric: &str) -> Option<&Series> {
        self.series.get(rule)?.get(target)?.get(metric)
    }

    /// The same, to be changed.
    pub(crate) fn existing(
        &mut self,
        rule: &str,
        target: &str,
        metric: &str,
    ) -> Option<&mut Series> {
        self.series.get_mut(rule)?.get_mut(target)?.get_mut(metric)
    }

    fn series(
        &mut self,
        rule: &str,
        target: &str,
        metric: &str,
    ) -> &mut Series {
        let targets = self.series.entry(rule.to_owned()).or_default();
        let metrics = targets.entry(target.to_owned()).or_default();
        metrics.entry(metric.to_owned()).or_default()
    }
}
