//! What a person asks the monitor to do: be silent, take note, expect work.

use serde::{Deserialize, Serialize};

/// A silence to make: nobody is told of what it covers. It covers the alert
/// and the target that it names; what it leaves out is any.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NewSilence {
    /// The alert's name.
    pub alert: Option<String>,
    /// The target's name.
    pub target: Option<String>,
    /// How long it lasts from now on, in minutes.
    pub minutes: u64,
    /// Why, in a person's words.
    #[serde(default)]
    pub words: String,
}

/// An alert to acknowledge: somebody sees to it, and no reminder is sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Acknowledge {
    /// The alert's name.
    pub alert: String,
    /// The target's name.
    pub target: String,
    /// What is measured.
    pub metric: String,
    /// What is being done, in a person's words.
    #[serde(default)]
    pub words: String,
}

/// A maintenance window to make. Without targets and groups it is for all
/// targets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NewWindow {
    /// What is being done, such as "patch night".
    pub name: String,
    /// The names of targets.
    #[serde(default)]
    pub targets: Vec<String>,
    /// The names of groups.
    #[serde(default)]
    pub groups: Vec<String>,
    /// When it opens.
    pub from: i64,
    /// When it closes.
    pub to: i64,
}

/// The answer to what was made: how it is named when it is to be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its identifier.
    pub id: String,
}
