//! When somebody is told, what, and how.
//!
//! [`Alerts`] is fed with every sample and answers with the notices that it
//! causes: one when trouble has lasted for a stated number of results, one
//! when it is over, and none in between. It is pure: no clock, no network.
//! [`Notifiers`] sends notices, each way by a task of its own with a bounded
//! queue, so that a mail server that hangs holds up nobody.
//!
//! ```
//! use network_monitor::alert::{Alerts, Memory, NoticeState};
//! use network_monitor::watch::Watch;
//! use std::path::Path;
//!
//! let watch = Watch::parse(
//!     r#"
//!     [[target]]
//!     name = "router"
//!     host = "192.0.2.1"
//!     [[alert]]
//!     name = "router gone"
//!     target = "router"
//!     after = 2
//!     "#,
//!     Path::new("monitor.toml"),
//! )?;
//! let mut alerts = Alerts::new(&watch.alerts, Memory::default());
//! let lost = |alerts: &mut Alerts, at| {
//!     alerts.sample(at, "ping", "router", None, Some("no answer"))
//! };
//! assert!(lost(&mut alerts, 1_000).is_empty());
//! let notices = lost(&mut alerts, 2_000);
//! assert_eq!(notices[0].state, NoticeState::Failing);
//! assert!(lost(&mut alerts, 3_000).is_empty());
//! # Ok::<(), network_monitor::watch::ConfigError>(())
//! ```

mod alerts;
mod baseline;
mod command;
mod email;
mod memory;
mod notice;
mod notifiers;
mod series;
mod webhook;

pub use alerts::{Alerts, Ongoing, OngoingState};
pub use baseline::Baseline;
pub use memory::Memory;
pub(crate) use notice::breaks_a_line;
pub use notice::{Notice, NoticeState};
pub use notifiers::{LastError, NotifierReport, Notifiers, Task};
