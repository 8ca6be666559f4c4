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
//! match report.download_bps {
//!     Some(bps) => println!("{bps} bit/s, steady: {}", report.stable),
//!     None => println!("no figure: {:?}", report.download_error),
//! }
//! # Ok::<(), speedtest::Error>(())
//! ```
//!
//! Its parts can be used alone: a [`Target`] is a server, found and resolved;
//! a [`Load`] fills a link in one [`Direction`]; a [`Latency`] measures round
//! trips on a connection of its own. Servers of four kinds, a [`Family`] each,
//! are understood; [`serve`] is one for all of them. [`Starvation`] says when
//! the machine had no time to measure. All of it is tried on the [`link`] of
//! known speed.

mod connection;
mod convergence;
mod endpoint;
mod error;
mod family;
mod flow_count;
mod head;
mod latency;
mod load;
mod measure;
mod probe;
mod report;
mod samples;
mod settings;
mod starvation;
mod target;
mod tls;
mod url;

pub use connection::Opening;
pub use error::Error;
pub use family::Family;
pub use latency::Latency;
pub use load::{Direction, Load};
pub use measure::measure;
pub use report::{LoadedLatency, Phase, Progress, Report};
pub use settings::Settings;
pub use speed_server as serve;
pub use starvation::Starvation;
pub use target::Target;
