//! A speed test that runs in a browser: a page, and what it asks of the server
//! that it comes from.
//!
//! Whoever opens the page measures the way between the browser and this server,
//! such as an office's wireless network: how fast it is in both directions, and
//! how long a round trip takes while it is full. The page loads nothing from
//! anybody else.
//!
//! A browser knows what it has received, but not what has arrived of what it
//! sends: it counts what its own system has taken. So the server counts an
//! upload, by its own clock, and tells the page with each round trip.
//!
//! | request | answer |
//! |---|---|
//! | `GET speedtest/NAME` | a [`file()`] of the page |
//! | `GET speedtest/down?test=ID` | [`DOWNLOAD`] bytes, which the page breaks off |
//! | `POST speedtest/up?test=ID` | 204, once the body has been counted |
//! | `GET speedtest/ping?test=ID` | a [`Count`] as JSON, which is a round trip, too |
//! | `POST speedtest/results` | 204: a [`Finding`] is kept, where a server keeps them |
//!
//! `ID` is a word that the page makes up for each run; see [`Tests`]. A server
//! of its own kind maps these requests itself; for others there are [`routes`].

mod finding;
mod noise;
mod page;
mod routes;
mod tests_under_way;

pub use design::PAGE_POLICY;
pub use finding::{Finding, LoadedLatency, NotKept};
pub use noise::noise;
pub use page::{File, Page, file};
pub use routes::{FOLDER, Keeper, routes};
pub use tests_under_way::{Count, Counter, MOST_TESTS, NotCounted, Tests};

/// The length of one download in bytes: more than any browser takes of it in
/// the seconds of a test.
pub const DOWNLOAD: u64 = 8 << 30;
