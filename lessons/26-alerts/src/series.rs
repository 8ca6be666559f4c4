//! One rule on one series: from results to notices.

use serde::{Deserialize, Serialize};

use super::Baseline;
use super::notice::{Notice, NoticeState, moment, one_line};
use crate::{Condition, Rule};
use daemon::units::in_words;
use history::Metric;

/// Trouble that comes back within so many milliseconds comes and goes.
const RELAPSE: i64 = 60 * 60 * 1000;

/// Each relapse asks for so many times more good results than before.
const PATIENCE: u32 = 4;

/// Trouble that has been measured for so long (a week, in milliseconds) is
/// how it is now: what was learnt before is forgotten.
const NEW_USUAL: i64 = 7 * 24 * 60 * 60 * 1000;

/// What is remembered of one rule on one series. It survives a restart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Series {
    /// Whether trouble was told.
    pub failing: bool,
    /// When the first of the bad results in a row was measured.
    pub since: i64,
    /// The last sentence about it.
    pub words: String,
    bad: u32,
    good: u32,
    /// When the first of the good results in a row was measured.
    good_since: i64,
    recovered_at: Option<i64>,
    relapses: u32,
    pub baseline: Baseline,
    /// What is measured while it fails, should it become usual.
    unusual: Baseline,
}

/// One result.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured<'a> {
    pub at: i64,
    pub value: Option<f64>,
    pub error: Option<&'a str>,
}

impl Series {
    /// Takes a result, and says what is to be told.
    pub fn result(
        &mut self,
        rule: &Rule,
        target: &str,
        metric: &Metric,
        measured: Measured<'_>,
    ) -> Option<Notice> {
        let Measured { at, value, .. } = measured;
        let threshold = self.threshold(rule.condition, metric);
        let bad = match (value, threshold) {
            (None, _) => true,
            (Some(value), Some(threshold)) if is_below(rule, metric) => {
                value < threshold
            }
            (Some(value), Some(threshold)) => value > threshold,
            (Some(_), None) => false,
        };
        let state = match bad {
            true => self.bad(rule, measured),
            false => self.good(rule, measured),
        }?;
        self.words = match state {
            NoticeState::Failing => {
                self.trouble(rule, target, metric, measured, threshold)
            }
            NoticeState::Recovered => self.recovery(target, metric, measured),
        };
        Some(Notice {
            alert: rule.name.clone(),
            target: target.to_owned(),
            metric: metric.name.to_owned(),
            state,
            at,
            since: self.since,
            value,
            threshold,
            words: self.words.clone(),
        })
    }

    fn bad(
        &mut self,
        rule: &Rule,
        measured: Measured<'_>,
    ) -> Option<NoticeState> {
        let Measured { at, value, .. } = measured;
        self.good = 0;
        self.bad = self.bad.saturating_add(1);
        if self.bad == 1 && !self.failing {
            self.since = at;
        }
        if self.failing {
            self.get_used_to_it(at, value);
            return None;
        }
        if self.bad < rule.after {
            return None;
        }
        self.failing = true;
        let again = self
            .recovered_at
            .is_some_and(|ended| at.saturating_sub(ended) < RELAPSE);
        self.relapses = if again { self.relapses + 1 } else { 0 };
        Some(NoticeState::Failing)
    }

    fn good(
        &mut self,
        rule: &Rule,
        measured: Measured<'_>,
    ) -> Option<NoticeState> {
        let Measured { at, value, .. } = measured;
        self.bad = 0;
        if self.good == 0 {
            self.good_since = at;
        }
        self.good = self.good.saturating_add(1);
        if !self.failing {
            if let (Condition::Learnt, Some(value)) = (rule.condition, value) {
                self.baseline.learn(at, value);
            }
            return None;
        }
        // What comes and goes must stay longer each time to be believed;
        // a quiet hour is always enough.
        let patience = PATIENCE.saturating_pow(self.relapses);
        let enough = self.good >= rule.recover_after.saturating_mul(patience);
        let quiet = self.good >= rule.recover_after
            && at.saturating_sub(self.good_since) >= RELAPSE;
        if !enough && !quiet {
            return None;
        }
        self.failing = false;
        self.recovered_at = Some(at);
        self.unusual = Baseline::default();
        Some(NoticeState::Recovered)
    }

    /// After a week of measured trouble, what it measures is the usual: the
    /// line was moved to another provider, and nobody told the monitor.
    fn get_used_to_it(&mut self, at: i64, value: Option<f64>) {
        let Some(value) = value else { return };
        self.unusual.learn(at, value);
        let long = at.saturating_sub(self.since) >= NEW_USUAL;
        if long && !self.unusual.is_learning() {
            self.baseline = std::mem::take(&mut self.unusual);
        }
    }

    fn threshold(&self, condition: Condition, metric: &Metric) -> Option<f64> {
        // Five milliseconds are nothing that a person notices.
        let least = match metric.unit {
            "ms" => 5.0,
            "share" => 0.02,
            _ => 0.0,
        };
        match condition {
            Condition::Fails => None,
            Condition::Above(most) => Some(most),
            Condition::Below(least) => Some(least),
            Condition::Learnt => {
                self.baseline.threshold(metric.more_is_better, least)
            }
        }
    }

    fn trouble(
        &self,
        rule: &Rule,
        target: &str,
        metric: &Metric,
        measured: Measured<'_>,
        threshold: Option<f64>,
    ) -> String {
        let what = match (measured.value, threshold) {
            (Some(value), Some(threshold)) => {
                let side =
                    if is_below(rule, metric) { "below" } else { "above" };
                let usual = match self.baseline.usual() {
                    Some(usual) if rule.condition == Condition::Learnt => {
                        format!(", usually {}", metric.words(usual))
                    }
                    _ => String::new(),
                };
                format!(
                    "{} is {}, {side} {}{usual}",
                    metric.name,
                    metric.words(value),
                    metric.words(threshold),
                )
            }
            _ => {
                let error = measured.error.unwrap_or("no answer");
                format!("{} fails: {}", metric.name, one_line(error))
            }
        };
        let times = match rule.after {
            1 => String::new(),
            times => format!(", {times} times in a row"),
        };
        let again = match self.relapses {
            0 => String::new(),
            1 => "; it came back within the hour".to_owned(),
            more => format!("; it came back {more} times, each within an hour"),
        };
        let (target, since) = (one_line(target), moment(self.since));
        format!("{target}: {what}{times}, since {since}{again}")
    }

    fn recovery(
        &self,
        target: &str,
        metric: &Metric,
        measured: Measured<'_>,
    ) -> String {
        let value = match measured.value {
            Some(value) => format!(" ({})", metric.words(value)),
            None => String::new(),
        };
        let lasted = self.good_since.saturating_sub(self.since).max(0);
        let lasted = std::time::Duration::from_millis(lasted.unsigned_abs());
        format!(
            "{}: {} is well again{value}, after {} of trouble, from {} on",
            one_line(target),
            metric.name,
            in_words(lasted),
            moment(self.good_since),
        )
    }
}

/// Whether small values are the bad ones.
fn is_below(rule: &Rule, metric: &Metric) -> bool {
    match rule.condition {
        Condition::Below(_) => true,
        Condition::Above(_) | Condition::Fails => false,
        Condition::Learnt => metric.more_is_better,
    }
}
