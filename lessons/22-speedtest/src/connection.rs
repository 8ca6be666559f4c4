//! A connection to a server, on which HTTP/1.1 is spoken.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::Error;
use crate::endpoint::Endpoint;
use crate::head::{Body, Head, chunk_size};
use crate::tls::{TlsStream, round_trips, shake_hands};

/// The longest head that is read, in bytes.
const LONGEST_HEAD: usize = 16 << 10;
/// Interim answers that are skipped before the real one.
const MOST_INTERIM: usize = 8;
/// Lines that may follow a chunked body.
const MOST_TRAILERS: usize = 64;
/// The longest line with a chunk's size, in bytes.
const LONGEST_LINE: usize = 1 << 10;
/// The longest answer to a small request, in bytes.
const LONGEST_ANSWER: usize = 64 << 10;
/// How many bytes are read at once, at most: fewer system calls a byte.
const BUFFER: usize = 256 << 10;

/// One connection, on which HTTP/1.1 is spoken (RFC 9112).
pub(crate) struct Connection {
    stream: Stream,
    /// Host and port, for messages.
    server: String,
    buffer: Vec<u8>,
    /// The part of the buffer that was read and not yet used.
    begin: usize,
    end: usize,
    /// How long one read or write may take ...
    patience: Duration,
    /// ... and when all must have ended, if it must.
    deadline: Option<Instant>,
    opening: Opening,
}

/// How long a connection took to open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opening {
    /// TCP's handshake, which is one round trip: to the host at the other end
    /// of the connection. Where that is a proxy, it is less than to the
    /// server.
    pub tcp: Duration,
    /// A round trip of TLS's handshake, under `https`.
    pub tls: Option<Duration>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream>),
}

impl Connection {
    /// Connects, and shakes hands when the address is `https`.
    pub fn open(to: &Endpoint, patience: Duration) -> Result<Self, Error> {
        let server = to.url.authority();
        let begun = Instant::now();
        let stream = TcpStream::connect_timeout(&to.address, patience)
            .map_err(|error| {
                Error::connecting(server.clone(), &error, begun.elapsed())
            })?;
        let tcp = begun.elapsed();
        let mut connection = Connection::over(stream, to, patience)?;
        connection.opening.tcp = tcp;
        Ok(connection)
    }

    /// The same over a TCP connection that exists already.
    pub fn over(
        stream: TcpStream,
        to: &Endpoint,
        patience: Duration,
    ) -> Result<Self, Error> {
        let server = to.url.authority();
        let machine =
            |error: io::Error| Error::Machine { reason: error.to_string() };
        stream.set_nodelay(true).map_err(machine)?;
        let mut opening = Opening::default();
        let stream = match to.url.tls {
            true => {
                let begun = Instant::now();
                let tls = shake_hands(stream, &to.url.host, &server, patience)?;
                opening.tls = Some(begun.elapsed() / round_trips(&tls));
                Stream::Tls(Box::new(tls))
            }
            false => Stream::Plain(stream),
        };
        let connection = Connection {
            stream,
            server,
            buffer: Vec::new(),
            begin: 0,
            end: 0,
            patience,
            deadline: None,
            opening,
        };
        let socket = connection.socket();
        socket.set_read_timeout(Some(patience)).map_err(machine)?;
        socket.set_write_timeout(Some(patience)).map_err(machine)?;
        Ok(connection)
    }

    /// How long it took to open.
    pub fn opening(&self) -> Opening {
        self.opening
    }

    /// From now on all must have ended after this time.
    pub fn limit(&mut self, time: Duration) {
        self.patience = time;
        self.deadline = Some(Instant::now() + time);
    }

    /// Sends a request with no body.
    pub fn get(&mut self, to: &Endpoint) -> Result<(), Error> {
        self.send(head("GET", to, "").as_bytes())
    }

    /// Sends the head of a request whose body of `length` bytes follows.
    pub fn post(
        &mut self,
        to: &Endpoint,
        kind: &str,
        length: u64,
    ) -> Result<(), Error> {
        let fields =
            format!("Content-Type: {kind}\r\nContent-Length: {length}\r\n");
        self.send(head("POST", to, &fields).as_bytes())
    }

