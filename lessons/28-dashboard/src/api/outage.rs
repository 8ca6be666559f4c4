//! Outages, and the way that led to the target.

use serde::{Deserialize, Serialize};

/// A time in which a target was down.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outage {
    /// The target's name.
    pub target: String,
    /// The place that saw it; the monitor itself is `here`.
    pub place: String,
    /// When the target failed first.
    pub from: i64,
    /// When it answered again; nothing while it is down.
    pub to: Option<i64>,
    /// Why, in words.
    pub error: Option<String>,
    /// The routers on the way to the target, as they answered when it went
    /// down; nothing where that could not be found out.
    pub traceroute: Option<Vec<Hop>>,
    /// The name of the maintenance window that was open when it began.
    pub window: Option<String>,
}

/// A router on the way to a target.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hop {
    /// The time to live with which it was reached: 1 is the nearest router.
    pub ttl: u8,
    /// Its address; nothing when none answered.
    pub address: Option<String>,
    /// The round trip in milliseconds.
    pub ms: Option<f64>,
}
