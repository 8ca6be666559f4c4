//! What a monitor offers to be shown.

use history::History;
use thiserror::Error;

use crate::Feed;
use crate::api::{
    Acknowledge, Made, NewSilence, NewWindow, Occurrence, Outage, Status,
};

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

    /// When maintenance windows are open in a range of time, in Unix
    /// milliseconds, sorted by their beginning. None where there are none.
    fn windows(&self, _from: i64, _to: i64) -> Vec<Occurrence> {
        Vec::new()
    }

    /// The outages in a range of time, newest first: of one target, or of all.
    /// It may wait for the disk.
    ///
    /// # Errors
    /// When the history cannot be read.
    fn outages(
        &self,
        _target: Option<&str>,
        _from: i64,
        _to: i64,
    ) -> Result<Vec<Outage>, history::Error> {
        Ok(Vec::new())
    }

    /// Makes a silence. `by` is the account that asks, where there are
    /// accounts.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    fn silence(
        &self,
        _asked: NewSilence,
        _by: Option<&str>,
    ) -> Result<Made, NotDone> {
        Err(NotDone::unable("be silent"))
    }

    /// Ends a silence.
    ///
    /// # Errors
    /// When there is none with this identifier.
    fn end_silence(&self, _id: &str) -> Result<(), NotDone> {
        Err(NotDone::unable("be silent"))
    }

    /// Takes note that somebody sees to an alert.
    ///
    /// # Errors
    /// When there is no such alert now.
    fn acknowledge(
        &self,
        _asked: Acknowledge,
        _by: Option<&str>,
    ) -> Result<(), NotDone> {
        Err(NotDone::unable("take note of alerts"))
    }

    /// Makes a maintenance window.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    fn make_window(&self, _asked: NewWindow) -> Result<Made, NotDone> {
        Err(NotDone::unable("keep maintenance windows"))
    }

    /// Removes a maintenance window.
    ///
    /// # Errors
    /// When there is none with this identifier, or it stands in the
    /// configuration.
    fn remove_window(&self, _id: &str) -> Result<(), NotDone> {
        Err(NotDone::unable("keep maintenance windows"))
    }

    /// Sends a test notice by the notifier of this name, and waits whether it
    /// is taken.
    ///
    /// # Errors
    /// When there is none of this name, or it was not taken.
    fn test_notifier(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<(), NotSent>> + Send;

    /// Waits until the monitor ends, and with it all streams of events.
    fn stopped(&self) -> impl Future<Output = ()> + Send;
}

/// Why a test notice reached nobody.
#[derive(Debug, Error)]
pub enum NotSent {
    /// There is no notifier of that name.
    #[error("there is no notifier {0:?}: it is not in the configuration")]
    Unknown(String),
    /// It was not taken, and why.
    #[error("the notice was not taken: {0}")]
    Refused(String),
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

/// Why the monitor does not do what it is asked to. The words are for a person,
/// and end without a full stop.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotDone {
    /// What is asked about does not exist.
    #[error("{0}")]
    Unknown(String),
    /// What is asked makes no sense, or is not allowed.
    #[error("{0}")]
    Refused(String),
    /// It could not be kept, such as on a full disk.
    #[error("{0}")]
    Failed(String),
}

impl NotDone {
    /// The answer of a monitor that never does this.
    fn unable(what: &str) -> NotDone {
        NotDone::Refused(format!("this monitor cannot {what}"))
    }
}
