//! The state of a job, which the two threads of its session share.

use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::connection::closed;
use crate::status::Status;
use crate::{Address, Error};

/// The state behind its lock, and the signal that the job has ended.
#[derive(Debug, Default)]
pub(crate) struct SharedState {
    state: Mutex<JobState>,
    ended: Condvar,
}

/// How far one job has come.
#[derive(Debug, Default)]
pub(crate) struct JobState {
    /// Bytes sent, PJL included.
    pub sent: u64,
    /// Pages that the printer has reported.
    pub pages: u32,
    /// Whether the printer's `PAGE` messages are about this job now.
    pub printing_ours: bool,
    /// The last status that the printer reported.
    pub status: Option<Status>,
    pub warnings: Vec<Status>,
    /// When the printer last took or sent a byte, or when we began to wait
    /// for it. None while we ourselves have nothing to send.
    pub waiting_since: Option<Instant>,
    /// Set once, by whichever thread learns of the end first.
    pub end: Option<End>,
}

/// How the job ended.
#[derive(Debug)]
pub(crate) enum End {
    Printed { pages: Option<u32> },
    Cancelled { at_printer: bool },
    Silent(Duration),
    Broken(io::Error),
}

impl SharedState {
    pub fn lock(&self) -> MutexGuard<'_, JobState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn wait_for_end(&self) -> MutexGuard<'_, JobState> {
        self.ended
            .wait_while(self.lock(), |state| state.end.is_none())
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns after `most` at the latest, whether the job has ended or not.
    pub fn wait_for_end_at_most(
        &self,
        most: Duration,
    ) -> MutexGuard<'_, JobState> {
        self.ended
            .wait_timeout_while(self.lock(), most, |state| state.end.is_none())
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    /// The first end counts: what follows is only its echo.
    pub fn end(&self, end: End) {
        self.lock().end.get_or_insert(end);
        self.ended.notify_all();
    }
}

impl JobState {
    /// Begins to wait until the printer takes or sends something.
    pub fn wait_begins(&mut self) {
        self.waiting_since = Some(Instant::now());
    }

    /// Counts bytes that the printer took.
    pub fn taken(&mut self, bytes: usize) {
        self.sent += bytes as u64;
        self.waiting_since = None;
    }

    /// Begins the wait anew, if we wait for the printer.
    pub fn sign_of_life(&mut self) {
        if self.waiting_since.is_some() {
            self.wait_begins();
        }
    }

    /// The job's end as the error that its caller gets.
    pub fn error(&self, address: &Address) -> Error {
        let address = address.clone();
        let (sent, pages) = (self.sent, self.pages);
        match &self.end {
            Some(End::Cancelled { at_printer }) => {
                Error::Cancelled { at_printer: *at_printer, sent, pages }
            }
            Some(End::Silent(waited)) => {
                Error::Silent { address, waited: *waited, sent, pages }
            }
            Some(End::Broken(error)) => {
                let source = io::Error::new(error.kind(), error.to_string());
                Error::Reset { address, sent, pages, source }
            }
            Some(End::Printed { .. }) | None => {
                Error::Reset { address, sent, pages, source: closed() }
            }
        }
    }
}
