//! What came back from a host.

use std::{fmt, net::IpAddr, time::Duration};

use serde::{Serialize, Serializer};
use statistics::{Sorted, jitter};

use crate::{Fault, Trouble};

/// What came back from one host in one pass.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The host, as the target names it.
    pub host: String,
    /// The address that was asked; none when the name has none.
    pub address: Option<IpAddr>,
    /// How it was asked.
    pub method: Method,
    /// How many probes were sent.
    pub sent: u32,
    /// How many of them were answered in time.
    pub received: u32,
    /// The part that was not answered, 0 to 1. It is 1 when none was sent.
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
    /// Every round trip in the order of sending, in milliseconds; none for a
    /// probe that was lost.
    pub round_trips_ms: Vec<Option<f64>>,
    /// Why nothing came back, as data. A host that answered once has none.
    pub fault: Option<Fault>,
    /// The same in words.
    pub error: Option<String>,
}

/// How a host was asked. In JSON `"icmp"` or `"tcp:80"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By an echo request (RFC 792, RFC 4443).
    Icmp,
    /// By opening a connection to this port. A refusal is an answer too.
    Tcp(u16),
}

impl Report {
    /// Whether the host has answered at all.
    pub fn is_alive(&self) -> bool {
        self.received > 0
    }

    /// Of round trips in milliseconds in the order of sending.
    pub(crate) fn of(
        host: &str,
        address: IpAddr,
        method: Method,
        round_trips_ms: Vec<Option<f64>>,
        trouble: Option<Trouble>,
    ) -> Report {
        let answered: Sorted =
            round_trips_ms.iter().copied().flatten().collect();
        let sent = round_trips_ms.len();
        let received = answered.values().len();
        let trouble = trouble.filter(|_| received == 0);
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
            fault: trouble.as_ref().map(|trouble| trouble.fault),
            error: trouble.map(|trouble| trouble.words),
        }
    }

    /// Of a host that could not be asked at all.
    pub(crate) fn unasked(
        host: &str,
        address: Option<IpAddr>,
        method: Method,
        trouble: Trouble,
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
            fault: Some(trouble.fault),
            error: Some(trouble.words),
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
