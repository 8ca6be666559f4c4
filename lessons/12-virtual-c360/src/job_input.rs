//! The bytes that come in on a connection.

use std::io::{self, BufRead, Read};
use std::net::TcpStream;
use std::sync::Arc;

use crate::machine::Machine;

/// The universal exit language (PJL manual, "Kernel commands").
pub(crate) const UEL: &[u8] = b"\x1b%-12345X";

/// A connection's input, with a look at the next bytes before they are read.
/// Reads nothing while the machine is silent.
pub(crate) struct JobInput {
    stream: TcpStream,
    machine: Arc<Machine>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl JobInput {
    pub fn new(stream: TcpStream, machine: Arc<Machine>) -> JobInput {
        JobInput { stream, machine, buffer: vec![0; 1 << 16], start: 0, end: 0 }
    }

    /// The bytes that come next: `n` of them, or fewer at the end.
    pub fn peek(&mut self, n: usize) -> io::Result<&[u8]> {
        while self.end - self.start < n && self.read_more()? {}
        Ok(&self.buffer[self.start..self.end.min(self.start + n)])
    }

    /// Whether a UEL comes next.
    pub fn at_uel(&mut self) -> io::Result<bool> {
        // Ask for the rest only when the beginning fits: it may never come.
        for n in 1..=UEL.len() {
            if self.peek(n)? != &UEL[..n] {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Hands `each` everything up to the next UEL, which is left unread, or
    /// to the end.
    pub fn until_uel(
        &mut self,
        mut each: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        loop {
            let here = self.fill_buf()?;
            if here.is_empty() {
                return Ok(());
            }
            let escape = here.iter().position(|&byte| byte == UEL[0]);
            let plain = escape.unwrap_or(here.len());
            each(&here[..plain])?;
            self.consume(plain);
            if escape.is_some() {
                if self.at_uel()? {
                    return Ok(());
                }
                each(&UEL[..1])?;
                self.consume(1);
            }
        }
    }

    fn read_more(&mut self) -> io::Result<bool> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        self.machine.wait_while_silent()?;
        let n = loop {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        // The machine may have fallen silent while these bytes were on their
        // way.
        self.machine.wait_while_silent()?;
        self.end += n;
        Ok(n > 0)
    }
}

impl Read for JobInput {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(place)?;
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for JobInput {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.read_more()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
    }
}
