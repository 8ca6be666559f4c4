//! One client, from its first request to its last.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use browser_test::{Counter, noise};
use rustls::{ServerConnection, StreamOwned};

use crate::answer::{Answer, Body, Exchange, plain_text};
use crate::http2;
use crate::input::{Input, ReadError};
use crate::request::{Length, Request};
use crate::route::{MOST_UPLOAD, Route};
use crate::state::{Open, State};
use crate::transport::{Paced, Transport};

/// Bytes that are written at once.
const WRITE: usize = 256 << 10;
/// How long a client's data is still read after the last answer: a connection
/// that is closed over unread data is reset, and the answer is lost.
const FAREWELL: Duration = Duration::from_millis(500);

/// Serves a client until it leaves.
pub(crate) fn serve(open: &Open, state: &Arc<State>) -> io::Result<()> {
    let stream = &open.stream;
    let mut transport = Paced::new(stream, state.patience)?;
    let scheme = if state.tls.is_some() { "https" } else { "http" };
    let client = Client {
        open,
        stream,
        scheme,
        local: stream.local_addr()?.to_string(),
        state,
    };
    match &state.tls {
        None => client.converse(transport),
        Some(versions) => {
            let hello = http2::hello(&mut transport)?;
            if hello.speaks_http2 {
                // It has many requests at once: there is no moment at which
                // it surely waits for us.
                open.is_at_work();
                let config = versions.http2.clone();
                return http2::serve(
                    stream,
                    hello.bytes,
                    config,
                    state.clone(),
                );
            }
            let mut tls = ServerConnection::new(versions.http1.clone())
                .map_err(io::Error::other)?;
            let mut said = hello.bytes.as_slice();
            while !said.is_empty() {
                tls.read_tls(&mut said)?;
                tls.process_new_packets().map_err(io::Error::other)?;
            }
            client.converse(StreamOwned::new(tls, transport))
        }
    }
}

/// Answers 503, because there are too many clients, and waits for nothing.
pub(crate) fn refuse(stream: &TcpStream, state: &State) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    let mut transport = stream;
    // What has come is read: closed over unread data, a connection is reset.
    let _ = transport.read(&mut [0; 16 << 10]);
    if state.tls.is_none() {
        let busy = "all connections are taken: try again later\n";
        let busy = plain_text("503 Service Unavailable", busy);
        transport.write_all(busy.text(false, true).as_bytes())?;
    }
    stream.shutdown(Shutdown::Write)
}

struct Client<'a> {
    open: &'a Open,
    stream: &'a TcpStream,
    scheme: &'static str,
    /// Where this client reached us.
    local: String,
    state: &'a State,
}

impl Client<'_> {
    fn converse(&self, mut transport: impl Transport) -> io::Result<()> {
        let mut input = Input::new();
        loop {
            match self.exchange(&mut transport, &mut input) {
                Ok(true) => self.open.waits_from_now(),
                Ok(false) => return self.hang_up(&mut transport),
                Err(ReadError::Gone(error)) => return Err(error),
                Err(ReadError::Malformed(malformed)) => {
                    self.send(
                        &mut transport,
                        &malformed.answer(),
                        true,
                        false,
                    )?;
                    return self.hang_up(&mut transport);
                }
            }
        }
    }

    /// One request and its answer, and whether another may follow.
    fn exchange(
        &self,
        transport: &mut impl Transport,
        input: &mut Input,
    ) -> Result<bool, ReadError> {
        transport.renew();
        let request = input.request(transport)?;
        self.open.is_at_work();
        transport.renew();
        let more = request.keeps_alive && !self.state.stopping.load(Relaxed);
        let whole = request.method != "HEAD";
        let found = Route::find(&request).and_then(|route| {
            let counter = self.state.counter(route, &request)?;
            Ok((route, counter))
        });
        let (route, counter) = match found {
            Ok(found) => found,
            Err(refusal) => {
                // The body of a refused request is not worth its bytes, and
                // without reading it we cannot find the next request.
                let more = more && request.length == Length::Known(0);
                self.send(transport, &refusal.answer(), whole, more)?;
                return Ok(more);
            }
        };
        let received =
            self.receive(transport, input, &request, counter.as_ref())?;
        transport.renew();
        let exchange = Exchange {
            request: &request,
            scheme: self.scheme,
            version: "http/1.1",
            local: &self.local,
            client: self.stream.peer_addr()?.ip().to_canonical(),
            received,
            count: counter.map(|counter| self.state.tests.count(&counter)),
            since: Instant::now(),
        };
        self.send(transport, &exchange.answer(route), whole, more)?;
        Ok(more)
    }

    /// Reads a request's body, and returns its length in bytes.
    fn receive(
        &self,
        transport: &mut impl Transport,
        input: &mut Input,
        request: &Request,
        counter: Option<&Counter>,
    ) -> Result<u64, ReadError> {
        if request.expects && request.length != Length::Known(0) {
            transport.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            transport.flush()?;
        }
        input.body(transport, request.length, MOST_UPLOAD, |bytes| {
            self.state.bytes_received.fetch_add(bytes, Relaxed);
            if let Some(counter) = counter {
                counter.add(bytes);
            }
        })
    }

    fn send(
        &self,
        transport: &mut impl Transport,
        answer: &Answer,
        whole: bool,
        more: bool,
    ) -> io::Result<()> {
        transport.write_all(answer.text(more, whole).as_bytes())?;
        if whole && let Body::Noise(bytes) = answer.body {
            let mut left = bytes;
            let mut pieces = noise().chunks_exact(WRITE).cycle();
            while left > 0
                && let Some(piece) = pieces.next()
            {
                let length = left.min(WRITE as u64) as usize;
                transport.write_all(&piece[..length])?;
                self.state.bytes_sent.fetch_add(length as u64, Relaxed);
                left -= length as u64;
            }
        }
        transport.flush()
    }

    /// Ends a connection on which the client may still be sending.
    fn hang_up(&self, transport: &mut impl Transport) -> io::Result<()> {
        transport.finish()?;
        self.stream.set_read_timeout(Some(FAREWELL))?;
        let ends = Instant::now() + FAREWELL;
        let mut away = [0; 16 << 10];
        while Instant::now() < ends && transport.read(&mut away)? > 0 {}
        Ok(())
    }
}
