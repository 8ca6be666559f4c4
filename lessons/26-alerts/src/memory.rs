//! The memory of the alerts, which outlives a restart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::series::Series;

/// The knowledge of the alerts: what fails, since when, what is usual. It comes
/// from [`Alerts::memory`](crate::Alerts::memory) and is kept as JSON, so that
/// nothing is told a second time after a restart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// By rule, then by target, then by metric.
    pub(crate) series: BTreeMap<String, BTreeMap<String, Metrics>>,
}

pub(crate) type Metrics = BTreeMap<String, Series>;
