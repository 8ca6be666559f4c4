//! Lesson 18 leaves the part `speedtest`.

pub use error::Error;
pub use family::Family;
pub use latency::Latency;
pub use load::{Direction, Load};
pub use target::Target;

mod acknowledged;
mod connection;
mod error;
mod family;
mod head;
mod latency;
pub mod link;
mod load;
pub mod serve;
mod target;
mod tls;
mod url;
