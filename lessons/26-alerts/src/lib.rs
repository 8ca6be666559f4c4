//! Alerts: when to tell somebody that something is wrong, and how.
//!
//! [`Alerts`] takes every sample and returns the notices that it causes: one
//! when trouble has lasted for a stated number of results, one when it is
//! over, and none in between. It needs neither clock nor network.
//! [`Notifiers`] sends notices. Each notifier has a task and a backlog of its
//! own, so that a mail server that hangs delays no other notifier, and no
//! notice is lost: what breaks together is told as one.
//!
//! ```
//! use alerts::{Alerts, Condition, Memory, NoticeState, Rule};
//!
//! let rule = Rule {
//!     name: "router gone".to_owned(),
//!     series: vec![("router".to_owned(), "ping")],
//!     condition: Condition::Fails,
//!     after: 2,
//!     recover_after: 2,
//!     ..Rule::default()
//! };
//! let mut alerts = Alerts::new(&[rule], Memory::default());
//! let lost = |alerts: &mut Alerts, at| {
//!     alerts.sample(at, "ping", "router", None, Some("no answer"))
//! };
//! assert!(lost(&mut alerts, 1_000).is_empty());
//! let notices = lost(&mut alerts, 2_000);
//! assert_eq!(notices[0].state, NoticeState::Failing);
//! assert!(lost(&mut alerts, 3_000).is_empty());
//! ```

mod alerts;
mod backlog;
mod baseline;
mod body;
mod command;
mod delivery;
mod dependency;
mod email;
mod memory;
mod message;
mod notice;
mod notifier;
mod notifiers;
mod own_network;
mod people;
mod quiet;
mod rule;
mod sentence;
mod series;
mod service;
mod template;
mod webhook;

pub use alerts::{Alerts, Ended, Ongoing, OngoingState, Policy};
pub use backlog::Backlog;
pub use baseline::Baseline;
pub use body::Body;
pub use delivery::send_test;
pub use dependency::Dependency;
pub use memory::Memory;
pub use notice::{Notice, NoticeState};
pub use notifier::{Channel, Email, Notifier, Tls};
pub use notifiers::{LastError, NotifierReport, Notifiers, Task, Waiting};
pub use people::Refused;
pub use quiet::{Acknowledged, Maintenance, Silence};
pub use rule::{Condition, Rule};
pub use secret::Secret;
pub use service::Service;
pub use template::Template;
