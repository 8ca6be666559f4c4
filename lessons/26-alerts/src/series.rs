//! One rule on one series: from results to notices.

use std::time::Duration;

use history::Metric;
use serde::{Deserialize, Serialize};

use crate::notice::{Notice, NoticeState};
use crate::sentence::unwatched_in_words;
use crate::{Acknowledged, Baseline, Condition, Rule};

/// Trouble that returns within this time, in milliseconds, is a relapse.
const RELAPSE: i64 = 60 * 60 * 1000;

/// After each relapse, recovery needs this many times as many good results.
const PATIENCE: u32 = 4;

/// After trouble of this length, in milliseconds, its values are usual, and
/// those that were learnt before are forgotten.
const NEW_USUAL: i64 = 7 * 24 * 60 * 60 * 1000;

/// The memory of one rule on one series. It survives a restart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Series {
    /// Whether there is trouble.
    pub failing: bool,
    /// When somebody was last told of it; nothing while nobody was.
    #[serde(default)]
    pub told: Option<i64>,
    #[serde(default)]
    pub acknowledged: Option<Acknowledged>,
    /// When the last of the bad results was measured.
    #[serde(default)]
    last_bad: i64,
    /// The value of the last sentence, and what it was compared with.
    #[serde(default)]
    value: Option<f64>,
    #[serde(default)]
    threshold: Option<f64>,
    /// When the first of the bad results in a row was measured.
    pub since: i64,
    /// The last sentence about the trouble.
    pub words: String,
    bad: u32,
    good: u32,
    /// When the first of the good results in a row was measured.
    pub good_since: i64,
    recovered_at: Option<i64>,
    /// How often it has come back, each time within an hour.
    pub relapses: u32,
    pub baseline: Baseline,
    /// The values during trouble, in case they become the usual ones.
    unusual: Baseline,
}

/// One result: a value in the metric's unit, or why there is none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured<'a> {
    /// In Unix milliseconds.
    pub at: i64,
    pub value: Option<f64>,
    pub error: Option<&'a str>,
}

impl Series {
    /// Takes a result. Returns what somebody is to be told at once: that a
    /// trouble is over that was told. That one has begun is told by
    /// [`Series::telling`], now or later.
    pub fn result(
        &mut self,
        rule: &Rule,
        target: &str,
        metric: &Metric,
        measured: Measured<'_>,
    ) -> Option<Notice> {
        let Measured { value, .. } = measured;
        let threshold = self.threshold(rule.condition, metric);
        let bad = self.is_bad(rule, metric, value);
        let state = match bad {
            true => self.bad(rule, measured),
            false => self.good(rule, measured),
        }?;
        self.words = match state {
            NoticeState::Recovered => {
                self.recovery_in_words(target, metric, measured)
            }
            _ => {
                self.trouble_in_words(rule, target, metric, measured, threshold)
            }
        };
        (self.value, self.threshold) = (value, threshold);
        let over = state == NoticeState::Recovered;
        (over && self.forget_telling()).then(|| {
            let words = self.words.clone();
            self.notice(rule, target, metric.name, state, measured.at, words)
        })
    }

    /// Whether a value, or that there is none, is bad for this rule.
    pub fn is_bad(
        &self,
        rule: &Rule,
        metric: &Metric,
        value: Option<f64>,
    ) -> bool {
        match (value, self.threshold(rule.condition, metric)) {
            (None, _) => true,
            (Some(value), Some(threshold)) if is_below(rule, metric) => {
                value < threshold
            }
            (Some(value), Some(threshold)) => value > threshold,
            (Some(_), None) => false,
        }
    }

    /// Forgets that the trouble was told. Returns whether it was.
    fn forget_telling(&mut self) -> bool {
        self.acknowledged = None;
        self.told.take().is_some()
    }

    // ANCHOR: telling
    /// What is to be told of the trouble now: that it has begun, if nobody
    /// knows yet, or that it lasts, when it is time to say so again.
    pub fn telling(&self, rule: &Rule, at: i64) -> Option<NoticeState> {
        // While it may be ending, nobody is called for it.
        if !self.failing || self.bad == 0 {
            return None;
        }
        let Some(told) = self.told else { return Some(NoticeState::Failing) };
        let again = milliseconds(rule.remind?);
        let due = at.saturating_sub(told) >= again;
        (due && self.acknowledged.is_none()).then_some(NoticeState::Lasting)
    }
    // ANCHOR_END: telling

