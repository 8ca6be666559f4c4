use crate::connection::Connection;
use crate::{Error, Target};
use std::time::{Duration, Instant};

/// Measures round trips, on a connection of its own: a very small request,
/// and the time until its answer begins.
pub struct Latency {
    target: Target,
    connection: Connection,
    /// Whether the server closes after an answer.
    closing: bool,
}

/// How long a connection took to open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opening {
    /// TCP's handshake, which is one round trip: to whoever ends the
    /// connection. Where that is a proxy, it is less than to the server.
    pub tcp: Duration,
    /// A round trip of TLS's handshake, under `https`.
    pub tls: Option<Duration>,
}

impl Latency {
    /// Connects to the server.
    ///
    /// # Errors
    /// When it cannot be reached within `timeout`.
    pub fn connect(
        target: &Target,
        timeout: Duration,
    ) -> Result<Latency, Error> {
        let connection = Connection::open(&target.small, timeout)?;
        Ok(Latency { target: target.clone(), connection, closing: false })
    }

    /// One round trip. Connecting again, where the server has closed the
    /// connection, is not counted.
    ///
    /// # Errors
    /// When no answer, or a bad one, comes within `timeout`. The connection
    /// is of no use any more then.
    pub fn round_trip(&mut self, timeout: Duration) -> Result<Duration, Error> {
        if self.closing {
            return self.again(timeout);
        }
        match self.ask(timeout) {
            Err(Error::Closed { .. }) => self.again(timeout),
            other => other,
        }
    }

    /// How long the connection took to open.
    pub fn opening(&self) -> Opening {
        self.connection.opening()
    }

    fn again(&mut self, timeout: Duration) -> Result<Duration, Error> {
        self.connection = Connection::open(&self.target.small, timeout)?;
        self.ask(timeout)
    }

    fn ask(&mut self, timeout: Duration) -> Result<Duration, Error> {
        self.connection.limit(timeout);
        let begun = Instant::now();
        self.connection.get(&self.target.small)?;
        let head = self.connection.head()?;
        let taken = begun.elapsed();
        if head.status >= 300 {
            return Err(Error::Status {
                server: self.target.small.url.authority(),
                status: head.status,
                request: format!("GET {}", self.target.small.url.path),
            });
        }
        self.connection.small(head.body)?;
        self.closing = !head.keeps_alive;
        Ok(taken)
    }
}
