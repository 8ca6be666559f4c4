//! All rules on all their series: samples in, notices out.

use history::Metric;
use serde::{Deserialize, Serialize};

use crate::series::{Measured, Series};
use crate::{Condition, Memory, Notice, Rule};

/// All rules. Fed with samples, they return notices.
#[derive(Debug, Clone)]
pub struct Alerts {
    rules: Vec<Rule>,
    memory: Memory,
    /// What is to be told of what nobody watches any more.
    ended: Vec<Ended>,
}

/// A trouble whose target or rule was taken out while it lasted: a notice that
/// says so, and the notifiers that have told of the trouble.
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
    /// Until when nobody is told of it, in Unix milliseconds, where a silence
    /// covers it.
    #[serde(default)]
    pub silenced_until: Option<i64>,
    /// Who sees to it, where somebody does.
    #[serde(default)]
    pub acknowledged: Option<Acknowledged>,
    /// How many targets cannot be reached because this one is down.
    #[serde(default)]
    pub causes: u64,
}

/// The word of a person that an alert is being seen to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// When it was said, in Unix milliseconds.
    pub at: i64,
    /// The account that said it, where there are accounts.
    pub by: Option<String>,
    /// What is being done, in a person's words.
    pub words: String,
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
        let mut alerts =
            Alerts { rules: rules.to_vec(), memory, ended: Vec::new() };
        alerts.reload(rules);
        alerts
    }

    /// Replaces the rules. A rule of the same name on the same series keeps its
    /// memory; the memory of a rule that is gone is forgotten, and trouble that
    /// lasts is [ended](Alerts::take_ended).
    pub fn reload(&mut self, rules: &[Rule]) {
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
        for (rule, targets) in before {
            let notify = self.notify(&rule).to_vec();
            for (target, metrics) in targets {
                for (metric, series) in metrics {
                    let ended = series.unwatched(&rule, &target, &metric);
                    self.ended.extend(ended.map(|it| (notify.clone(), it)));
                }
            }
        }
        self.rules = rules.to_vec();
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
                    silenced_until: None,
                    acknowledged: None,
                    causes: 0,
                });
            }
        }
        ongoing
    }

    /// The memory to keep for the next start.
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
