use crate::reply::{Replies, Reply};
use crate::session::{Event, Session};
use crate::status::{Severity, Status};
use crate::ticket::{JobTicket, UEL};
use crate::{Address, Error};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For a connection, for each of the host's addresses. Looking up the
    /// host's name has the operating system's own deadline.
    pub connect: Duration,
    /// No byte taken and no word said for so long, while we wait for one or
    /// the other, and no reason given such as a paper jam: it hangs.
    pub silence: Duration,
}

impl Default for Deadlines {
    /// 5 s to connect, 60 s of silence.
    fn default() -> Deadlines {
        Deadlines {
            connect: Duration::from_secs(5),
            silence: Duration::from_secs(60),
        }
    }
}

/// A printer somewhere on the network. Holds no connection.
#[derive(Clone, Debug)]
pub struct Printer {
    address: Address,
    deadlines: Deadlines,
}

/// How often a printer that refuses connections is tried again, and how often
/// somebody who waits is asked whether they still want to. A refused
/// connection is the one thing here that nobody tells us about.
const PAUSE: Duration = Duration::from_millis(200);

impl Printer {
    /// Names the printer; connects to nothing yet.
    pub fn new(address: Address, deadlines: Deadlines) -> Printer {
        Printer { address, deadlines }
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The same printer for a question beside the way: what it says on the
    /// main connection must not wait long meanwhile.
    pub(crate) fn in_haste(&self) -> Printer {
        const HASTE: Duration = Duration::from_secs(2);
        let Deadlines { connect, silence } = self.deadlines;
        Printer {
            address: self.address.clone(),
            deadlines: Deadlines {
                connect: connect.min(HASTE),
                silence: silence.min(HASTE),
            },
        }
    }

    pub(crate) fn silence(&self) -> Duration {
        self.deadlines.silence
    }

    /// Asks the printer how it is, on a connection of its own.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Silent`] (always so with
    /// `replies=no`, at once), [`Error::Reset`].
    pub fn status(&self) -> Result<Status, Error> {
        if !self.address.replies() {
            return Err(self.silent(Duration::ZERO));
        }
        let mut stream = self.connect()?;
        let status = self.ask(&mut stream, "", UEL, &|| false)?;
        Ok(status)
    }

    /// Connects, asks whether the printer is ready, and opens a session for
    /// one job. Of the job itself nothing is sent before the session's first
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
        let mut stream = self.connect()?;
        if self.address.replies() {
            let listen = "@PJL USTATUS DEVICE=ON\r\n@PJL USTATUS JOB=ON\r\n\
                          @PJL USTATUS PAGE=ON\r\n";
            let status = self.ask(&mut stream, listen, b"", &|| false)?;
            if status.severity() == Severity::Attention {
                return Err(Error::NotReady(status));
            }
            events(Event::Status(status));
        }
        Session::open(self.clone(), stream, ticket, events)
            .map_err(|source| self.broken(source))
    }

    /// Returns as soon as the printer takes jobs.
    ///
    /// A printer that refuses connections is tried again every 200 ms; one
    /// that is connected but not ready is listened to, and its own message
    /// ends the wait. `told` hears what is wrong, at every look and message;
    /// `give_up` is asked every 200 ms.
    ///
    /// # Errors
    /// [`Error::GaveUp`] when `give_up` said so.
    pub fn wait_until_ready(
        &self,
        told: &mut dyn FnMut(&Error),
        give_up: &dyn Fn() -> bool,
    ) -> Result<(), Error> {
        loop {
            match self.listen_until_ready(told, give_up) {
                Ok(()) => return Ok(()),
                Err(_) if give_up() => return Err(Error::GaveUp),
                Err(error) => told(&error),
            }
            thread::sleep(PAUSE);
        }
    }

