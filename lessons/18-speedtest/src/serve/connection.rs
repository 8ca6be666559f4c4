//! One client, from its first request to its last.

use super::State;
use super::answer::{About, Answer, Body, answer, bad, refusal};
use super::input::{Input, NoRequest};
use super::noise::noise;
use super::request::{Length, Malformed, Request};
use rustls::{ServerConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// What is written at once.
const WRITE: usize = 256 << 10;
/// A refused client's data is read for so long, so that it sees our answer
/// and not a reset.
const FAREWELL: Duration = Duration::from_millis(500);

/// Serves a client until it leaves.
pub(super) fn serve(stream: TcpStream, state: &State) -> io::Result<()> {
    // Small answers are waited for.
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(state.patience))?;
    stream.set_write_timeout(Some(state.patience))?;
    match &state.tls {
        None => converse(&mut &stream, &stream, "http", state),
        Some(config) => {
            let tls = ServerConnection::new(config.clone())
                .map_err(io::Error::other)?;
            let mut wire = StreamOwned::new(tls, &stream);
            let done = converse(&mut wire, &stream, "https", state);
            wire.conn.send_close_notify();
            // The client may have gone already.
            let _ = wire.flush();
            done
        }
    }
}

/// Tells a client that there are too many, without waiting for it.
pub(super) fn refuse(stream: &TcpStream) {
    let _ = stream.set_write_timeout(Some(FAREWELL));
    let busy = bad("503 Service Unavailable", "too many connections\n");
    let _ = stream.set_nonblocking(true);
    let _ = write_head(&mut &*stream, &busy, false, true);
}

fn converse(
    wire: &mut (impl Read + Write),
    stream: &TcpStream,
    scheme: &'static str,
    state: &State,
) -> io::Result<()> {
    let mut input = Input::new();
    let local = stream.local_addr()?.to_string();
    let client = stream.peer_addr()?.ip().to_canonical();
    loop {
        let request = match input.request(&mut Patient::new(wire, state)) {
            Ok(request) => request,
            Err(NoRequest::Gone) => return Ok(()),
            Err(NoRequest::Bad(malformed)) => {
                let (status, words) = explain(malformed);
                return say_goodbye(wire, stream, &bad(status, words));
            }
        };
        if let Some(refusal) = refusal(&request) {
            return say_goodbye(wire, stream, &refusal);
        }
        let about =
            About { scheme, local: local.clone(), client, request: &request };
        let answer = answer(&about);
        let takes = !answer.status.starts_with('4');
        if request.length != Length::Known(0) {
            if !takes {
                return say_goodbye(wire, stream, &answer);
            }
            if request.expects {
                wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
                wire.flush()?;
            }
            input.body(wire, request.length, |bytes| {
                state.bytes_received.fetch_add(bytes, Relaxed);
            })?;
        }
        write(wire, &request, &answer, state)?;
        if !request.keeps_alive || state.stopping.load(Relaxed) {
            return Ok(());
        }
    }
}

/// A head must be whole within the patience, however slowly it drips.
struct Patient<'a, W> {
    wire: &'a mut W,
    ends: Instant,
}

impl<'a, W> Patient<'a, W> {
    fn new(wire: &'a mut W, state: &State) -> Patient<'a, W> {
        Patient { wire, ends: Instant::now() + 2 * state.patience }
    }
}

impl<W: Read> Read for Patient<'_, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match Instant::now() < self.ends {
            true => self.wire.read(buffer),
            false => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

fn explain(malformed: Malformed) -> (&'static str, &'static str) {
    match malformed {
        Malformed::TooLong => (
            "431 Request Header Fields Too Large",
            "the head of this request does not end\n",
        ),
        Malformed::NotHttp => ("400 Bad Request", "this is not HTTP/1.1\n"),
        Malformed::Length => (
            "400 Bad Request",
            "say the body's length once: Content-Length in digits, or \
             Transfer-Encoding: chunked\n",
        ),
    }
}

fn write(
    wire: &mut impl Write,
    request: &Request,
    answer: &Answer,
    state: &State,
) -> io::Result<()> {
    let whole = request.method != "HEAD";
    write_head(wire, answer, request.keeps_alive, whole)?;
    if whole && let Body::Noise(bytes) = answer.body {
        let mut left = bytes;
        let mut at = 0;
        while left > 0 {
            let piece = &noise()[at..at + WRITE];
            let length = (WRITE as u64).min(left) as usize;
            wire.write_all(&piece[..length])?;
            state.bytes_sent.fetch_add(length as u64, Relaxed);
            left -= length as u64;
            at = (at + WRITE) % noise().len();
        }
    }
    wire.flush()
}

/// The head, and a body that is text, if it is wanted, in one piece.
fn write_head(
    wire: &mut impl Write,
    answer: &Answer,
    keeps_alive: bool,
    whole: bool,
) -> io::Result<()> {
    let (length, text) = match &answer.body {
        Body::Text(text) => (text.len() as u64, text.as_str()),
        Body::Noise(bytes) => (*bytes, ""),
    };
    let connection = if keeps_alive { "keep-alive" } else { "close" };
    let Answer { status, content_type, headers, .. } = answer;
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n\
         Content-Length: {length}\r\nConnection: {connection}\r\n{headers}\r\n\
         {}",
        if whole { text } else { "" }
    );
    wire.write_all(head.as_bytes())
}

/// A last answer to a client that may still be sending. What it sends is
/// read for a moment: a connection that is closed with data unread is reset,
/// and the client would never see why.
fn say_goodbye(
    wire: &mut (impl Read + Write),
    stream: &TcpStream,
    answer: &Answer,
) -> io::Result<()> {
    write_head(wire, answer, false, true)?;
    wire.flush()?;
    stream.shutdown(std::net::Shutdown::Write)?;
    stream.set_read_timeout(Some(FAREWELL))?;
    let ends = Instant::now() + FAREWELL;
    let mut away = [0; 16 << 10];
    while Instant::now() < ends && wire.read(&mut away)? > 0 {}
    Ok(())
}
