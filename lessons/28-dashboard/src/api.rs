//! What the monitor's API says, as its server writes it.

use std::collections::BTreeMap;

use alerts::{NotifierReport, Ongoing};
use serde::Serialize;
use serde_json::Value;

/// The whole picture. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// The monitor's name, for people with several.
    pub name: String,
    /// When this was said.
    pub now: i64,
    /// Since when the monitor runs.
    pub started: i64,
    /// All targets in one word.
    pub state: Overall,
    /// Why nothing is probed just now, such as a speed test.
    pub paused: Option<String>,
    /// What is wrong with the monitor itself, such as a full disk.
    pub trouble: Option<String>,
    /// Each target, in the order of the configuration.
    pub targets: Vec<TargetStatus>,
    /// Each speed test.
    pub speed: Vec<SpeedStatus>,
    /// The alerts that are not quiet.
    pub alerts: Vec<Ongoing>,
    /// How the notifiers do: whether somebody is told at all.
    pub notifiers: Vec<NotifierReport>,
}

/// All targets in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Overall {
    /// All are up.
    Good,
    /// Some are not.
    Degraded,
    /// None is up.
    Down,
    /// None has answered yet, or there are none.
    Unknown,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetStatus {
    /// Its name.
    pub name: String,
    /// `ping`, `tcp`, `http` or `dns`.
    pub kind: &'static str,
    /// What is asked.
    pub address: String,
    /// The metric under which its history is kept.
    pub metric: &'static str,
    /// How it stands.
    pub state: State,
    /// The last round trip in milliseconds; nothing when it failed.
    pub value: Option<f64>,
    /// The share of the last results that failed, 0 to 1.
    pub loss: f64,
    /// Since when it stands so.
    pub since: Option<i64>,
    /// When it was last asked.
    pub last: Option<i64>,
    /// Why the last result is none, in words.
    pub error: Option<String>,
    /// How it was asked: `icmp`, or `tcp:443` where that is not allowed.
    pub method: Option<String>,
}

/// One speed test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpeedStatus {
    /// Its name.
    pub name: String,
    /// The server.
    pub server: String,
    /// When it last ended, well or not.
    pub last: Option<i64>,
    /// When it runs next.
    pub next: Option<i64>,
    /// Whether it runs now.
    pub running: bool,
    /// What the last one found, as it is kept in the history; its keys
    /// stand beside the others. A failed test has nothing but an `error`; one
    /// of which only the latency under load failed has a `bufferbloat_error`.
    #[serde(flatten)]
    pub result: BTreeMap<String, Value>,
}

/// How a target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It answers as it should.
    Up,
    /// It answers, but slowly or not always.
    Degraded,
    /// It does not answer.
    Down,
    /// Nothing has answered yet, and it is too early to say more.
    #[default]
    Unknown,
}

/// How far a speed test is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// The speed test's name.
    pub name: String,
    /// `idle`, `download`, `upload` …
    pub phase: String,
    /// Bits per second just now.
    pub bps: f64,
    /// The last round trip in milliseconds.
    pub latency_ms: Option<f64>,
}