    fn listen_until_ready(
        &self,
        told: &mut dyn FnMut(&Error),
        give_up: &dyn Fn() -> bool,
    ) -> Result<(), Error> {
        let mut stream = self.connect()?;
        if !self.address.replies() {
            return Ok(());
        }
        let on = "@PJL USTATUS DEVICE=ON\r\n";
        let mut status = self.ask(&mut stream, on, b"", give_up)?;
        let mut replies = Replies::new();
        let mut deadline = Instant::now() + self.silence();
        while status.severity() == Severity::Attention {
            told(&Error::NotReady(status.clone()));
            let heard = self.hear(&mut stream, deadline, give_up, |bytes| {
                replies.feed(bytes, |reply| {
                    if let Reply::Device(now) | Reply::Status(now) = reply {
                        status = now;
                    }
                });
            });
            match heard {
                Ok(()) => deadline = Instant::now() + self.silence(),
                // It may have nothing to say for hours. Ask again, in case
                // the connection is dead and nobody told us.
                Err(Error::Silent { .. }) => {
                    status = self.ask(&mut stream, "", b"", give_up)?;
                    deadline = Instant::now() + self.silence();
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    fn connect(&self) -> Result<TcpStream, Error> {
        let unreachable = |source| Error::Unreachable {
            address: self.address.clone(),
            source,
        };
        let mut last =
            io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        let name = (self.address.host(), self.address.port());
        for place in name.to_socket_addrs().map_err(unreachable)? {
            match TcpStream::connect_timeout(&place, self.deadlines.connect) {
                Ok(stream) => {
                    // Each write is whole as it is: wait for no more.
                    stream.set_nodelay(true).map_err(unreachable)?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(unreachable(last))
    }

    /// Sends `first`, asks for the status, and reads until our own `ECHO`
    /// comes back: what was still on its way from before is behind us then.
    fn ask(
        &self,
        stream: &mut TcpStream,
        first: &str,
        last: &[u8],
        give_up: &dyn Fn() -> bool,
    ) -> Result<Status, Error> {
        static TOKENS: AtomicU64 = AtomicU64::new(1);
        let count = TOKENS.fetch_add(1, Ordering::Relaxed);
        let token = format!("question {count}");
        let mut question = UEL.to_vec();
        question.extend_from_slice(
            format!("{first}@PJL INFO STATUS\r\n@PJL ECHO {token}\r\n")
                .as_bytes(),
        );
        question.extend_from_slice(last);
        stream.write_all(&question).map_err(|e| self.broken(e))?;

        let deadline = Instant::now() + self.silence();
        let (mut status, mut here) = (None, false);
        let mut replies = Replies::new();
        while !here {
            self.hear(stream, deadline, give_up, |bytes| {
                replies.feed(bytes, |reply| match reply {
                    Reply::Echo(words) if words == token => here = true,
                    Reply::Status(now) | Reply::Device(now) => {
                        status = Some(now);
                    }
                    _ => {}
                });
            })?;
        }
        Ok(status.unwrap_or(Status {
            code: 0,
            display: String::new(),
            online: None,
        }))
    }

    /// Waits for bytes of the printer, and hands them on.
    fn hear(
        &self,
        stream: &mut TcpStream,
        deadline: Instant,
        give_up: &dyn Fn() -> bool,
        each: impl FnOnce(&[u8]),
    ) -> Result<(), Error> {
        let mut buffer = [0; 2048];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.silent(self.silence()));
            }
            if give_up() {
                return Err(Error::GaveUp);
            }
            stream
                .set_read_timeout(Some(left.min(PAUSE)))
                .map_err(|e| self.broken(e))?;
            match stream.read(&mut buffer) {
                Ok(0) => return Err(self.broken(closed())),
                Ok(n) => {
                    each(&buffer[..n]);
                    return Ok(());
                }
                Err(e) if no_news(&e) => {}
                Err(e) => return Err(self.broken(e)),
            }
        }
    }

    fn silent(&self, waited: Duration) -> Error {
        Error::Silent {
            address: self.address.clone(),
            waited,
            sent: 0,
            pages: 0,
        }
    }

    fn broken(&self, source: io::Error) -> Error {
        Error::Reset {
            address: self.address.clone(),
            sent: 0,
            pages: 0,
            source,
        }
    }
}

/// The printer hung up.
pub(crate) fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it hung up")
}

/// Nothing has come yet: a time-out, by its name on either kind of system.
pub(crate) fn no_news(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}
