//! What the API says: the types that a server writes and a reader reads. All
//! times are Unix milliseconds.
//!
//! A reader may be older or younger than the server. Fields that are missing
//! are empty, and states that are not known are `unknown`.

use std::sync::Arc;

use alerts::{Notice, NotifierReport, Ongoing, Silence};
use history::Sample;
use serde::{Deserialize, Serialize};

mod control;
mod outage;
mod window;

pub use control::{Acknowledge, Made, NewSilence, NewWindow};
pub use outage::{Hop, Outage};
pub use window::{Occurrence, WindowStatus};

/// The state of everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// The monitor's name, for people who have several.
    pub name: String,
    /// The server's time.
    pub now: i64,
    /// When the monitor was started.
    pub started: i64,
    /// All targets in one word.
    pub state: Overall,
    /// Why nothing is probed just now, such as a speed test.
    pub paused: Option<String>,
    /// What is wrong with the monitor itself, such as a full disk.
    pub trouble: Option<String>,
    /// Each target, in the order of the configuration.
    pub targets: Vec<TargetStatus>,
    /// Each group of targets, in the order of the configuration.
    pub groups: Vec<GroupStatus>,
    /// The places elsewhere that measure too.
    pub places: Vec<PlaceStatus>,
    /// Each speed test.
    pub speed: Vec<SpeedStatus>,
    /// The alerts that are not quiet.
    pub alerts: Vec<Ongoing>,
    /// The maintenance windows that are open now, and those that come next.
    pub windows: Vec<WindowStatus>,
    /// The silences that last.
    pub silences: Vec<Silence>,
    /// The state of each notifier: whether anybody is told at all.
    pub notifiers: Vec<NotifierReport>,
}

/// All targets in one word.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Overall {
    /// All are up.
    Good,
    /// Some are not.
    Degraded,
    /// None is up.
    Down,
    /// None has answered yet, or there are none.
    #[default]
    #[serde(other)]
    Unknown,
}

/// The state of one target.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It answers as it should.
    Up,
    /// It answers, but slowly or not always.
    Degraded,
    /// It does not answer.
    Down,
    /// What it lies behind is down: nothing is known of the target itself.
    Unreachable,
    /// Nothing has answered yet, and it is too early to say more.
    #[default]
    #[serde(other)]
    Unknown,
}

impl Overall {
    /// The word for it on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Overall::Good => "good",
            Overall::Degraded => "degraded",
            Overall::Down => "down",
            Overall::Unknown => "unknown",
        }
    }
}

impl State {
    /// The word for it on the wire.
    pub fn word(self) -> &'static str {
        match self {
            State::Up => "up",
            State::Degraded => "degraded",
            State::Down => "down",
            State::Unreachable => "unreachable",
            State::Unknown => "unknown",
        }
    }
}

/// One target.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetStatus {
    /// Its name.
    pub name: String,
    /// `ping`, `tcp`, `http`, `dns` or `push`.
    pub kind: String,
    /// What is asked.
    pub address: String,
    /// The metric under which its history is kept.
    pub metric: String,
    /// Whether it answers.
    pub state: State,
    /// The last round trip in milliseconds; nothing when it failed.
    pub value: Option<f64>,
    /// The share of the last results that failed, 0 to 1.
    pub loss: f64,
    /// When it came into this state.
    pub since: Option<i64>,
    /// When it was last asked.
    pub last: Option<i64>,
    /// Why the last result is a failure, in words.
    pub error: Option<String>,
    /// How it was asked: `icmp`, or `tcp:443` where that is not allowed.
    pub method: Option<String>,
    /// Whole days until its certificate expires, where it has one.
    pub certificate_days: Option<f64>,
    /// The group that it belongs to.
    pub group: Option<String>,
    /// The target that it lies behind.
    pub behind: Option<String>,
    /// The name of the maintenance window that is open for it. Its state stays
    /// as it is measured.
    pub maintenance: Option<String>,
    /// The status of the last answer over HTTP, such as 200 or 500.
    pub http_status: Option<u16>,
    /// How long each part of the last HTTP check took.
    pub phases: Option<Phases>,
    /// Its state as each place sees it, where more than one measures it.
    pub places: Vec<PlaceState>,
}

/// The parts of an HTTP check, in milliseconds. A part that did not happen,
/// such as TLS on a plain connection, is missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Phases {
    /// Until the name was an address.
    pub name_ms: Option<f64>,
    /// Until the TCP connection stood.
    pub connect_ms: Option<f64>,
    /// Until the TLS handshake was over.
    pub tls_ms: Option<f64>,
    /// Until the first byte of the answer.
    pub first_byte_ms: Option<f64>,
    /// Until the last byte.
    pub rest_ms: Option<f64>,
}

/// A target as one place sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaceState {
    /// The place's name; the monitor itself is `here`.
    pub place: String,
    /// Whether the target answers there.
    pub state: State,
    /// The last round trip in milliseconds; nothing when it failed.
    pub value: Option<f64>,
    /// When it came into this state.
    pub since: Option<i64>,
    /// Why the last result is a failure, in words.
    pub error: Option<String>,
}

