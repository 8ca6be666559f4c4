//! A job, as the printer tells its clients of it.

use crate::Ticket;

/// A job, as the printer tells its clients of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its number, from 1.
    pub id: u32,
    /// Where it is in its life.
    pub state: JobState,
    /// Keywords of `job-state-reasons`; empty stands for `none`.
    pub reasons: Vec<&'static str>,
    /// The same as a sentence; may be empty.
    pub message: String,
    /// How it is to be printed.
    pub ticket: Ticket,
    /// The MIME type of its document, if known.
    pub format: Option<String>,
    /// The size of its document in bytes.
    pub bytes: u64,
    /// Page sides of all copies; `None` when not known.
    pub impressions: Option<u32>,
    /// Page sides that are out.
    pub impressions_completed: u32,
    /// Sheets of all copies; `None` when not known.
    pub sheets: Option<u32>,
    /// Sheets that are out.
    pub sheets_completed: u32,
    /// When it was asked for, in milliseconds since 1970.
    pub asked_at: u64,
    /// When its printing began.
    pub begun_at: Option<u64>,
    /// When it came to its end.
    pub ended_at: Option<u64>,
}

ipp_message::numbers! {
    /// Where a job is in its life (RFC 8011, section 5.3.7).
    JobState {
        /// It waits for its turn.
        Pending = 3,
        /// It waits for a person, or for its document.
        Held = 4,
        /// It is being printed.
        Processing = 5,
        /// It is being printed, and the printer stands still.
        Stopped = 6,
        /// Somebody called it off.
        Canceled = 7,
        /// The printer gave it up.
        Aborted = 8,
        /// It is on paper.
        Completed = 9,
    }
}

impl JobState {
    /// Whether nothing more happens to it by itself.
    #[must_use]
    pub fn is_ended(self) -> bool {
        matches!(
            self,
            JobState::Canceled | JobState::Aborted | JobState::Completed
        )
    }
}
