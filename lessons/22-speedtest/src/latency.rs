//! Round trips to a server, on a connection of their own.

use std::time::{Duration, Instant};

use crate::connection::{Connection, Opening};
use crate::{Error, Target};

/// Measures round trips: a very small request, and the time until its answer
/// begins.
pub struct Latency {
    target: Target,
    connection: Connection,
    /// Whether the server closes after an answer.
    closing: bool,
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
            return self.reconnect(timeout);
        }
        match self.request(timeout) {
            Err(Error::Closed { .. }) => self.reconnect(timeout),
            other => other,
        }
    }

    /// How long the connection took to open.
    pub fn opening(&self) -> Opening {
        self.connection.opening()
    }

    fn reconnect(&mut self, timeout: Duration) -> Result<Duration, Error> {
        self.connection = Connection::open(&self.target.small, timeout)?;
        self.request(timeout)
    }

    fn request(&mut self, timeout: Duration) -> Result<Duration, Error> {
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
