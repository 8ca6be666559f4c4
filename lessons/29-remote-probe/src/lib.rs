//! A remote probe: another pair of eyes, elsewhere.
//!
//! A probe measures where its monitor is not. What it measures it puts into a
//! queue on its disk first ([`Unsent`], filled by [`keep`]), and [`send`] empties
//! that queue over a [`MonitorClient`] whenever there is a line. The monitor
//! lets its probes in with [`routes`], and an [`Intake`] writes what they send
//! into the history: once, whatever is killed in between. [`ClockError`] says
//! how far the two clocks are apart, [`Attendance`] which probes are missing.
//!
//! ```text
//!  probe                                    monitor
//!  measured ─► keep ─► Unsent ─► send ═════► routes ─► Intake ─► history
//! ```
//!
//! # What is promised
//!
//! - *Nothing is lost.* A batch leaves the queue only when the monitor has said
//!   that it is on its disk.
//! - *Nothing comes twice.* Each batch of a queue has a number, and the history
//!   keeps the last one in the same transaction as its samples.
//! - *In order.* The first batch is sent until it is taken; none overtakes it.

mod attendance;
mod batch;
mod client;
mod clock;
mod error;
mod intake;
mod keeper;
mod line;
mod place_key;
mod routes;
mod sender;
mod unsent;

pub use attendance::Attendance;
pub use batch::{Batch, Delivery, Orders, Receipt, ServerClock};
pub use client::{Answer, MonitorClient};
pub use clock::ClockError;
pub use error::{Error, Result};
pub use intake::{Accepted, Intake, series};
pub use keeper::keep;
pub use line::Line;
pub use place_key::PlaceKey;
pub use routes::{Places, routes};
pub use sender::{SharedClock, send};
pub use unsent::{Taken, Unsent};