    /// Tells somebody of the trouble. `more` is added to the sentence.
    pub fn tell(
        &mut self,
        rule: &Rule,
        target: &str,
        metric: &str,
        (state, at): (NoticeState, i64),
        more: &str,
    ) -> Notice {
        self.told = Some(at);
        let words = match state {
            NoticeState::Lasting => self.lasting_in_words(at),
            _ => self.words.clone(),
        };
        self.notice(rule, target, metric, state, at, words + more)
    }

    fn notice(
        &self,
        rule: &Rule,
        target: &str,
        metric: &str,
        state: NoticeState,
        at: i64,
        words: String,
    ) -> Notice {
        Notice {
            alert: rule.name.clone(),
            target: target.to_owned(),
            metric: metric.to_owned(),
            state,
            at,
            since: self.since,
            value: self.value,
            threshold: self.threshold,
            words,
        }
    }

    /// The times of the first and the last bad result of the trouble.
    pub fn bad_results(&self) -> (i64, i64) {
        (self.since, self.last_bad)
    }

    /// Whether the trouble is that nothing was measured.
    pub fn failed(&self) -> bool {
        self.failing && self.value.is_none()
    }

    /// Takes the bad results back: they were the trouble of something else.
    /// What was told stays until it is over.
    pub fn excuse(&mut self) {
        self.bad = 0;
        if self.told.is_none() {
            self.failing = false;
            self.acknowledged = None;
        }
    }

    /// The notice that nobody watches this series any more, if there is
    /// trouble. When that was, its caller knows.
    pub fn unwatched(
        &self,
        rule: &str,
        target: &str,
        metric: &str,
    ) -> Option<Notice> {
        self.told.map(|_| Notice {
            alert: rule.to_owned(),
            target: target.to_owned(),
            metric: metric.to_owned(),
            state: NoticeState::Unwatched,
            at: self.since,
            since: self.since,
            value: None,
            threshold: None,
            words: unwatched_in_words(target, &self.words),
        })
    }

    // ANCHOR: bad
    fn bad(
        &mut self,
        rule: &Rule,
        measured: Measured<'_>,
    ) -> Option<NoticeState> {
        let Measured { at, value, .. } = measured;
        self.good = 0;
        self.bad = self.bad.saturating_add(1);
        self.last_bad = at;
        if self.bad == 1 && !self.failing {
            self.since = at;
        }
        if self.failing {
            self.learn_from_trouble(at, value);
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
    // ANCHOR_END: bad

    // ANCHOR: good
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
        // Trouble that comes and goes must stay away longer each time before
        // anybody believes it; a quiet hour is always enough.
        let patience = PATIENCE.saturating_pow(self.relapses);
        let enough = self.good >= rule.recover_after.saturating_mul(patience);
        let quiet = self.good >= rule.recover_after
            && at.saturating_sub(self.good_since) >= RELAPSE;
        if !enough && !quiet {
            return None;
        }
        self.failing = false;
        // What nobody knew of does not come back.
        if self.told.is_some() {
            self.recovered_at = Some(at);
        }
        self.unusual = Baseline::default();
        Some(NoticeState::Recovered)
    }
    // ANCHOR_END: good

    /// After a week of measured trouble, its values are the usual ones: the
    /// line has moved to another provider, say, and nobody told the monitor.
    fn learn_from_trouble(&mut self, at: i64, value: Option<f64>) {
        let Some(value) = value else { return };
        self.unusual.learn(at, value);
        let long = at.saturating_sub(self.since) >= NEW_USUAL;
        if long && !self.unusual.is_learning() {
            self.baseline = std::mem::take(&mut self.unusual);
        }
    }

    fn threshold(&self, condition: Condition, metric: &Metric) -> Option<f64> {
        // Nobody notices a difference of five milliseconds.
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
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Whether small values are the bad ones.
pub(crate) fn is_below(rule: &Rule, metric: &Metric) -> bool {
    match rule.condition {
        Condition::Below(_) => true,
        Condition::Above(_) | Condition::Fails => false,
        Condition::Learnt => metric.more_is_better,
    }
}
