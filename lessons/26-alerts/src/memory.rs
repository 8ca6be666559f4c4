//! What the alerts remember over a restart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::series::Series;

/// Everything that the alerts know: what fails, since when, and what is
/// usual. Made by [`Alerts::memory`](super::Alerts::memory), to be kept as
/// JSON; what was told before a restart is not told again after it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// By rule, then by target, then by metric.
    pub(super) series: BTreeMap<String, BTreeMap<String, Metrics>>,
}

pub(super) type Metrics = BTreeMap<String, Series>;