/// A place elsewhere, from which a probe measures for this monitor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaceStatus {
    /// Its name.
    pub name: String,
    /// Whether nothing comes from it: it is cut off, or its probe is down.
    pub away: bool,
    /// When it last sent something.
    pub last: Option<i64>,
    /// How far its clock is ahead of the monitor's, in milliseconds.
    pub clock_error_ms: Option<f64>,
    /// How many batches of samples it still has to send, as it said last.
    pub waiting: u64,
}

/// Targets that belong together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupStatus {
    /// Its name.
    pub name: String,
    /// The worst state of its targets.
    pub state: State,
    /// The names of its targets.
    pub targets: Vec<String>,
}

/// One speed test.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
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
    /// What the last one found. Its keys stand beside the others.
    #[serde(flatten)]
    pub result: SpeedResult,
}

/// What a speed test found. A test that failed has an `error` and nothing
/// else.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpeedResult {
    /// Towards us, in bits per second.
    pub download_bps: Option<u64>,
    /// Towards the server, in bits per second.
    pub upload_bps: Option<u64>,
    /// The median round trip at rest, in milliseconds.
    pub idle_latency_ms: Option<f64>,
    /// The median round trip under load.
    pub loaded_latency_ms: Option<LoadedLatency>,
    /// Responsiveness: round trips a minute under load.
    pub rpm: Option<f64>,
    /// The letter for latency under load, A to F.
    pub grade: Option<String>,
    /// Whether the rates had settled when the test ended.
    pub stable: Option<bool>,
    /// Why they had not, in words.
    pub unsettled: Option<String>,
    /// Why there is no download, in words, where the rest went well.
    pub download_error: Option<String>,
    /// Why there is no upload, in words, where the rest went well.
    pub upload_error: Option<String>,
    /// Why the test failed, in words.
    pub error: Option<String>,
    /// Why only the latency under load could not be measured, in words.
    pub bufferbloat_error: Option<String>,
}

/// The median round trip under load, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoadedLatency {
    /// While the line is filled towards us.
    pub download: Option<f64>,
    /// While it is filled towards the server.
    pub upload: Option<f64>,
}

/// How far a speed test is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
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

// ANCHOR: event
/// Something that has just happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The state of everything is another one now.
    Status(Box<Status>),
    /// A target was asked, or a speed test has found a figure.
    Sample(Arc<Sample>),
    /// A speed test goes on.
    Progress(Arc<Progress>),
    /// Somebody is told something.
    Alert(Arc<Notice>),
}

impl Event {
    /// Its name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Status(_) => "status",
            Event::Sample(_) => "sample",
            Event::Progress(_) => "progress",
            Event::Alert(_) => "alert",
        }
    }

    /// Its data on the wire: JSON on one line.
    pub fn data(&self) -> String {
        let written = match self {
            Event::Status(status) => serde_json::to_string(status),
            Event::Sample(sample) => serde_json::to_string(&**sample),
            Event::Progress(progress) => serde_json::to_string(&**progress),
            Event::Alert(notice) => serde_json::to_string(&**notice),
        };
        written.expect("plain data can be written")
    }
}
// ANCHOR_END: event

impl Event {
    /// Reads an event. Nothing when it is of another version, with a name or
    /// data that this one does not know.
    pub fn read(name: &str, data: &str) -> Option<Event> {
        match name {
            "status" => {
                let status = serde_json::from_str(data).ok()?;
                Some(Event::Status(Box::new(status)))
            }
            "sample" => {
                let sample = serde_json::from_str(data).ok()?;
                Some(Event::Sample(Arc::new(sample)))
            }
            "progress" => {
                let progress = serde_json::from_str(data).ok()?;
                Some(Event::Progress(Arc::new(progress)))
            }
            "alert" => {
                let notice = serde_json::from_str(data).ok()?;
                Some(Event::Alert(Arc::new(notice)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_was_written_can_be_read() {
        let sample = Sample::new(5, "ping", "router", Some(1.5));
        let status = Status {
            targets: vec![TargetStatus {
                name: "router".to_owned(),
                state: State::Up,
                ..TargetStatus::default()
            }],
            speed: vec![SpeedStatus {
                result: SpeedResult {
                    download_bps: Some(19_310_000),
                    ..SpeedResult::default()
                },
                ..SpeedStatus::default()
            }],
            ..Status::default()
        };
        for event in [
            Event::Sample(Arc::new(sample)),
            Event::Status(Box::new(status)),
            Event::Progress(Arc::default()),
        ] {
            let (name, data) = (event.name(), event.data());
            assert!(!data.contains('\n'), "{data}");
            assert_eq!(Event::read(name, &data), Some(event));
        }
    }

    #[test]
    fn another_version_is_understood_as_far_as_possible() {
        let data = r#"{"name": "x", "moon": "full", "targets":
            [{"name": "router", "state": "haunted"}]}"#;
        let Some(Event::Status(status)) = Event::read("status", data) else {
            panic!("a status");
        };
        assert_eq!(status.targets[0].state, State::Unknown);
        assert_eq!(Event::read("weather", "{}"), None);
        assert_eq!(Event::read("sample", "{}"), None);
    }
}
