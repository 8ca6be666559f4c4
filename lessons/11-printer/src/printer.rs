//! A printer on the network: asked for its status, given a job, waited for.

use std::thread;
use std::time::{Duration, Instant};

use crate::connection::{self, Connection, Deadlines, PAUSE};
use crate::reply_parser::{Reply, ReplyParser};
use crate::reply_reader::Event;
use crate::session::Session;
use crate::status::{Severity, Status};
use crate::ticket::JobTicket;
use crate::{Address, Error};

/// The longest wait for an answer that a job can do without.
const SIDE_QUESTION: Duration = Duration::from_secs(2);

/// A printer on the network. Holds no connection.
#[derive(Clone, Debug)]
pub struct Printer {
    address: Address,
    deadlines: Deadlines,
}

impl Printer {
    /// Takes the printer's address; connects to nothing yet.
    pub fn new(address: Address, deadlines: Deadlines) -> Printer {
        Printer { address, deadlines }
    }

    /// The printer's address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Asks the printer for its status, on a connection of its own.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Silent`] (with `replies=no` always,
    /// and at once), [`Error::Reset`].
    pub fn status(&self) -> Result<Status, Error> {
        connection::status(&self.address, self.deadlines)
    }

    /// Asks the printer which papers lie in its trays, on a connection of its
    /// own: `A4`, `LETTER` and the like (PJL manual, `INTRAYnSIZE`). Empty when
    /// it does not say. The deadlines are cut to two seconds: what is asked is
    /// not worth a longer wait.
    ///
    /// # Errors
    /// As [`status`](Self::status).
    pub fn papers(&self) -> Result<Vec<String>, Error> {
        connection::papers(&self.address, self.deadlines.at_most(SIDE_QUESTION))
    }

    /// Connects, asks whether the printer is ready, and opens a session for
    /// one job. Nothing of the job itself is sent before the session's first
    /// `write` or its [`begin`](Session::begin).
    ///
    /// `events` is called from a thread of the session, until the session
    /// ends. With `replies=no` nothing is asked and no event comes.
    ///
    /// # Errors
    /// [`Error::NotReady`] when a person is needed first,
    /// [`Error::Unreachable`], [`Error::Silent`], [`Error::Reset`].
    /// [`Error::began`] is false for all of them.
    pub fn start(
        &self,
        ticket: &JobTicket,
        mut events: impl FnMut(Event) + Send + 'static,
    ) -> Result<Session, Error> {
        let mut connection = self.connect()?;
        if self.address.replies() {
            let subscribe = "@PJL USTATUS DEVICE=ON\r\n\
                             @PJL USTATUS JOB=ON\r\n\
                             @PJL USTATUS PAGE=ON\r\n";
            let status = connection.query_status(subscribe, b"", &|| false)?;
            if status.severity() == Severity::Attention {
                return Err(Error::NotReady(status));
            }
            events(Event::Status(status));
        }
        Session::open(connection, ticket, events)
    }

    /// Returns as soon as the printer takes jobs.
    ///
    /// A printer that refuses connections is tried again every 200 ms: a
    /// refused connection is the one thing here that nobody reports. A
    /// printer that takes the connection but is not ready is listened to, and
    /// its own message ends the wait. `on_trouble` is called with what is
    /// wrong, after each attempt and each message; `give_up` is asked every
    /// 200 ms.
    ///
    /// # Errors
    /// [`Error::GaveUp`] when `give_up` returned true.
    pub fn wait_until_ready(
        &self,
        on_trouble: &mut dyn FnMut(&Error),
        give_up: &dyn Fn() -> bool,
    ) -> Result<(), Error> {
        loop {
            match self.listen_until_ready(on_trouble, give_up) {
                Ok(()) => return Ok(()),
                Err(_) if give_up() => return Err(Error::GaveUp),
                Err(error) => on_trouble(&error),
            }
            thread::sleep(PAUSE);
        }
    }

    fn listen_until_ready(
        &self,
        on_trouble: &mut dyn FnMut(&Error),
        give_up: &dyn Fn() -> bool,
    ) -> Result<(), Error> {
        let mut connection = self.connect()?;
        if !self.address.replies() {
            return Ok(());
        }
        let subscribe = "@PJL USTATUS DEVICE=ON\r\n";
        let mut status = connection.query_status(subscribe, b"", give_up)?;
        let mut replies = ReplyParser::new();
        let mut deadline = Instant::now() + self.deadlines.silence;
        while status.severity() == Severity::Attention {
            on_trouble(&Error::NotReady(status.clone()));
            let received = connection.receive(deadline, give_up, |bytes| {
                replies.feed(bytes, |reply| {
                    if let Reply::Device(now) | Reply::Status(now) = reply {
                        status = now;
                    }
                });
            });
            match received {
                Ok(()) => {}
                // It may have nothing to say for hours. Ask again, in case
                // the connection died without an error.
                Err(Error::Silent { .. }) => {
                    status = connection.query_status("", b"", give_up)?;
                }
                Err(other) => return Err(other),
            }
            deadline = Instant::now() + self.deadlines.silence;
        }
        Ok(())
    }

    fn connect(&self) -> Result<Connection, Error> {
        Connection::open(&self.address, self.deadlines)
    }
}
