//! The network monitor: it watches a network for years and can say since when
//! the network is slow, how slow it is, and who was told.
//!
//! What is here is composition and the talk's old API; [`monitor_config`] reads
//! the configuration. The monitor asks targets with [`ping`], lines with
//! [`speedtest`] and [`bufferbloat`], at the times that [`schedule`] says, and
//! never both at once. A recorder writes what they find into the [`history`]
//! and then publishes it: to the web page and the terminal of [`dashboard`],
//! and to [`alerts`], which decide whether somebody is told. [`report`] makes
//! one page of the same history for a provider. [`daemon`] starts it, lets
//! people in and stops it in order.
//!
//! ```text
//!  config ──► worker ──► recorder ──► history ──► report
//!             │   │         │
//!        probe┘   └speed    ├──► feed ──► page, top
//!                           └──► alerts ──► notifiers
//! ```

mod board;
mod browser_results;
mod context;
mod kept_notices;
mod legacy_api;
mod metrics;
mod monitor;
mod outages;
mod own_network;
mod place_board;
mod places;
mod probe;
mod probe_worker;
mod public;
mod push;
mod quiet;
mod recorder;
pub mod remote;
mod report_input;
pub mod roles;
mod sample;
mod server;
mod speed;
mod state;
mod test_worker;
mod traces;
mod worker;

pub use report_input::read_report;
pub use sample::{STARTER, sample};
pub use server::{Options, Running, read, run};

use std::time::{SystemTime, UNIX_EPOCH};

/// The time of the clock on the wall, in Unix milliseconds.
#[must_use]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.unwrap_or_default().as_millis();
    i64::try_from(since).unwrap_or(i64::MAX)
}
