//! A target, as far as a report has to know it.

use std::time::Duration;

/// What is asked whether it answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// What is asked.
    pub address: String,
    /// `ping`, `tcp`, `http` or `dns`.
    pub kind: &'static str,
    /// The metric under which its round trips are recorded.
    pub metric: &'static str,
    /// The interval between two probes.
    pub every: Duration,
    /// How many failures in a row are an outage.
    pub down_after: u32,
    /// Another target that this one lies behind, such as a router: while that
    /// is away, nobody knows whether this one is.
    pub behind: Option<String>,
}
