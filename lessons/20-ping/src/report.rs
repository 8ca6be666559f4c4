//! The report on one host.

use std::{fmt, net::IpAddr, time::Duration};

use serde::{Serialize, Serializer};
use statistics::{Sorted, jitter};

use crate::{Error, ErrorKind};

/// The result of one pass for one host.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The host, as the target names it.
    pub host: String,
    /// The address that was probed; `None` when the name has none.
    pub address: Option<IpAddr>,
    /// How it was probed.
    pub method: Method,
    /// How many probes were sent.
    pub sent: u32,
    /// How many of them were answered in time.
    pub received: u32,
    /// The share of the probes that was lost, 0 to 1; 1 when none was sent.
    pub loss: f64,
    /// The least round trip, in milliseconds.
    pub minimum_ms: Option<f64>,
    /// The median round trip, in milliseconds.
    pub median_ms: Option<f64>,
    /// The 95th percentile of the round trips, in milliseconds.
    pub p95_ms: Option<f64>,
    /// The mean absolute difference between one round trip and the next, in
    /// milliseconds: see [`statistics::jitter`].
    pub jitter_ms: Option<f64>,
    /// Every round trip in the order of sending, in milliseconds; `None` for a
    /// probe that was lost.
    pub round_trips_ms: Vec<Option<f64>>,
    /// Why nothing came back. A host that answered once has no fault.
    pub fault: Option<ErrorKind>,
    /// The error in words, with what to do about it.
    pub error: Option<String>,
}

/// How a host was probed. In JSON `"icmp"` or `"tcp:80"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By echo requests (RFC 792, RFC 4443).
    Icmp,
    /// By opening connections to this port. A refusal is an answer too.
    Tcp(u16),
}

impl Report {
    /// Whether the host has answered at least once.
    pub fn is_alive(&self) -> bool {
        self.received > 0
    }

    /// The report on a host that was probed: its round trips in milliseconds,
    /// in the order of sending, and the error if none came back.
    pub(crate) fn of(
        host: &str,
        address: IpAddr,
        method: Method,
        round_trips_ms: Vec<Option<f64>>,
        error: Error,
    ) -> Report {
        let answered: Sorted =
            round_trips_ms.iter().copied().flatten().collect();
        let sent = round_trips_ms.len();
        let received = answered.values().len();
        let error = (received == 0).then_some(error);
        Report {
            host: host.to_owned(),
            address: Some(address),
            method,
            sent: u32::try_from(sent).expect("a u32 counted them"),
            received: u32::try_from(received).expect("no more than sent"),
            loss: match sent {
                0 => 1.0,
                _ => (sent - received) as f64 / sent as f64,
            },
            minimum_ms: answered.minimum(),
            median_ms: answered.median(),
            p95_ms: answered.percentile(95),
            jitter_ms: jitter(&round_trips_ms),
            round_trips_ms,
            fault: error.as_ref().map(|error| error.kind),
            error: error.map(|error| error.message),
        }
    }

    /// The report on a host that could not be probed at all.
    pub(crate) fn unasked(
        host: &str,
        address: Option<IpAddr>,
        method: Method,
        error: Error,
    ) -> Report {
        Report {
            host: host.to_owned(),
            address,
            method,
            sent: 0,
            received: 0,
            loss: 1.0,
            minimum_ms: None,
            median_ms: None,
            p95_ms: None,
            jitter_ms: None,
            round_trips_ms: Vec::new(),
            fault: Some(error.kind),
            error: Some(error.message),
        }
    }
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e6
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Method::Icmp => f.pad("icmp"),
            Method::Tcp(port) => f.pad(&format!("tcp:{port}")),
        }
    }
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
