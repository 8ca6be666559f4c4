//! The sentences in which trouble and its end are told.

use std::time::Duration;

use daemon::units::in_words;
use history::Metric;
use programs::one_line;

use crate::notice::moment;
use crate::series::{Measured, Series, is_below};
use crate::{Condition, Rule};

/// When a certificate ends, of which so many days are left.
fn certificate_in_words(days: f64) -> String {
    let count = |days: f64| match days {
        1.0 => "1 day".to_owned(),
        days => format!("{days:.0} days"),
    };
    match days {
        ..0.0 => format!("the certificate expired {} ago", count(-days)),
        0.0..1.0 => "the certificate expires today".to_owned(),
        days => format!("the certificate expires in {}", count(days)),
    }
}

impl Series {
    /// Such as `router: ping fails: no answer, 3 times in a row, since …`.
    pub fn trouble_in_words(
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
                        format!(", usually {}", metric.format(usual))
                    }
                    _ => String::new(),
                };
                let what = match metric.name {
                    "certificate" => certificate_in_words(value),
                    name => format!("{name} is {}", metric.format(value)),
                };
                format!("{what}, {side} {}{usual}", metric.format(threshold))
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

    /// Such as `still, after 4h: router: ping fails: no answer, …`.
    pub fn lasting_in_words(&self, at: i64) -> String {
        let lasts = at.saturating_sub(self.since).max(0);
        let lasts = Duration::from_millis(lasts.unsigned_abs());
        format!("still, after {}: {}", in_words(lasts), self.words)
    }

    /// Such as `router: ping is well again (1.5 ms), after 7 s of trouble, …`.
    pub fn recovery_in_words(
        &self,
        target: &str,
        metric: &Metric,
        measured: Measured<'_>,
    ) -> String {
        let value = match measured.value {
            Some(value) => format!(" ({})", metric.format(value)),
            None => String::new(),
        };
        let lasted = self.good_since.saturating_sub(self.since).max(0);
        let lasted = Duration::from_millis(lasted.unsigned_abs());
        format!(
            "{}: {} is well again{value}, after {} of trouble, from {} on",
            one_line(target),
            metric.name,
            in_words(lasted),
            moment(self.good_since),
        )
    }
}

/// How many targets lie behind one that fails, to be added to its sentence.
pub(crate) fn behind_in_words(count: u64) -> String {
    match count {
        0 => String::new(),
        1 => "; 1 target behind it cannot be reached".to_owned(),
        more => format!("; {more} targets behind it cannot be reached"),
    }
}

/// Such as `router: not watched any more; the last that was told: …`.
pub(crate) fn unwatched_in_words(target: &str, told: &str) -> String {
    format!(
        "{}: not watched any more; the last that was told: {told}",
        one_line(target)
    )
}
