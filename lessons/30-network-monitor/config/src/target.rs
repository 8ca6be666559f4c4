//! A target: a host, a port, a page or a name that must answer, or a job that
//! must report.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use daemon::units::in_words;
use ping::Family;
use ping::check::{Http, Secret};
use serde::{Deserialize, Serialize};

use crate::Place;

/// One target. It is probed again and again. As JSON it goes to the probes that
/// are to measure it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Its name on the page and in the history. Unique.
    pub name: String,
    /// How it is probed.
    pub probe: Probe,
    /// The time from one probe to the next.
    pub every: Duration,
    /// How long an answer may take. Never longer than [`Target::every`].
    pub timeout: Duration,
    /// The limits beyond which it is degraded or down.
    pub thresholds: Thresholds,
    /// Which of a name's addresses may be used.
    pub family: Family,
    /// The places from which it is measured.
    pub places: Vec<String>,
}

/// How a target is probed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Probe {
    /// An echo request (or a TCP connection where that is not allowed).
    Ping {
        /// A name or an address.
        host: String,
        /// How many requests a pass sends.
        count: u32,
    },
    /// A TCP connection, which is opened and closed again.
    Tcp {
        /// A name or an address.
        host: String,
        /// The TCP port.
        port: u16,
        /// With what the service must begin, without being asked.
        expect: Option<String>,
    },
    /// A page, which is fetched. Its family is that of the target.
    Http(Box<Http>),
    /// A name, which is looked up.
    Dns {
        /// The name that is asked for.
        host: String,
        /// The server that is asked; the system's own when none is named.
        server: Option<SocketAddr>,
        /// The type of record.
        record: RecordType,
        /// The answers that must be among those given.
        answers: Vec<String>,
    },
    /// A job, such as a backup, which reports by itself that it ran.
    Push {
        /// The end of the address at which it reports. Whoever knows it can
        /// report in its place.
        token: Secret,
        /// How long after one report the next must come.
        within: Duration,
    },
}

/// A type of DNS record (RFC 1035, section 3.2.2; AAAA: RFC 3596; SRV: RFC
/// 2782).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum RecordType {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Ptr,
    Srv,
    Txt,
}

/// The limits beyond which a target is degraded or down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Degraded when an answer takes longer, in milliseconds.
    pub degraded_above_ms: Option<f64>,
    /// Degraded when a larger share of the last answers is missing (0 to 1).
    pub degraded_above_loss: f64,
    /// Down when this many answers in a row are missing.
    pub down_after: u32,
}

impl Default for Thresholds {
    fn default() -> Thresholds {
        Thresholds {
            degraded_above_ms: None,
            degraded_above_loss: 0.05,
            down_after: 3,
        }
    }
}

impl Target {
    /// The name of its probe in the file: `ping`, `tcp`, `http`, `dns`,
    /// `push`.
    pub fn kind(&self) -> &'static str {
        match self.probe {
            Probe::Ping { .. } => "ping",
            Probe::Tcp { .. } => "tcp",
            Probe::Http(_) => "http",
            Probe::Dns { .. } => "dns",
            Probe::Push { .. } => "push",
        }
    }

    /// The metric under which its round trips are kept: `ping` or `check`.
    pub fn metric(&self) -> &'static str {
        match self.probe {
            Probe::Ping { .. } => "ping",
            _ => "check",
        }
    }

    /// Its address, for people: `192.0.2.1`, `192.0.2.1:22`, a URL.
    pub fn address(&self) -> String {
        match &self.probe {
            Probe::Ping { host, .. } => host.clone(),
            Probe::Tcp { host, port, .. } if host.contains(':') => {
                format!("[{host}]:{port}")
            }
            Probe::Tcp { host, port, .. } => format!("{host}:{port}"),
            // The user's name and password are for the server alone.
            Probe::Http(http) => ping::check::shown(&http.url),
            Probe::Dns { host, record, server, .. } => match server {
                Some(server) => format!("{record} {host} from {server}"),
                None => format!("{record} {host}"),
            },
            // Not the token: it is a key.
            Probe::Push { within, .. } => {
                format!("a report every {}", in_words(*within))
            }
        }
    }

    /// Whether it is on this machine, and needs no network to answer.
    pub fn is_on_this_machine(&self) -> bool {
        let host = match &self.probe {
            Probe::Ping { host, .. } | Probe::Tcp { host, .. } => host.clone(),
            Probe::Http(http) => reqwest::Url::parse(&http.url)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned))
                .unwrap_or_default(),
            Probe::Dns { server, .. } => {
                return server.is_some_and(|it| it.ip().is_loopback());
            }
            // Nobody is asked: that a report is missing says nothing of our
            // own network.
            Probe::Push { .. } => return true,
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let address: Result<IpAddr, _> = bare.parse();
        host == "localhost" || address.is_ok_and(|it| it.is_loopback())
    }

    /// A target that is pinged once a second, with a timeout of a second.
    pub fn ping(name: &str, host: &str) -> Target {
        Target {
            name: name.to_owned(),
            probe: Probe::Ping { host: host.to_owned(), count: 1 },
            every: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            thresholds: Thresholds::default(),
            family: Family::Any,
            places: vec![Place::HERE.to_owned()],
        }
    }

    /// Whether it is measured from this place.
    pub fn is_measured_from(&self, place: &str) -> bool {
        self.places.iter().any(|one| one == place)
    }
}

impl From<&Target> for report::Target {
    fn from(target: &Target) -> report::Target {
        report::Target {
            name: target.name.clone(),
            address: target.address(),
            kind: target.kind(),
            metric: target.metric(),
            every: target.every,
            down_after: target.thresholds.down_after,
            behind: None,
        }
    }
}

impl RecordType {
    pub(super) const ALL: [RecordType; 8] = [
        RecordType::A,
        RecordType::Aaaa,
        RecordType::Cname,
        RecordType::Mx,
        RecordType::Ns,
        RecordType::Ptr,
        RecordType::Srv,
        RecordType::Txt,
    ];
}

impl Probe {
    /// The time between two echo requests to one host in one pass.
    pub const PING_INTERVAL: Duration = Duration::from_millis(200);
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RecordType::A => "A",
            RecordType::Aaaa => "AAAA",
            RecordType::Cname => "CNAME",
            RecordType::Mx => "MX",
            RecordType::Ns => "NS",
            RecordType::Ptr => "PTR",
            RecordType::Srv => "SRV",
            RecordType::Txt => "TXT",
        })
    }
}
