//! How fast a network is, and how sure that is.
//!
//! [`measure`] is the whole test: latency, download, upload. It blocks until
//! the rates are steady or a budget of [`Settings`] has ended, and gives a
//! [`Report`] or an [`Error`] in words, never a zero.
//!
//! ```no_run
//! use speedtest::{Settings, measure};
//!
//! let settings = Settings::new("http://127.0.0.1:8700");
//! let report = measure(&settings, &mut |progress| {
//!     println!("{:?}: {:?} bit/s", progress.phase, progress.bps);
//! })?;
//! println!("{} bit/s, steady: {}", report.download_bps, report.stable);
//! # Ok::<(), speedtest::Error>(())
//! ```
//!
//! What it is made of can be used alone: a [`Target`] is a server, found and
//! resolved; a [`Load`] fills a link in one [`Direction`]; a [`Latency`]
//! measures round trips on a connection of its own. Servers of four kinds, a
//! [`Family`] each, are understood; [`serve`] is one for all of them. The link
//! of known speed that all of it is tried on is lesson 21 ([`link`]).

pub use error::Error;
pub use family::Family;
pub use latency::{Latency, Opening};
pub use load::{Direction, Load};
pub use measure::measure;
pub use report::{LoadedLatency, Phase, Progress, Report};
pub use settings::Settings;
pub use target::Target;

mod connection;
mod error;
mod family;
mod figures;
mod growth;
mod head;
mod latency;
mod load;
mod measure;
mod probe;
mod report;
mod samples;
pub mod serve;
mod settings;
mod target;
mod tcp_info;
mod tls;
mod url;
