//! A speed test: its server, its limits, and when it runs.

use std::time::Duration;

use schedule::Schedule;

/// One speed test.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeedTest {
    /// Its name on the page and in the history. Unique.
    pub name: String,
    /// The server's URL.
    pub server: String,
    /// The server's protocol, by its
    /// [`Family::name`](speedtest::Family::name). It is found out when none is
    /// named.
    pub family: Option<String>,
    /// When it runs.
    pub schedule: Schedule,
    /// The longest time that a whole test may take. With bufferbloat, half of
    /// it is for the speed.
    pub most_time: Duration,
    /// The most bytes that a whole test may move. With bufferbloat, half of
    /// them are for the speed.
    pub most_bytes: u64,
    /// The most connections that a test may open.
    pub most_flows: usize,
    /// Whether latency under load is measured too, and a grade given.
    pub bufferbloat: bool,
}
