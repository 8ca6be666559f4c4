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
//! // A server that sends back what it is sent ...
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let server = listener.local_addr()?;
//! std::thread::spawn(move || -> std::io::Result<()> {
//!     let (mut stream, _) = listener.accept()?;
//!     let mut word = [0; 5];
//!     stream.read_exact(&mut word)?;
//!     stream.write_all(&word)
//! });
//!
//! // ... seen from the other end of a slow line.
//! let settings: LinkSettings = "20mbit,40ms,buffer=250ms".parse()?;
//! let link = Link::start(&settings, server)?;
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
//! the relay has taken them, which is up to one round trip too early. The
//! relay looks at its sockets about five times a millisecond. And on a machine
//! that gives it no processor for more than 50 ms, the link stands still for
//! the rest of the pause ([`LinkCounters::left_out`]).

mod agenda;
mod clock;
mod connection;
mod cubic;
mod direction;
mod pipe;
mod relay;
mod settings;
mod stream;
mod tcp;
mod timers;
mod token;
mod udp;

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
    /// comes there to `server`.
    ///
    /// # Errors
    ///
    /// When no such port can be had. A client that connects is reset when
    /// nobody listens at `server`.
    pub fn start(
        settings: &LinkSettings,
        server: SocketAddr,
    ) -> io::Result<Link> {
        let counters = Arc::default();
        let (relay, address, waker) =
            relay::Relay::open(settings, server, Arc::clone(&counters))?;
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
    /// The link's own clock: the time since it started, less what is
    /// `left_out`.
    pub clock: Duration,
    /// How long the link stood still because its thread was not given the
    /// processor in time. A measurement in which this has grown by more than
    /// a few per cent of its time found the machine, not the link.
    pub left_out: Duration,
    /// From the clients to the server.
    pub upload: PipeCounters,
    /// From the server to the clients.
    pub download: PipeCounters,
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::{Link, LinkCounters};

    /// Each of the pauses that the tests make.
    const PAUSE: Duration = Duration::from_millis(300);

    /// Lets the link's thread wait, as a machine with other work does: it
    /// stands still at the lock of its counters.
    fn hold_up(link: &Link, time: Duration) {
        let start = Instant::now();
        let _held = link.counters.lock().expect("counters");
        while start.elapsed() < time {
            thread::sleep(time - start.elapsed().min(time));
        }
    }

    /// A download that goes on until the test ends.
    fn with_download(settings: &str, test: impl FnOnce(&Link)) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = listener.local_addr().expect("an address");
        let ended = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut stream, _) = listener.accept().expect("a client");
                while stream.write_all(&[7; 64 * 1024]).is_ok() {
                    if ended.load(Relaxed) {
                        break;
                    }
                }
            });
            let settings = settings.parse().expect("a link");
            let link = Link::start(&settings, server).expect("a port");
            let mut stream =
                TcpStream::connect(link.address()).expect("the link");
            scope.spawn(move || {
                let mut buffer = [0; 64 * 1024];
                while let Ok(1..) = stream.read(&mut buffer) {}
            });
            wait(&link, |counters| counters.download.carried.bytes > 500_000);
            test(&link);
            ended.store(true, Relaxed);
        });
    }

    /// Waits until something is so.
    fn wait(link: &Link, is_so: impl Fn(LinkCounters) -> bool) -> LinkCounters {
        loop {
            let counters = link.counters();
            if is_so(counters) {
                return counters;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The share of the link's rate that it carries in the next 300 ms of its
    /// own clock.
    fn share(link: &Link, rate: f64) -> f64 {
        let before = link.counters();
        let after = wait(link, |counters| {
            counters.clock >= before.clock + Duration::from_millis(300)
        });
        let bytes =
            after.download.carried.bytes - before.download.carried.bytes;
        let time = (after.clock - before.clock).as_secs_f64();
        bytes as f64 * 8.0 / time / rate
    }

    #[test]
    fn a_link_that_was_held_up_goes_on_at_its_rate() {
        with_download("50mbit,10ms", |link| {
            for _ in 0..3 {
                hold_up(link, PAUSE);
                // The server that feeds it may have been held up as well.
                let best = (0..10)
                    .map(|_| share(link, 50e6))
                    .find(|share| *share > 0.95);
                assert!(best.is_some(), "it has not come back");
            }
        });
    }

    #[test]
    fn a_pause_is_left_out_of_the_links_time() {
        with_download("50mbit,10ms", |link| {
            let start = Instant::now();
            // The second reading from here on was taken after the start.
            let mut before = link.counters();
            for _ in 0..2 {
                before = wait(link, |counters| counters.clock > before.clock);
            }
            hold_up(link, PAUSE);
            let after = wait(link, |counters| {
                counters.left_out >= before.left_out + PAUSE / 2
            });
            let clock = after.clock - before.clock;
            let left_out = after.left_out - before.left_out;
            assert!(clock + left_out <= start.elapsed());
        });
    }
}
