//! Does it answer, and how soon? Many hosts at once, without root.
//!
//! A pass sends a few echo requests to each of many hosts, all at the same
//! time, and reports what came back: loss, round trips, jitter. A check asks
//! one service as its clients do, by TCP, HTTP or DNS. Every failure has a kind
//! for programs and a message for people; nothing waits longer than its
//! deadline.
//!
//! ```no_run
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use ping::{Settings, Target, pass};
//!
//! let targets = ["192.0.2.1", "printer.example"].map(Target::new);
//! for report in pass(&targets, &Settings::default()).await {
//!     println!("{} {:?} ms", report.host, report.median_ms);
//! }
//! # }
//! ```
//!
//! | what | where |
//! |---|---|
//! | hosts, and how to probe them | [`Target`], [`Family`], [`Settings`], [`ProbeKind`] |
//! | probing all of them | [`pass`], [`Pass`] |
//! | what came back | [`Report`], [`Method`] |
//! | median, percentiles, jitter | [`statistics`] |
//! | checking a service | [`check::Check`], [`check::CheckReport`] |
//! | what went wrong | [`Error`], [`ErrorKind`] |
//!
//! Echo requests are ICMP (RFC 792, RFC 4443) from a datagram socket, which
//! Linux and macOS give to programs without privileges. Where the system does
//! not, a TCP connection is opened instead, and the report says so.

pub mod check;
mod connect;
mod echo;
mod error;
mod host;
mod icmp;
mod pass;
mod race;
mod report;
mod resolve;
mod settings;
mod sockets;
mod target;
mod undelivered;

pub use error::{Error, ErrorKind};
pub use pass::{Pass, pass};
pub use report::{Method, Report};
pub use settings::{ProbeKind, Settings};
pub use statistics;
pub use target::{Family, Target};
