//! A rule: what counts as trouble, and whom to tell.

/// One `[[alert]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name. Unique.
    pub name: String,
    /// What it watches: a metric of a target or of a speed test each. One
    /// rule that says `"all"` has all of them here.
    pub series: Vec<(String, &'static str)>,
    /// What is trouble.
    pub condition: Condition,
    /// The number of bad results in a row after which trouble is told.
    pub after: u32,
    /// The number of good results in a row after which its end is told.
    pub recover_after: u32,
    /// The names of the notifiers that are told.
    pub notify: Vec<String>,
}

/// What is trouble. A measurement that failed (no answer, a broken test) is
/// trouble for every rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    /// Only what failed.
    Fails,
    /// A value above this one, in the metric's unit.
    Above(f64),
    /// A value below this one, in the metric's unit.
    Below(f64),
    /// A value that is unusual on the metric's bad side: see
    /// [`Baseline`](crate::Baseline).
    Learnt,
}
