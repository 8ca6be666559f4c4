//! The memory of the alerts, which outlives a restart.

use std::collections::BTreeMap;

use schedule::Window;
use serde::{Deserialize, Serialize};

use crate::own_network::NoNetwork;
use crate::series::Series;
use crate::{Maintenance, Silence};

/// The knowledge of the alerts: what fails, since when, what is usual. It comes
/// from [`Alerts::memory`](crate::Alerts::memory) and is kept as JSON, so that
/// nothing is told a second time after a restart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// By rule, then by target, then by metric.
    pub(crate) series: BTreeMap<String, BTreeMap<String, Metrics>>,
    /// What people have silenced.
    #[serde(default)]
    pub(crate) silences: Vec<Silence>,
    /// The windows for planned work that people have made.
    #[serde(default)]
    pub(crate) windows: Vec<OwnWindow>,
    /// While this machine has no network.
    #[serde(default)]
    pub(crate) no_network: Option<NoNetwork>,
    /// The number of silences and windows that were made so far.
    #[serde(default)]
    pub(crate) made: u64,
}

/// A window that somebody has made, in the file's own terms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OwnWindow {
    pub id: String,
    pub name: String,
    /// Empty: all of them.
    pub targets: Vec<String>,
    /// In Unix milliseconds.
    pub from: i64,
    pub to: i64,
}

impl Memory {
    /// What the next silence or window is known by.
    pub(crate) fn next_id(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}-{}", self.made)
    }

    /// The windows that people have made.
    pub(crate) fn windows(&self) -> Vec<Maintenance> {
        let mut windows = Vec::new();
        for own in &self.windows {
            if let Ok(window) = Window::between(own.from, own.to) {
                windows.push(Maintenance {
                    id: own.id.clone(),
                    name: own.name.clone(),
                    targets: own.targets.clone(),
                    window,
                });
            }
        }
        windows
    }
}

pub(crate) type Metrics = BTreeMap<String, Series>;
