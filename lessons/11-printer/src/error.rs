use crate::{Address, Status};
use std::io;
use std::time::Duration;

/// What kept a job, or a question, from the printer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection: nothing listens, no such host, no way there.
    #[error(
        "cannot reach the printer at {address}: {source}. Is it switched on, \
         and is the address right?"
    )]
    Unreachable {
        /// Where it was looked for.
        address: Address,
        /// What the operating system said.
        source: io::Error,
    },
    /// It answered, and wants a person before it takes a job.
    #[error("the printer is not ready: {0}")]
    NotReady(Status),
    /// It took no byte and said no word for too long.
    #[error(
        "the printer at {address} has been silent for {} s, after {sent} \
         bytes of the job and {pages} pages. Is it hanging? Switch it off and \
         on", waited.as_secs_f32().round()
    )]
    Silent {
        /// Which printer.
        address: Address,
        /// How long it was waited for.
        waited: Duration,
        /// Bytes of the job that were sent, PJL included.
        sent: u64,
        /// Pages that the printer said were out.
        pages: u32,
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
        /// What the operating system said.
        source: io::Error,
    },
    /// Somebody cancelled the job, at the printer's panel or through a
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
    /// [`Printer::wait_until_ready`](crate::Printer::wait_until_ready) was
    /// told to give up.
    #[error("gave up waiting for the printer")]
    GaveUp,
}

impl Error {
    /// Whether any byte of the job may have reached the printer. If not, the
    /// job can be sent again without a second thought.
    pub fn began(&self) -> bool {
        match self {
            Error::Unreachable { .. } | Error::NotReady(_) => false,
            Error::GaveUp => false,
            Error::Silent { sent, .. }
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

    /// Whether somebody must go to the printer before it prints again.
    pub fn needs_person(&self) -> bool {
        matches!(self, Error::NotReady(_) | Error::Silent { .. })
    }

    /// Whether the same job may be sent again by a program: nothing of it has
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
