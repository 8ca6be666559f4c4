//! What comes from a client: heads of requests, and bodies, which are counted
//! and thrown away.

use crate::request::{Length, Malformed, Request};
use std::io::{self, Read};

/// The longest head, in bytes.
pub(crate) const LONGEST_HEAD: usize = 16 << 10;
/// Bytes that are read at once.
const READ: usize = 256 << 10;
/// The longest line of a chunked body, in bytes.
const LONGEST_LINE: usize = 256;
/// The most lines that may follow a chunked body.
const MOST_TRAILERS: usize = 64;

/// Bytes that have been read and not used yet.
pub(crate) struct Input {
    buffer: Vec<u8>,
    from: usize,
    to: usize,
}

/// Why no further request can be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The client has gone, or was silent for too long.
    Gone(io::Error),
    /// What it sent is no request; it is told so.
    Malformed(Malformed),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> ReadError {
        ReadError::Gone(error)
    }
}

impl From<Malformed> for ReadError {
    fn from(malformed: Malformed) -> ReadError {
        ReadError::Malformed(malformed)
    }
}

impl Input {
    pub(crate) fn new() -> Input {
        Input { buffer: vec![0; READ], from: 0, to: 0 }
    }

    /// The next request's head.
    pub(crate) fn request(
        &mut self,
        stream: &mut impl Read,
    ) -> Result<Request, ReadError> {
        loop {
            let there = &self.buffer[self.from..self.to];
            let head = &there[..there.len().min(LONGEST_HEAD)];
            if let Some((request, length)) = Request::parse(head)? {
                self.from += length;
                return Ok(request);
            }
            if there.len() >= LONGEST_HEAD {
                return Err(Malformed::TooLong.into());
            }
            self.fill(stream)?;
        }
    }

    /// Reads a request's body to its end, throws it away and says how long
    /// it was; `seen` hears how many bytes came each time.
    pub(crate) fn body(
        &mut self,
        stream: &mut impl Read,
        length: Length,
        most: u64,
        mut seen: impl FnMut(u64),
    ) -> Result<u64, ReadError> {
        if let Length::Known(bytes) = length {
            self.skip(stream, bytes, &mut seen)?;
            return Ok(bytes);
        }
        let mut sum: u64 = 0;
        loop {
            let line = self.line(stream)?;
            let size = line.split(';').next().unwrap_or_default();
            let size = hexadecimal(size).ok_or(Malformed::Chunk)?;
            if size == 0 {
                break;
            }
            sum = sum.saturating_add(size);
            if sum > most {
                return Err(Malformed::TooMuch(most).into());
            }
            self.skip(stream, size, &mut seen)?;
            if !self.line(stream)?.is_empty() {
                return Err(Malformed::Chunk.into());
            }
        }
        // Trailers, and the empty line after them.
        for _ in 0..MOST_TRAILERS {
            if self.line(stream)?.is_empty() {
                return Ok(sum);
            }
        }
        Err(Malformed::Chunk.into())
    }

    fn skip(
        &mut self,
        stream: &mut impl Read,
        mut left: u64,
        seen: &mut impl FnMut(u64),
    ) -> io::Result<()> {
        while left > 0 {
            if self.from == self.to {
                self.fill(stream)?;
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
    fn line(&mut self, stream: &mut impl Read) -> Result<String, ReadError> {
        loop {
            let there = &self.buffer[self.from..self.to];
            if let Some(end) = there.iter().position(|byte| *byte == b'\n') {
                let line = there[..end].strip_suffix(b"\r");
                let line = line.ok_or(Malformed::Chunk)?;
                let line = String::from_utf8_lossy(line).into_owned();
                self.from += end + 1;
                return Ok(line);
            }
            if there.len() > LONGEST_LINE {
                return Err(Malformed::Chunk.into());
            }
            self.fill(stream)?;
        }
    }

    /// Reads once. What is left moves to the front first: it is short.
    fn fill(&mut self, stream: &mut impl Read) -> io::Result<()> {
        self.buffer.copy_within(self.from..self.to, 0);
        self.to -= self.from;
        self.from = 0;
        let read = loop {
            match stream.read(&mut self.buffer[self.to..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.to += read;
        Ok(())
    }
}

/// A chunk's size (RFC 9112, section 7.1). Rust would take `+5` as well.
fn hexadecimal(text: &str) -> Option<u64> {
    let text = text.trim_matches([' ', '\t']);
    let all = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(text, 16).ok().filter(|_| all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u64 = 1000;

    fn chunked(mut body: &[u8]) -> Result<u64, ReadError> {
        let mut sum = 0;
        let length =
            Input::new()
                .body(&mut body, Length::Chunked, MOST, |bytes| sum += bytes)?;
        assert_eq!(length, sum);
        Ok(length)
    }

    #[test]
    fn a_chunked_body_is_counted_without_its_lines() {
        let body = b"5\r\nhello\r\n3;x=y\r\nyou\r\n0\r\n\r\n";
        assert_eq!(chunked(body).ok(), Some(8));
        assert_eq!(chunked(b"0\r\nTrailer: 1\r\n\r\n").ok(), Some(0));
    }

    #[test]
    fn a_broken_body_is_malformed() {
        for body in [
            &b"x\r\n"[..],
            b"\r\n",
            b"+5\r\nhello\r\n0\r\n\r\n",
            b"5\nhello\n0\n\n",
            b"5\r\nhellothere\r\n0\r\n\r\n",
            b"ffffffffffffffffff\r\n",
            b"fff\r\n",
            &[b'1'; 1000],
            &[&b"0\r\n"[..], &b"a: b\r\n".repeat(1000)].concat(),
        ] {
            let error = chunked(body).expect_err("a broken body");
            assert!(matches!(error, ReadError::Malformed(_)), "{body:?}");
        }
    }

    #[test]
    fn half_a_body_is_a_client_that_has_gone() {
        for body in [&b"5\r\nhel"[..], b"", b"5\r\nhello\r\n0\r\n"] {
            let error = chunked(body).expect_err("half a body");
            assert!(matches!(error, ReadError::Gone(_)), "{body:?}");
        }
    }
}
