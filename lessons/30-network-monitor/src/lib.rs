//! The network monitor: what is watched, when, and what has become of it.
//!
//! Probes ask ([`ping`], [`speedtest`], [`bufferbloat`]), the [`history`]
//! remembers, and whoever wants to know is told: people by a [`page`](dashboard::page), a
//! terminal and a report, programs by an API, and those who are asleep by an
//! [`alerts`]. What is here is mostly composition; the mechanisms that only a
//! monitor needs have a module each.
//!
//! | | |
//! |---|---|
//! | what is watched, as a file says it | [`config`] |
//! | when, and what never at the same time | [`schedule`] |
//! | what was measured | [`history`] |
//! | who is told, and when | [`alerts`] |
//! | how all of it stands | [`dashboard`] |
//! | all of it, running | [`run`] |

mod api;
pub mod config;
mod metrics;
mod monitor;
mod probe;
mod recorder;
mod server;
mod speed;
mod status;
mod talk;
mod target_state;

pub use server::{Options, Running, read, run};

use std::time::{SystemTime, UNIX_EPOCH};

/// What the clock shows, in Unix milliseconds.
#[must_use]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.unwrap_or_default().as_millis();
    i64::try_from(since).unwrap_or(i64::MAX)
}
