//! The thread of a session that reads the printer's replies, and notices when
//! there are none.

use std::io::Read;
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use crate::connection::{self, Connection, closed, is_timeout};
use crate::job_state::{End, SharedState};
use crate::reply_parser::{Reply, ReplyParser};
use crate::status::{Severity, Status};

/// How many warnings of one job are kept: a printer that warns endlessly must
/// not fill our memory.
const MOST_WARNINGS: usize = 16;

/// The longest wait for a status on a second connection: replies on the first
/// one are not read meanwhile.
const SECOND_OPINION: Duration = Duration::from_secs(2);

/// A report of the printer while a job is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The device's state: at the start, and whenever it changes.
    Status(Status),
    /// How many pages of this job are out.
    Page(u32),
    /// The printer has begun this job.
    JobStart,
    /// The last page of this job is out.
    JobEnd {
        /// Pages printed, when the printer counts them.
        pages: Option<u32>,
    },
    /// The job was cancelled at the printer's panel.
    JobCancelled,
}

/// The reading thread and what it needs.
pub(crate) struct ReplyReader<F> {
    pub connection: Connection,
    pub shared: Arc<SharedState>,
    /// The name by which the printer reports this job.
    pub tag: String,
    pub events: F,
}

impl<F: FnMut(Event)> ReplyReader<F> {
    /// Reads until the connection or the printer's time is over.
    pub fn run(mut self) {
        let mut replies = ReplyParser::new();
        let mut buffer = [0; 2048];
        loop {
            let time_left = self.time_left();
            if time_left.is_zero() && !self.is_alive_elsewhere() {
                let silence = self.connection.deadlines.silence;
                self.shared.end(End::Silent(silence));
                let _ = self.connection.stream.shutdown(Shutdown::Both);
                return;
            }
            // A time-out of zero would mean none.
            let timeout = time_left.max(Duration::from_millis(1));
            let stream = &mut self.connection.stream;
            if let Err(e) = stream.set_read_timeout(Some(timeout)) {
                return self.shared.end(End::Broken(e));
            }
            match stream.read(&mut buffer) {
                Ok(0) => return self.shared.end(End::Broken(closed())),
                Ok(n) => {
                    self.shared.lock().sign_of_life();
                    replies.feed(&buffer[..n], |reply| self.handle(reply));
                }
                Err(e) if is_timeout(&e) => {}
                Err(e) => return self.shared.end(End::Broken(e)),
            }
        }
    }

    /// How much longer the printer may be silent.
    fn time_left(&self) -> Duration {
        let silence = self.connection.deadlines.silence;
        match self.shared.lock().waiting_since {
            Some(since) => silence.saturating_sub(since.elapsed()),
            None => silence,
        }
    }

    /// Asks on a second connection whether the silence on ours has a reason:
    /// another job that is printed first, or a jam. A printer that does not
    /// answer there either is still believed if the last thing that it
    /// reported was a jam.
    fn is_alive_elsewhere(&mut self) -> bool {
        let deadlines = self.connection.deadlines.at_most(SECOND_OPINION);
        let answer = connection::status(&self.connection.address, deadlines);
        let mut state = self.shared.lock();
        let alive = match &answer {
            // One that is ready has forgotten our job.
            Ok(status) => status.severity() != Severity::Ready,
            Err(_) => state
                .status
                .as_ref()
                .is_some_and(|status| status.severity() == Severity::Attention),
        };
        if alive {
            state.sign_of_life();
        }
        drop(state);
        if let (true, Ok(status)) = (alive, answer) {
            self.handle(Reply::Device(status));
        }
        alive
    }

    /// Brings the shared state up to date and calls `events`, unless the
    /// reply is about another job.
    fn handle(&mut self, reply: Reply) {
        let mut state = self.shared.lock();
        let is_ours = |name: &str| name == self.tag;
        let (event, end) = match reply {
            Reply::Status(status) | Reply::Device(status) => {
                if state.status.as_ref() == Some(&status) {
                    return;
                }
                state.status = Some(status.clone());
                let known = state.warnings.contains(&status);
                if status.severity() == Severity::Warning
                    && !known
                    && state.warnings.len() < MOST_WARNINGS
                {
                    state.warnings.push(status.clone());
                }
                (Event::Status(status), None)
            }
            Reply::Page(pages) if state.printing_ours => {
                state.pages = pages;
                (Event::Page(pages), None)
            }
            Reply::JobStart { name } => {
                state.printing_ours = is_ours(&name);
                if !state.printing_ours {
                    return;
                }
                (Event::JobStart, None)
            }
            Reply::JobEnd { name, pages } if is_ours(&name) => {
                state.pages = pages.unwrap_or(state.pages);
                (Event::JobEnd { pages }, Some(End::Printed { pages }))
            }
            Reply::JobCancelled { name } if is_ours(&name) => {
                (Event::JobCancelled, Some(End::Cancelled { at_printer: true }))
            }
            _ => return,
        };
        // The caller's code runs without our lock.
        drop(state);
        (self.events)(event);
        if let Some(end) = end {
            self.shared.end(end);
        }
    }
}
