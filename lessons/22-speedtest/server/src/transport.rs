//! A client's connection, plain or with TLS, that has to keep moving.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use rustls::{ServerConnection, StreamOwned};

/// Bytes that have to move in each span of patience, unless the request is
/// done sooner. No head is longer, so that the rule holds for a head that
/// comes byte by byte, too; and 1 KB a second is slower than any modem.
const LEAST: u64 = crate::input::LONGEST_HEAD as u64;

/// What a client is connected by.
pub(crate) trait Transport: Read + Write {
    /// Another step of a request begins, and with it another span of patience.
    fn renew(&mut self);
    /// Tells the client that nothing more will be said.
    fn finish(&mut self) -> io::Result<()>;
}

/// A connection on which nobody can sit for ever: neither in silence, nor
/// with a byte now and then.
pub(crate) struct Paced<'a> {
    stream: &'a TcpStream,
    patience: Duration,
    since: Instant,
    moved: u64,
}

impl<'a> Paced<'a> {
    pub(crate) fn new(
        stream: &'a TcpStream,
        patience: Duration,
    ) -> io::Result<Paced<'a>> {
        // Small answers are waited for.
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        Ok(Paced { stream, patience, since: Instant::now(), moved: 0 })
    }

    fn check(&mut self) -> io::Result<()> {
        if self.since.elapsed() > self.patience {
            if self.moved < LEAST {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.renew();
        }
        Ok(())
    }
}

impl Read for Paced<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        let read = self.stream.read(buffer)?;
        self.moved += read as u64;
        Ok(read)
    }
}

impl Write for Paced<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.check()?;
        let written = self.stream.write(bytes)?;
        self.moved += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Paced<'_> {
    fn renew(&mut self) {
        self.since = Instant::now();
        self.moved = 0;
    }

    fn finish(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }
}

impl Transport for StreamOwned<ServerConnection, Paced<'_>> {
    fn renew(&mut self) {
        self.sock.renew();
    }

    fn finish(&mut self) -> io::Result<()> {
        self.conn.send_close_notify();
        self.flush()?;
        self.sock.finish()
    }
}
