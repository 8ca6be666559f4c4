//! One client, from its first request to its last.

use super::State;
use super::answer::{About, Answer, Body, words};
use super::input::{Input, Stop};
use super::noise::noise;
use super::request::{Length, Request};
use super::route::{MOST_UPLOAD, Route};
use super::wire::{Paced, Wire};
use rustls::{ServerConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// What is written at once.
const WRITE: usize = 256 << 10;
/// After our last word a client's data is read for so long, so that it sees
/// that word and not a reset.
const FAREWELL: Duration = Duration::from_millis(500);

/// Serves a client until it leaves.
pub(super) fn serve(
    number: u64,
    stream: &TcpStream,
    state: &State,
) -> io::Result<()> {
    let wire = Paced::new(stream, state.patience)?;
    let scheme = if state.tls.is_some() { "https" } else { "http" };
    let client = Client {
        number,
        stream,
        scheme,
        local: stream.local_addr()?.to_string(),
        state,
    };
    match &state.tls {
        None => client.converse(wire),
        Some(config) => {
            let tls = ServerConnection::new(config.clone())
                .map_err(io::Error::other)?;
            client.converse(StreamOwned::new(tls, wire))
        }
    }
}

/// Tells a client that there are too many, without waiting for it.
pub(super) fn refuse(stream: &TcpStream, state: &State) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    let mut wire = stream;
    // What has come is read: closed over unread data, a connection is reset.
    let _ = wire.read(&mut [0; 16 << 10]);
    if state.tls.is_none() {
        let busy = "all connections are taken: try again later\n";
        let busy = words("503 Service Unavailable", busy);
        wire.write_all(busy.text(false, true).as_bytes())?;
    }
    stream.shutdown(Shutdown::Write)
}

struct Client<'a> {
    number: u64,
    stream: &'a TcpStream,
    scheme: &'static str,
    /// Where this client reached us.
    local: String,
    state: &'a State,
}

impl Client<'_> {
    fn converse(&self, mut wire: impl Wire) -> io::Result<()> {
        let mut input = Input::new();
        loop {
            match self.turn(&mut wire, &mut input) {
                Ok(true) => {}
                Ok(false) => return self.part(&mut wire),
                Err(Stop::Gone(error)) => return Err(error),
                Err(Stop::Malformed(malformed)) => {
                    self.send(&mut wire, &malformed.answer(), true, false)?;
                    return self.part(&mut wire);
                }
            }
        }
    }

    /// One request and its answer, and whether another may follow.
    fn turn(
        &self,
        wire: &mut impl Wire,
        input: &mut Input,
    ) -> Result<bool, Stop> {
        self.state.waits(self.number, true);
        wire.renew();
        let request = input.request(wire)?;
        self.state.waits(self.number, false);
        wire.renew();
        let more = request.keeps_alive && !self.state.stopping.load(Relaxed);
        let whole = request.method != "HEAD";
        let route = match Route::find(&request) {
            Ok(route) => route,
            Err(refusal) => {
                // The body of a refused request is not worth its bytes, and
                // without reading it we cannot find the next request.
                let more = more && request.length == Length::Known(0);
                self.send(wire, &refusal.answer(), whole, more)?;
                return Ok(more);
            }
        };
        let brought = self.receive(wire, input, &request)?;
        wire.renew();
        let about = About {
            request: &request,
            scheme: self.scheme,
            local: &self.local,
            client: self.stream.peer_addr()?.ip().to_canonical(),
            brought,
            since: Instant::now(),
        };
        self.send(wire, &about.answer(route), whole, more)?;
        Ok(more)
    }

    /// Reads a request's body and says how long it was.
    fn receive(
        &self,
        wire: &mut impl Wire,
        input: &mut Input,
        request: &Request,
    ) -> Result<u64, Stop> {
        if request.expects && request.length != Length::Known(0) {
            wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            wire.flush()?;
        }
        input.body(wire, request.length, MOST_UPLOAD, |bytes| {
            self.state.bytes_received.fetch_add(bytes, Relaxed);
        })
    }

    fn send(
        &self,
        wire: &mut impl Wire,
        answer: &Answer,
        whole: bool,
        more: bool,
    ) -> io::Result<()> {
        wire.write_all(answer.text(more, whole).as_bytes())?;
        if whole && let Body::Noise(bytes) = answer.body {
            let mut left = bytes;
            let mut pieces = noise().chunks_exact(WRITE).cycle();
            while left > 0
                && let Some(piece) = pieces.next()
            {
                let length = left.min(WRITE as u64) as usize;
                wire.write_all(&piece[..length])?;
                self.state.bytes_sent.fetch_add(length as u64, Relaxed);
                left -= length as u64;
            }
        }
        wire.flush()
    }

    /// Ends a conversation that the client may think is still going on.
    fn part(&self, wire: &mut impl Wire) -> io::Result<()> {
        wire.finish()?;
        self.stream.set_read_timeout(Some(FAREWELL))?;
        let ends = Instant::now() + FAREWELL;
        let mut away = [0; 16 << 10];
        while Instant::now() < ends && wire.read(&mut away)? > 0 {}
        Ok(())
    }
}
