//! Lesson 18 leaves the part `speedtest`.

pub use error::Error;
pub use family::Family;
pub use latency::Latency;
pub use load::{Direction, Load};
pub use measure::measure;
pub use report::{LoadedLatency, Phase, Progress, Report};
pub use settings::Settings;
pub use target::Target;

mod acknowledged;
mod connection;
mod error;
mod family;
mod figures;
mod growth;
mod head;
mod latency;
pub mod link;
mod load;
mod measure;
mod probe;
mod report;
mod samples;
pub mod serve;
mod settings;
mod target;
mod tls;
mod url;
