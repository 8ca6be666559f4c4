//! All rules on all their series.

use serde::{Deserialize, Serialize};

use super::memory::Memory;
use super::notice::Notice;
use super::series::{Measured, Series};
use crate::{Condition, Rule};
use history::Metric;

/// All rules: fed with samples, says what is to be told.
#[derive(Debug, Clone)]
pub struct Alerts {
    rules: Vec<Rule>,
    memory: Memory,
}

/// A rule that has something to say now.
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
    /// All of it in a sentence.
    pub words: String,
}

/// Why a rule has something to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OngoingState {
    /// There is trouble.
    Failing,
    /// It does not know yet what is usual.
    Learning,
}

impl Alerts {
    /// Starts with what was remembered.
    pub fn new(rules: &[Rule], memory: Memory) -> Alerts {
        let mut alerts = Alerts { rules: Vec::new(), memory };
        alerts.reload(rules);
        alerts
    }

    /// Takes other rules. What a rule of the same name on the same series
    /// knew is kept; what belongs to no rule any more is forgotten.
    pub fn reload(&mut self, rules: &[Rule]) {
        self.rules = rules.to_vec();
        let mut before = std::mem::take(&mut self.memory.series);
        for rule in rules {
            for (target, metric) in &rule.series {
                let kept = before
                    .get_mut(&rule.name)
                    .and_then(|targets| targets.get_mut(target))
                    .and_then(|metrics| metrics.remove(*metric))
                    .unwrap_or_default();
                *self.memory.series(&rule.name, target, metric) = kept;
            }
        }
    }

    /// Takes a sample: `at` in Unix milliseconds, `value` in the metric's
    /// unit or nothing when it failed (with an `error` in words, if there is
    /// one). What was skipped while a speed test ran is no sample.
    ///
    /// Returns what is to be told; [`Alerts::notify`] says to whom.
    pub fn sample(
        &mut self,
        at: i64,
        metric: &str,
        target: &str,
        value: Option<f64>,
        error: Option<&str>,
    ) -> Vec<Notice> {
        let Some(metric) = Metric::find(metric) else { return Vec::new() };
        let mut notices = Vec::new();
        for rule in &self.rules {
            let watched = rule.series.iter().any(|(name, watched)| {
                name == target && *watched == metric.name
            });
            if watched {
                let series =
                    self.memory.series(&rule.name, target, metric.name);
                let measured = Measured { at, value, error };
                notices.extend(series.result(rule, target, metric, measured));
            }
        }
        notices
    }

    /// The notifiers that a rule names.
    pub fn notify(&self, alert: &str) -> &[String] {
        let rule = self.rules.iter().find(|rule| rule.name == alert);
        rule.map_or(&[], |rule| &rule.notify)
    }

    /// What there is to say now: trouble, and rules that still learn.
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
                let (state, since, words) = if series.failing {
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
                });
            }
        }
        ongoing
    }

    /// What to keep over a restart.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }
}

fn learning(target: &str, series: &Series) -> String {
    let (known, needed) = series.baseline.progress();
    format!("{target}: learning what is usual, {known} of {needed} values")
}

impl Memory {
    fn get(&self, rule: &str, target: &str, metric: &str) -> Option<&Series> {
        self.series.get(rule)?.get(target)?.get(metric)
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
