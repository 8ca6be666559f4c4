//! How hosts are asked.

use std::time::Duration;

/// How a pass asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many probes each host gets.
    pub count: u32,
    /// The time from one probe of a host to its next. Nobody waits for the
    /// answer to the first before the second leaves.
    pub interval: Duration,
    /// How long an answer may take, counted from the probe's own sending.
    pub timeout: Duration,
    /// How long the system's resolver may take for a name.
    pub resolve: Duration,
    /// The time from one host's first probe to the next host's, so that a
    /// thousand probes do not leave in one burst.
    pub gap: Duration,
    /// By echo requests, or otherwise.
    pub way: Way,
    /// The port of a TCP ping, where the target names none.
    pub port: u16,
}

/// How a host is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// By ICMP where the system permits, else by TCP.
    #[default]
    Auto,
    /// By ICMP, or not at all.
    Icmp,
    /// By TCP.
    Tcp,
}

impl Default for Settings {
    /// Two probes 200 ms apart, 1 s for each answer, 2 s for a name, half a
    /// millisecond between hosts; TCP on port 80 where ICMP is not permitted.
    fn default() -> Settings {
        Settings {
            count: 2,
            interval: Duration::from_millis(200),
            timeout: Duration::from_secs(1),
            resolve: Duration::from_secs(2),
            gap: Duration::from_micros(500),
            way: Way::Auto,
            port: 80,
        }
    }
}
