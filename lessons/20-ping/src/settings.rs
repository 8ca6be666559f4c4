//! How a pass probes its hosts.

use std::time::Duration;

/// The settings for all hosts of a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many probes each host gets.
    pub count: u32,
    /// The time from one probe of a host to its next, whether or not the first
    /// is answered by then.
    pub interval: Duration,
    /// How long an answer may take, counted from when its probe was sent.
    pub timeout: Duration,
    /// How long the system's resolver may take for a name.
    pub resolve: Duration,
    /// The time from one host's first probe to the next host's, so that a
    /// thousand probes do not leave in one burst.
    pub gap: Duration,
    /// By echo requests or by connections.
    pub probe: ProbeKind,
    /// The port of a TCP ping, where the target names none.
    pub port: u16,
}

/// The kinds of probes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProbeKind {
    /// Echo requests (ICMP) where the system permits them, else connections.
    #[default]
    Auto,
    /// Echo requests, or an error where the system forbids them.
    Icmp,
    /// TCP connections.
    Tcp,
}

impl Default for Settings {
    /// Two probes 200 ms apart, 1 s for each answer, 2 s for a name, half a
    /// millisecond between hosts; where ICMP is forbidden, TCP to port 80.
    fn default() -> Settings {
        Settings {
            count: 2,
            interval: Duration::from_millis(200),
            timeout: Duration::from_secs(1),
            resolve: Duration::from_secs(2),
            gap: Duration::from_micros(500),
            probe: ProbeKind::Auto,
            port: 80,
        }
    }
}
