//! When something runs next, and what must not run at the same time.
//!
//! - A [`Schedule`] is an interval, or a [`Cron`] pattern in a time zone.
//! - A [`Timer`] follows a schedule through time. It never reads a clock: it
//!   is handed what both clocks show ([`Now`]) and answers with a [`Step`],
//!   so a test can turn the clocks as it likes.
//! - A [`Window`] is a time for planned work, once or again and again.
//! - A [`Gate`] keeps small probes out while a speed test fills the line.
//!
//! ```
//! use schedule::{Now, Schedule, Step, Timer};
//! use std::time::Duration;
//!
//! let every = Schedule::every(Duration::from_secs(10));
//! let start = Now::read();
//! let mut timer = Timer::new(every, start, fastrand::Rng::new());
//! assert_eq!(timer.step(start), Step::Run);
//! assert_eq!(timer.step(start), Step::Wait(Duration::from_secs(10)));
//! let late = start.plus(Duration::from_secs(12));
//! assert_eq!(timer.step(late), Step::Run);
//! // A late run does not make the next one late: it is due at 20 s.
//! assert_eq!(timer.step(late), Step::Wait(Duration::from_secs(8)));
//! ```

mod cron;
mod gate;
mod now;
mod schedule;
mod timer;
mod window;

pub use cron::{BadCron, Cron};
pub use gate::{Gate, Load, Pass};
pub use now::Now;
pub use schedule::Schedule;
pub use timer::{Step, Timer};
pub use window::{BadWindow, Occurrence, Window};
