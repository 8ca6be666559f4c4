//! A link of known speed, to measure the measurers with.
//!
//! A speed test cannot be judged on the internet, where nobody knows the true
//! answer. A [`Link`] is a line whose rate, delay, buffer and loss are set:
//! a relay in this process that needs no root and no other machine.
//!
//! ```
//! use link::{Link, LinkSettings};
//! use std::io::{Read, Write};
//! use std::net::{TcpListener, TcpStream};
//!
//! // A server that answers with what it is told ...
//! let server = TcpListener::bind("127.0.0.1:0")?;
//! let far = server.local_addr()?;
//! std::thread::spawn(move || -> std::io::Result<()> {
//!     let (mut stream, _) = server.accept()?;
//!     let mut word = [0; 5];
//!     stream.read_exact(&mut word)?;
//!     stream.write_all(&word)
//! });
//!
//! // ... seen from the other end of a slow line.
//! let settings: LinkSettings = "20mbit,40ms,buffer=250ms".parse()?;
//! let link = Link::start(&settings, far)?;
//! let mut stream = TcpStream::connect(link.address())?;
//! stream.write_all(b"hello")?;
//! let mut word = [0; 5];
//! stream.read_exact(&mut word)?;
//! assert_eq!(&word, b"hello");
//! assert!(link.counters().download.carried.bytes > 5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! One direction of it is a [`Pipe`]: pure logic, with the time passed in.
//! Datagrams go through the two pipes as they are. Two TCP connections over
//! loopback, one on either side, would hide what a line does to TCP: nothing
//! is lost there, and nothing takes time. So between its two ends the relay
//! carries each connection as a sender of TCP would, in segments, with a
//! congestion window of its own: ten segments at first (RFC 6928), slow start
//! (RFC 5681), and after a loss as CUBIC does (RFC 9438).
//!
//! What differs from a real line: `connect` returns at once, because the
//! kernel answers it; the round trip of the handshake is paid before the
//! first byte instead. A sender's kernel counts bytes as acknowledged when
//! the relay has taken them, which is up to one round trip too early. And the
//! relay looks at its sockets about five times a millisecond.

mod connection;
mod cubic;
mod pipe;
mod relay;
mod settings;
mod stream;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

pub use pipe::{Pipe, PipeCounters, Total};
pub use settings::{BadLink, LinkSettings};

/// A running line between an address of ours and a server.
///
/// It ends when it is dropped: its connections are reset and its thread is
/// waited for.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    counters: Arc<Mutex<LinkCounters>>,
    waker: mio::Waker,
    thread: Option<JoinHandle<()>>,
}

impl Link {
    /// Opens a free port on 127.0.0.1, TCP and UDP alike, and relays what
    /// comes there to `to`.
    ///
    /// # Errors
    ///
    /// When no such port can be had. Whether anybody listens at `to` is seen
    /// by those who connect: they are reset if not.
    pub fn start(settings: &LinkSettings, to: SocketAddr) -> io::Result<Link> {
        let counters = Arc::default();
        let (relay, address, waker) =
            relay::Relay::open(settings, to, Arc::clone(&counters))?;
        let thread = std::thread::Builder::new()
            .name("link".into())
            .spawn(move || relay.run())?;
        Ok(Link { address, counters, waker, thread: Some(thread) })
    }

    /// Where to connect to reach the server through the line.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What has gone through so far.
    pub fn counters(&self) -> LinkCounters {
        *self.counters.lock().expect("the link's thread does not panic")
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // The relay ends at the first wake-up: there is no other reason.
        let woken = self.waker.wake().is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

/// What has gone through a [`Link`].
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkCounters {
    /// The link's own clock: the time since it started.
    pub clock: Duration,
    /// From those who connect to the server.
    pub upload: PipeCounters,
    /// From the server to those who connect.
    pub download: PipeCounters,
}
