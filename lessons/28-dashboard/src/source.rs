//! What a monitor offers to be shown.

use history::History;
use thiserror::Error;

use crate::Feed;
use crate::api::Status;

/// A monitor, as the API asks it. Clones are the same monitor.
pub trait Source: Clone + Send + Sync + 'static {
    /// The state of everything, now.
    fn status(&self) -> Status;

    /// What has been measured.
    fn history(&self) -> &History;

    /// Where the monitor publishes what happens.
    fn feed(&self) -> &Feed;

    /// Starts the speed test of this name as soon as the line is free.
    ///
    /// # Errors
    /// When there is none of this name, or it cannot start.
    fn start_test(&self, name: &str) -> Result<(), NotStarted>;

    /// Waits until the monitor ends, and with it all streams of events.
    fn stopped(&self) -> impl Future<Output = ()> + Send;
}

/// Why a speed test does not start.
#[derive(Debug, Error)]
pub enum NotStarted {
    /// There is none of that name.
    #[error("there is no speed test {0:?}: it is not in the configuration")]
    Unknown(String),
    /// It runs, or waits for another one to end.
    #[error("the speed test {0:?} is running: wait until it ends")]
    Running(String),
    /// Nothing is left that could run it.
    #[error(
        "the speed test {0:?} does not run any more: the log says why; \
         restart the monitor"
    )]
    Ended(String),
}