    /// Sends all of the bytes.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.keep_deadline()?;
        let begun = Instant::now();
        let sent = match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes),
            Stream::Tls(stream) => {
                stream.write_all(bytes).and_then(|()| stream.flush())
            }
        };
        sent.map_err(|error| self.broken(&error, begun, "taken what we send"))
    }

    /// Waits for an answer's head, and skips interim answers (RFC 9110, section
    /// 15.2).
    pub fn head(&mut self) -> Result<Head, Error> {
        for _ in 0..MOST_INTERIM {
            let head = self.next_head()?;
            if head.status >= 200 {
                return Ok(head);
            }
        }
        Err(self.garbage("interim answers and no end"))
    }

    fn next_head(&mut self) -> Result<Head, Error> {
        let mut seen = 0;
        let length = loop {
            let read = &self.buffer[self.begin..self.end];
            if let Some(length) = head_length(read, &mut seen) {
                break length;
            }
            if read.len() >= LONGEST_HEAD {
                return Err(self.garbage("a head without an end"));
            }
            // A server of another protocol greets first, and waits for our
            // answer: do not wait for it.
            if !begins(read, b"HTTP/1.") {
                return Err(self.garbage("it does not begin with HTTP/1."));
            }
            if self.fill()? == 0 {
                let when = match self.end - self.begin {
                    0 => "without an answer".to_owned(),
                    some => format!("after {some} bytes of an answer's head"),
                };
                return Err(self.closed(when));
            }
        };
        let read = Head::read(&self.buffer[self.begin..][..length]);
        self.begin += length;
        read.map_err(|what| self.garbage(what))
    }

    /// The next bytes of a body, as many as there are; `None` at its end.
    pub fn part(&mut self, body: &mut Body) -> Result<Option<&[u8]>, Error> {
        loop {
            match *body {
                Body::Done => return Ok(None),
                Body::Length(0) => *body = Body::Done,
                Body::Chunk(0) => *body = Body::ChunkEnd,
                Body::ChunkEnd => {
                    if !self.line()?.is_empty() {
                        return Err(self.garbage("a chunk that is too long"));
                    }
                    *body = Body::ChunkSize;
                }
                Body::ChunkSize => {
                    *body = match chunk_size(self.line()?) {
                        Some(0) => Body::Trailer,
                        Some(size) => Body::Chunk(size),
                        None => {
                            return Err(self.garbage("a chunk without a size"));
                        }
                    };
                }
                Body::Trailer => {
                    let mut left = MOST_TRAILERS;
                    while !self.line()?.is_empty() {
                        left -= 1;
                        if left == 0 {
                            return Err(self.garbage("a trailer with no end"));
                        }
                    }
                    *body = Body::Done;
                }
                Body::Length(_) | Body::Chunk(_) | Body::UntilClosed => {
                    if self.begin == self.end && self.fill()? == 0 {
                        if *body == Body::UntilClosed {
                            *body = Body::Done;
                            return Ok(None);
                        }
                        let when = "before its answer's end".to_owned();
                        return Err(self.closed(when));
                    }
                    return Ok(Some(self.take(body)));
                }
            }
        }
    }

    /// Takes what is there, and no more than belongs to the body.
    fn take(&mut self, body: &mut Body) -> &[u8] {
        let there = self.end - self.begin;
        let taken = match body {
            Body::Length(left) | Body::Chunk(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX);
                let taken = there.min(most);
                *left -= taken as u64;
                taken
            }
            _ => there,
        };
        let from = self.begin;
        self.begin += taken;
        &self.buffer[from..from + taken]
    }

    /// The whole of a small body.
    pub fn small(&mut self, mut body: Body) -> Result<Vec<u8>, Error> {
        let mut whole = Vec::new();
        while let Some(part) = self.part(&mut body)? {
            whole.extend_from_slice(part);
            if whole.len() > LONGEST_ANSWER {
                return Err(
                    self.garbage("it sends on and on where little was asked")
                );
            }
        }
        Ok(whole)
    }

    /// One line, without its end.
    fn line(&mut self) -> Result<&[u8], Error> {
        let mut seen = 0;
        let length = loop {
            let read = &self.buffer[self.begin..self.end];
            let more = &read[seen..];
            if let Some(at) = more.iter().position(|b| *b == b'\n') {
                break seen + at;
            }
            seen = read.len();
            if seen > LONGEST_LINE {
                return Err(self.garbage("a line without an end"));
            }
            if self.fill()? == 0 {
                return Err(self.closed("in the middle of an answer".into()));
            }
        };
        let line = &self.buffer[self.begin..][..length];
        self.begin += length + 1;
        Ok(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// Reads more into the buffer. 0 is the end.
    fn fill(&mut self) -> Result<usize, Error> {
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
        }
        if self.buffer.is_empty() {
            self.buffer.resize(BUFFER, 0);
        }
        self.keep_deadline()?;
        let begun = Instant::now();
        let room = &mut self.buffer[self.end..];
        let read = loop {
            let read = match &mut self.stream {
                Stream::Plain(stream) => stream.read(room),
                Stream::Tls(stream) => stream.read(room),
            };
            match read {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // A peer that ends TLS without saying so has closed.
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => break 0,
                Err(e) => return Err(self.broken(&e, begun, "sent anything")),
                Ok(read) => break read,
            }
        };
        self.end += read;
        Ok(read)
    }

    fn keep_deadline(&mut self) -> Result<(), Error> {
        let Some(deadline) = self.deadline else { return Ok(()) };
        let left = deadline.saturating_duration_since(Instant::now());
        let stream = self.socket();
        let set = match left.is_zero() {
            true => Err(io::ErrorKind::TimedOut.into()),
            false => stream
                .set_read_timeout(Some(left))
                .and_then(|()| stream.set_write_timeout(Some(left))),
        };
        set.map_err(|_| Error::Silent {
            server: self.server.clone(),
            what: "come to an end",
            waited: self.patience,
        })
    }

    fn socket(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.get_ref(),
        }
    }

    fn broken(
        &self,
        error: &io::Error,
        begun: Instant,
        what: &'static str,
    ) -> Error {
        let server = self.server.clone();
        match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
                let waited = begun.elapsed().max(self.patience);
                Error::Silent { server, what, waited }
            }
            io::ErrorKind::InvalidData => {
                Error::Tls { server, reason: error.to_string() }
            }
            _ => self.closed(format!("in the middle ({error})")),
        }
    }

    fn closed(&self, when: String) -> Error {
        Error::Closed { server: self.server.clone(), when }
    }

    fn garbage(&self, what: &'static str) -> Error {
        Error::Garbage { server: self.server.clone(), what }
    }
}

fn head(method: &str, to: &Endpoint, fields: &str) -> String {
    format!(
        "{method} {} HTTP/1.1\r\nHost: {}\r\n\
         User-Agent: taming-speedtest/0.1\r\nAccept: */*\r\n\
         Accept-Encoding: identity\r\nCache-Control: no-cache\r\n{fields}\r\n",
        to.url.path,
        to.url.host_field(),
    )
}

/// Whether what was read is the beginning of a text, as far as it goes.
fn begins(read: &[u8], text: &[u8]) -> bool {
    read.iter().zip(text).all(|(read, wanted)| read == wanted)
}

/// How long the head is, with its empty line. What was `seen` before is not
/// searched again.
fn head_length(read: &[u8], seen: &mut usize) -> Option<usize> {
    let from = seen.saturating_sub(3);
    *seen = read.len();
    let feeds = read.iter().enumerate().skip(from);
    for (at, _) in feeds.filter(|(_, byte)| **byte == b'\n') {
        let before = &read[..at];
        let before = before.strip_suffix(b"\r").unwrap_or(before);
        if before.is_empty() || before.ends_with(b"\n") {
            return Some(at + 1);
        }
    }
    None
}
