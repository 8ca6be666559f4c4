//! Maintenance windows: times at which nobody is told.

use serde::{Deserialize, Serialize};

/// A maintenance window that is open now or opens next.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowStatus {
    /// Its identifier.
    pub id: String,
    /// What is being done.
    pub name: String,
    /// The names of its targets; none means all.
    pub targets: Vec<String>,
    /// When it opens, or has opened.
    pub from: i64,
    /// When it closes.
    pub to: i64,
    /// Whether it is open now.
    pub running: bool,
    /// Whether it stands in the configuration and cannot be removed here.
    pub from_file: bool,
    /// How it repeats, in words; nothing when it comes once.
    pub repeats: Option<String>,
}

/// One time at which a maintenance window is open: to draw it in a chart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Occurrence {
    /// The window's name.
    pub name: String,
    /// The names of its targets; none means all.
    pub targets: Vec<String>,
    /// When it opens.
    pub from: i64,
    /// When it closes.
    pub to: i64,
}
