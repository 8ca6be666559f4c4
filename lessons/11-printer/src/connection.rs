//! One TCP connection to the printer, and the question for its status.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::reply_parser::{Reply, ReplyParser};
use crate::status::Status;
use crate::ticket::UEL;
use crate::{Address, Error};

/// How often a waiting caller is asked whether it gives up.
pub(crate) const PAUSE: Duration = Duration::from_millis(200);

/// The longest waits for the printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For a connection, for each of the host's addresses. Looking up the
    /// host's name has the operating system's own deadline.
    pub connect: Duration,
    /// While we wait for the printer: how long it may neither take a byte nor
    /// send one, without having given a reason such as a paper jam. After
    /// that it counts as hanging.
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

impl Deadlines {
    /// The same, but neither longer than `most`.
    pub(crate) fn at_most(self, most: Duration) -> Deadlines {
        Deadlines {
            connect: self.connect.min(most),
            silence: self.silence.min(most),
        }
    }
}

/// An open connection, which knows the printer that it leads to.
#[derive(Debug)]
pub(crate) struct Connection {
    pub address: Address,
    pub deadlines: Deadlines,
    pub stream: TcpStream,
}

impl Connection {
    /// Tries the host's addresses one after the other.
    pub fn open(
        address: &Address,
        deadlines: Deadlines,
    ) -> Result<Connection, Error> {
        let unreachable =
            |source| Error::Unreachable { address: address.clone(), source };
        let mut last =
            io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        let name = (address.host(), address.port());
        for place in name.to_socket_addrs().map_err(unreachable)? {
            match TcpStream::connect_timeout(&place, deadlines.connect) {
                Ok(stream) => {
                    // Send each write at once: it is complete as it is.
                    stream.set_nodelay(true).map_err(unreachable)?;
                    let address = address.clone();
                    return Ok(Connection { address, deadlines, stream });
                }
                Err(error) => last = error,
            }
        }
        Err(unreachable(last))
    }

    /// A second handle of the same connection, for another thread.
    pub fn try_clone(&self) -> io::Result<Connection> {
        Ok(Connection {
            address: self.address.clone(),
            deadlines: self.deadlines,
            stream: self.stream.try_clone()?,
        })
    }

    /// Sends the PJL lines `first`, asks for the status, and reads until our
    /// own `ECHO` comes back: whatever was still under way before the
    /// question has been read by then. `last` is sent after the question.
    pub fn query_status(
        &mut self,
        first: &str,
        last: &[u8],
        give_up: &dyn Fn() -> bool,
    ) -> Result<Status, Error> {
        self.query(first, last, give_up, |_| {})
    }

    /// The same; `each` gets all other replies.
    pub fn query(
        &mut self,
        first: &str,
        last: &[u8],
        give_up: &dyn Fn() -> bool,
        mut each: impl FnMut(Reply),
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
        self.stream.write_all(&question).map_err(|e| self.broken(e))?;

        let deadline = Instant::now() + self.deadlines.silence;
        let (mut status, mut echoed) = (None, false);
        let mut replies = ReplyParser::new();
        let mut read = 0;
        while !echoed {
            let received = self.receive(deadline, give_up, |bytes| {
                read += bytes.len() as u64;
                replies.feed(bytes, |reply| match reply {
                    Reply::Echo(words) if words == token => echoed = true,
                    Reply::Status(now) | Reply::Device(now) => {
                        status = Some(now);
                    }
                    other => each(other),
                });
            });
            match received {
                Err(Error::Silent { address, waited, .. }) if read > 0 => {
                    return Err(Error::NoAnswer {
                        address,
                        waited,
                        bytes: read,
                    });
                }
                received => received?,
            }
        }
        Ok(status.unwrap_or(Status {
            code: 0,
            display: String::new(),
            online: None,
        }))
    }

    /// Waits for bytes from the printer, and hands them to `each`.
    ///
    /// # Errors
    /// [`Error::Silent`] when none have come before `deadline`,
    /// [`Error::GaveUp`], [`Error::Reset`].
    pub fn receive(
        &mut self,
        deadline: Instant,
        give_up: &dyn Fn() -> bool,
        each: impl FnOnce(&[u8]),
    ) -> Result<(), Error> {
        let mut buffer = [0; 2048];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(silent(&self.address, self.deadlines.silence));
            }
            if give_up() {
                return Err(Error::GaveUp);
            }
            self.stream
                .set_read_timeout(Some(left.min(PAUSE)))
                .map_err(|e| self.broken(e))?;
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(self.broken(closed())),
                Ok(n) => {
                    each(&buffer[..n]);
                    return Ok(());
                }
                Err(e) if is_timeout(&e) => {}
                Err(e) => return Err(self.broken(e)),
            }
        }
    }

    /// The connection broke before anything of a job was sent.
    pub fn broken(&self, source: io::Error) -> Error {
        let address = self.address.clone();
        Error::Reset { address, sent: 0, pages: 0, source }
    }
}

/// Asks the printer for its status, on a connection of its own.
pub(crate) fn status(
    address: &Address,
    deadlines: Deadlines,
) -> Result<Status, Error> {
    if !address.replies() {
        return Err(silent(address, Duration::ZERO));
    }
    Connection::open(address, deadlines)?.query_status("", UEL, &|| false)
}

/// The error of a read when the printer has closed the connection.
pub(crate) fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it hung up")
}

/// Whether a read ended only because nothing has come yet. A time-out has one
/// name on Unix and another on Windows.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}

fn silent(address: &Address, waited: Duration) -> Error {
    let address = address.clone();
    Error::Silent { address, waited, sent: 0, pages: 0 }
}
