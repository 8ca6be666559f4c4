//! What comes from a client: heads, and bodies of which nothing is kept.

use super::request::{Length, Malformed, Request};
use std::io::{self, Read};

/// A head may be so long, in bytes.
const LONGEST_HEAD: usize = 16 << 10;
/// What is read at once.
const READ: usize = 256 << 10;
/// A line of a chunked body may be so long.
const LONGEST_LINE: usize = 256;

/// Bytes that have been read and not used yet.
pub(super) struct Input {
    buffer: Vec<u8>,
    from: usize,
    to: usize,
}

/// Why there is no request.
pub(super) enum NoRequest {
    /// The client has gone, or said nothing for too long.
    Gone,
    /// What it said is no request.
    Bad(Malformed),
}

impl Input {
    pub(super) fn new() -> Input {
        Input { buffer: vec![0; READ], from: 0, to: 0 }
    }

    /// The next request's head.
    pub(super) fn request(
        &mut self,
        wire: &mut impl Read,
    ) -> Result<Request, NoRequest> {
        loop {
            match Request::parse(&self.buffer[self.from..self.to]) {
                Ok(Some((request, length))) => {
                    self.from += length;
                    return Ok(request);
                }
                Ok(None) if self.to - self.from >= LONGEST_HEAD => {
                    return Err(NoRequest::Bad(Malformed::TooLong));
                }
                Ok(None) => {}
                Err(malformed) => return Err(NoRequest::Bad(malformed)),
            }
            match self.fill(wire) {
                Ok(0) | Err(_) => return Err(NoRequest::Gone),
                Ok(_) => {}
            }
        }
    }

    /// Reads a request's body to its end and throws it away; `seen` hears
    /// how many bytes came each time.
    pub(super) fn body(
        &mut self,
        wire: &mut impl Read,
        length: Length,
        mut seen: impl FnMut(u64),
    ) -> io::Result<()> {
        match length {
            Length::Known(bytes) => self.skip(wire, bytes, &mut seen),
            Length::Chunked => loop {
                let line = self.line(wire)?;
                let size = line.split(';').next().unwrap_or_default().trim();
                let size = u64::from_str_radix(size, 16)
                    .map_err(|_| bad("a chunk without a size"))?;
                if size == 0 {
                    // Trailers, and the empty line after them.
                    while !self.line(wire)?.is_empty() {}
                    return Ok(());
                }
                self.skip(wire, size, &mut seen)?;
                if !self.line(wire)?.is_empty() {
                    return Err(bad("a chunk longer than it said"));
                }
            },
        }
    }

    fn skip(
        &mut self,
        wire: &mut impl Read,
        mut left: u64,
        seen: &mut impl FnMut(u64),
    ) -> io::Result<()> {
        while left > 0 {
            if self.from == self.to && self.fill(wire)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let there = (self.to - self.from) as u64;
            let used = there.min(left);
            self.from += used as usize;
            left -= used;
            seen(used);
        }
        Ok(())
    }

    /// A line without its end.
    fn line(&mut self, wire: &mut impl Read) -> io::Result<String> {
        loop {
            let there = &self.buffer[self.from..self.to];
            if let Some(end) = there.iter().position(|byte| *byte == b'\n') {
                let line = String::from_utf8_lossy(&there[..end]);
                let line = line.trim_end_matches('\r').to_owned();
                self.from += end + 1;
                return Ok(line);
            }
            if there.len() > LONGEST_LINE {
                return Err(bad("a chunk's line without an end"));
            }
            if self.fill(wire)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Reads once. What is left moves to the front first: it is short.
    fn fill(&mut self, wire: &mut impl Read) -> io::Result<usize> {
        self.buffer.copy_within(self.from..self.to, 0);
        self.to -= self.from;
        self.from = 0;
        let read = loop {
            match wire.read(&mut self.buffer[self.to..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.to += read;
        Ok(read)
    }
}

fn bad(words: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunked(mut body: &[u8]) -> io::Result<u64> {
        let mut sum = 0;
        Input::new()
            .body(&mut body, Length::Chunked, |bytes| sum += bytes)
            .map(|()| sum)
    }

    #[test]
    fn a_chunked_body_is_counted_without_its_lines() {
        assert_eq!(
            chunked(b"5\r\nhello\r\n3;x=y\r\nyou\r\n0\r\n\r\n").ok(),
            Some(8)
        );
        assert_eq!(chunked(b"0\r\nTrailer: 1\r\n\r\n").ok(), Some(0));
    }

    #[test]
    fn a_broken_body_is_an_error() {
        for body in [
            &b"5\r\nhel"[..],
            b"x\r\n",
            b"",
            b"5\r\nhellothere\r\n0\r\n\r\n",
            b"ffffffffffffffffff\r\n",
            &[b'1'; 1000],
        ] {
            assert!(chunked(body).is_err(), "{body:?}");
        }
    }
}
