//! What can go wrong between us and the printer, and what is known then.

use std::io;
use std::time::Duration;

use crate::{Address, Status};

/// Why the printer did not get a job, or did not answer a question.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection: nothing listens, no such host, no way there.
    #[error(
        "cannot reach the printer at {address}: {source}. Is it switched on, \
         and is the address right?"
    )]
    Unreachable {
        /// The printer's address.
        address: Address,
        /// The operating system's error.
        source: io::Error,
    },
    /// It answered, and needs a person before it takes a job.
    #[error("the printer is not ready: {0}")]
    NotReady(Status),
    /// It neither took a byte nor sent one for too long.
    #[error(
        "the printer at {address} has been silent for {} s, after {sent} \
         bytes of the job and {pages} pages. Does it hang? Switch it off and \
         on. Or does it print all the same? A printer that says nothing \
         meanwhile, or takes one connection at a time, needs a longer limit \
         (--printer-silence)", waited.as_secs_f32().round()
    )]
    Silent {
        /// Which printer.
        address: Address,
        /// How long we waited.
        waited: Duration,
        /// Bytes of the job that were sent, PJL included.
        sent: u64,
        /// Pages that the printer said were out.
        pages: u32,
    },
    /// It sent bytes enough, and no answer to our question among them.
    #[error(
        "what is at {address} sends {bytes} bytes in {} s, and no answer to \
         the question for its status. Is this the printer's address?",
        waited.as_secs_f32().round()
    )]
    NoAnswer {
        /// Which printer.
        address: Address,
        /// How long we waited.
        waited: Duration,
        /// How much it sent meanwhile.
        bytes: u64,
    },
    /// By LPD it said no.
    #[error(
        "the printer at {address} refuses {what}, by code {code}. Is its queue \
         called so, and has it room?"
    )]
    Refused {
        /// Which printer.
        address: Address,
        /// What it refuses.
        what: &'static str,
        /// Its answer, any number but 0.
        code: u8,
        /// Bytes of the job that were sent.
        sent: u64,
    },
    /// The connection broke, or the printer closed it too early.
    #[error(
        "the printer at {address} broke the connection after {sent} bytes of \
         the job and {pages} pages ({source}). Look into its output tray \
         before you send the job again"
    )]
    Reset {
        /// Which printer.
        address: Address,
        /// Bytes of the job that were sent, PJL included.
        sent: u64,
        /// Pages that the printer said were out.
        pages: u32,
        /// The operating system's error.
        source: io::Error,
    },
    /// The job was cancelled, at the printer's panel or through a
    /// [`Canceller`](crate::Canceller).
    #[error("the job was cancelled {} after {pages} pages",
        if *at_printer { "at the printer" } else { "by its sender" })]
    Cancelled {
        /// At the printer's panel, not by us.
        at_printer: bool,
        /// Bytes of the job that were sent, PJL included.
        sent: u64,
        /// Pages that the printer said were out.
        pages: u32,
    },
    /// The caller of
    /// [`Printer::wait_until_ready`](crate::Printer::wait_until_ready) gave
    /// up.
    #[error("gave up waiting for the printer")]
    GaveUp,
}

impl Error {
    /// Whether any byte of the job may have reached the printer. If none has,
    /// the job can be sent again without risk.
    pub fn began(&self) -> bool {
        match self {
            Error::Unreachable { .. } | Error::NotReady(_) => false,
            Error::NoAnswer { .. } | Error::GaveUp => false,
            Error::Silent { sent, .. }
            | Error::Refused { sent, .. }
            | Error::Reset { sent, .. }
            | Error::Cancelled { sent, .. } => *sent > 0,
        }
    }

    /// Pages that the printer said were out before it went wrong.
    pub fn pages(&self) -> u32 {
        match self {
            Error::Silent { pages, .. }
            | Error::Reset { pages, .. }
            | Error::Cancelled { pages, .. } => *pages,
            _ => 0,
        }
    }

    /// Whether a person must go to the printer before it prints again.
    pub fn needs_person(&self) -> bool {
        matches!(
            self,
            Error::NotReady(_)
                | Error::Silent { .. }
                | Error::Refused { .. }
                | Error::NoAnswer { .. }
        )
    }

    /// Whether a program may send the same job again: nothing of it has
    /// reached the printer, and waiting can help.
    pub fn retryable(&self) -> bool {
        !self.began() && !matches!(self, Error::GaveUp)
    }

    /// The `Error` inside an [`io::Error`] that
    /// [`Session`](crate::Session)'s `write` returned, or else the
    /// `io::Error` itself, unchanged.
    ///
    /// # Errors
    /// The `io::Error`, when it came from elsewhere.
    pub fn from_io(error: io::Error) -> Result<Error, io::Error> {
        error.downcast::<Error>()
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        let kind = match &error {
            Error::Silent { .. } => io::ErrorKind::TimedOut,
            Error::Reset { .. } => io::ErrorKind::ConnectionReset,
            Error::Cancelled { .. } => io::ErrorKind::ConnectionAborted,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}
