//! A rule: what counts as trouble, and whom to tell.

use std::time::Duration;

/// A rule, as one `[[alert]]` describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name. Unique.
    pub name: String,
    /// The series that it watches: a target or speed test, and a metric. A
    /// rule for `"all"` lists all of them.
    pub series: Vec<(String, &'static str)>,
    /// The condition for trouble.
    pub condition: Condition,
    /// The number of bad results in a row after which trouble is announced.
    pub after: u32,
    /// The number of good results in a row after which its end is announced.
    pub recover_after: u32,
    /// The names of the notifiers that send it.
    pub notify: Vec<String>,
    /// The time after which trouble that lasts is told again. `None`: never.
    pub remind: Option<Duration>,
}

impl Default for Rule {
    fn default() -> Rule {
        Rule {
            name: String::new(),
            series: Vec::new(),
            condition: Condition::Fails,
            after: 3,
            recover_after: 3,
            notify: Vec::new(),
            remind: None,
        }
    }
}

/// What counts as trouble. A measurement that failed (no answer, a broken test)
/// is trouble for every rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    /// Only a measurement that failed.
    Fails,
    /// A value above this one, in the metric's unit.
    Above(f64),
    /// A value below this one, in the metric's unit.
    Below(f64),
    /// A value that is unusual on the metric's bad side: see
    /// [`Baseline`](crate::Baseline).
    Learnt,
}
