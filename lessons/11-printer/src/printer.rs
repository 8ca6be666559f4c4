//! A printer on the network: asked for its status, given a job, waited for.

use std::thread;
use std::time::Instant;

use crate::connection::{self, Connection, Deadlines, PAUSE};
use crate::reply_parser::{Reply, ReplyParser};
use crate::reply_reader::Event;
use crate::session::Session;
use crate::status::{Severity, Status};
use crate::ticket::{JobTicket, UEL};
use crate::{Address, Error, lpd};

/// How many trays a printer is asked about.
const TRAYS: usize = 4;

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

    /// Asks the printer for its status and for the papers in its trays, on a
    /// connection of its own: the tray's number, from 1, and the paper's name,
    /// such as `A4`.
    ///
    /// # Errors
    /// As [`status`](Self::status).
    pub fn survey(&self) -> Result<(Status, Vec<(usize, String)>), Error> {
        if !self.address.replies() {
            return connection::status(&self.address, self.deadlines)
                .map(|status| (status, Vec::new()));
        }
        let mut papers = Vec::new();
        let status = self.connect()?.query(
            &papers_question(),
            UEL,
            &|| false,
            |reply| {
                if papers.len() < TRAYS {
                    papers.extend(tray_in(&reply).zip(paper_in(reply)));
                }
            },
        )?;
        Ok((status, papers))
    }

    /// Connects, asks whether the printer is ready, and opens a session for
    /// one job. Nothing of the job itself is sent before the session's first
    /// `write` or its [`begin`](Session::begin).
    ///
    /// `events` is called from a thread of the session, until the session
    /// ends. With `replies=no` nothing is asked and no event comes. By LPD it is
    /// only asked whether the queue takes jobs.
    ///
    /// # Errors
    /// [`Error::NotReady`] when a person is needed first,
    /// [`Error::Unreachable`], [`Error::Silent`], [`Error::Reset`],
    /// [`Error::Refused`].
    /// [`Error::began`] is false for all of them.
    pub fn start(
        &self,
        ticket: &JobTicket,
        mut events: impl FnMut(Event) + Send + 'static,
    ) -> Result<Session, Error> {
        if let Some(queue) = self.address.queue() {
            lpd::check_queue(&self.address, queue, self.deadlines)?;
        }
        let mut connection = self.connect()?;
        let mut papers = Vec::new();
        if self.address.replies() {
            let mut question = "@PJL USTATUS DEVICE=ON\r\n\
                                @PJL USTATUS JOB=ON\r\n\
                                @PJL USTATUS PAGE=ON\r\n"
                .to_owned();
            if ticket.ask_for_papers {
                question += &papers_question();
            }
            let status =
                connection.query(&question, b"", &|| false, |reply| {
                    if papers.len() < TRAYS {
                        papers.extend(paper_in(reply));
                    }
                })?;
            if status.severity() == Severity::Attention {
                return Err(Error::NotReady(status));
            }
            events(Event::Status(status));
        }
        Session::open(connection, ticket, papers, events)
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
        if let Some(queue) = self.address.queue() {
            return lpd::check_queue(&self.address, queue, self.deadlines);
        }
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

/// The question for the papers in all trays (PJL manual, `INTRAYnSIZE`).
fn papers_question() -> String {
    let tray = |tray| format!("@PJL INQUIRE INTRAY{tray}SIZE\r\n");
    (1..=TRAYS).map(tray).collect()
}

/// The number of the tray that a reply is about, if it is about one.
fn tray_in(reply: &Reply) -> Option<usize> {
    let Reply::Setting { name, .. } = reply else { return None };
    let number = name.strip_prefix("INTRAY")?.strip_suffix("SIZE")?;
    number.parse().ok().filter(|tray| (1..=TRAYS).contains(tray))
}

/// The paper that a reply names, if it does.
fn paper_in(reply: Reply) -> Option<String> {
    match reply {
        Reply::Setting { name, value } if name.starts_with("INTRAY") => {
            Some(value).filter(|value| value != "?")
        }
        _ => None,
    }
}
