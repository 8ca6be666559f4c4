//! Loss, counted by sequence number: numbered datagrams to an echo, and the
//! numbers that come back.
//!
//! TCP hides loss, because it sends again; a datagram is sent once. Lesson 22's
//! server echoes datagrams of 16 bytes or more: the letters `TSWR`, a kind (0
//! for a request, 1 for a reply), three zeros, the number as a big-endian u64.

use std::collections::HashSet;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

const MAGIC: &[u8; 4] = b"TSWR";
const REQUEST: u8 = 0;
const REPLY: u8 = 1;
/// The length of a datagram in bytes: a packet of a call.
const LENGTH: usize = 160;
/// The time from one datagram to the next: fifty a second, as in a call.
const INTERVAL: Duration = Duration::from_millis(20);
/// How long the last replies are waited for.
const LAST_REPLIES: Duration = Duration::from_secs(2);

/// How many datagrams were sent, and how many came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Datagrams sent.
    pub sent: u64,
    /// Datagrams that came back, each counted once.
    pub received: u64,
}

impl Loss {
    /// The share that was lost on the way there or back, from 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        match self.sent {
            0 => 0.0,
            sent => (sent - self.received) as f64 / sent as f64,
        }
    }
}

/// Counts lost datagrams while something else is measured.
pub(crate) struct LossCounter {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<Loss>>,
}

impl LossCounter {
    /// Begins to send to the echo at `server`, until [`LossCounter::finish`].
    pub(crate) fn start(server: SocketAddr) -> io::Result<LossCounter> {
        let any: SocketAddr = match server {
            SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
            SocketAddr::V6(_) => ([0; 8], 0).into(),
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect(server)?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::spawn(move || count(&socket, &stopped));
        Ok(LossCounter { stop, thread })
    }

    /// Waits for the last replies. `None` when not one came back: then there is
    /// no echo, or a firewall drops datagrams, and that is not loss.
    pub(crate) fn finish(self) -> Option<Loss> {
        self.stop.store(true, Ordering::Relaxed);
        let loss = self.thread.join().ok()?.ok()?;
        (loss.received > 0).then_some(loss)
    }
}

// ANCHOR: count
/// Sends a number every 20 ms, and collects the numbers that come back.
fn count(socket: &UdpSocket, stop: &AtomicBool) -> io::Result<Loss> {
    let mut sent = 0_u64;
    let mut back = HashSet::new();
    let mut next = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        // A datagram that our own full buffer refuses is lost like any other.
        let _ = socket.send(&request(sent));
        sent += 1;
        next += INTERVAL;
        while let Some(number) = receive(socket, next)? {
            if number < sent {
                back.insert(number);
            }
        }
    }
    let end = Instant::now() + LAST_REPLIES;
    while (back.len() as u64) < sent
        && let Some(number) = receive(socket, end)?
    {
        if number < sent {
            back.insert(number);
        }
    }
    Ok(Loss { sent, received: back.len() as u64 })
}
// ANCHOR_END: count

fn request(number: u64) -> [u8; LENGTH] {
    let mut datagram = [0; LENGTH];
    datagram[..4].copy_from_slice(MAGIC);
    datagram[4] = REQUEST;
    datagram[8..16].copy_from_slice(&number.to_be_bytes());
    datagram
}

/// The number in a reply; `None` if the datagram is no reply.
fn number(datagram: &[u8]) -> Option<u64> {
    let is_reply = datagram.get(..5)? == [MAGIC.as_slice(), &[REPLY]].concat();
    let number = datagram.get(8..16)?.try_into().ok()?;
    is_reply.then(|| u64::from_be_bytes(number))
}

/// The number of the next reply, if one comes before `end`.
fn receive(socket: &UdpSocket, end: Instant) -> io::Result<Option<u64>> {
    let mut datagram = [0; LENGTH];
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        match socket.recv(&mut datagram) {
            Ok(length) => {
                if let Some(number) = number(&datagram[..length]) {
                    return Ok(Some(number));
                }
            }
            // The time is over, or nothing listens there (ECONNREFUSED).
            Err(_) => {
                let left = end.saturating_duration_since(Instant::now());
                thread::sleep(left);
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An echo that drops every fifth number.
    fn echo() -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = socket.local_addr().expect("an address");
        thread::spawn(move || {
            let mut datagram = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut datagram) {
                datagram[4] = REPLY;
                let number = number(&datagram[..length]).expect("a request");
                if number % 5 != 4 {
                    let answer = &datagram[..length];
                    socket.send_to(answer, from).expect("sent");
                    // Twice: a doubled datagram is one datagram.
                    socket.send_to(answer, from).expect("sent");
                }
            }
        });
        address
    }

    #[test]
    fn what_does_not_come_back_is_lost() {
        let counter = LossCounter::start(echo()).expect("started");
        thread::sleep(INTERVAL * 20);
        let loss = counter.finish().expect("an echo");
        assert!(loss.sent >= 5, "{loss:?}");
        assert_eq!(loss.received, loss.sent - loss.sent / 5);
    }

    #[test]
    fn no_echo_is_no_figure() {
        let closed = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = closed.local_addr().expect("an address");
        drop(closed);
        let counter = LossCounter::start(address).expect("started");
        assert_eq!(counter.finish(), None);
    }

    #[test]
    fn only_replies_count() {
        assert_eq!(number(&request(7)), None);
        assert_eq!(number(b"TSWR\x01"), None);
        assert_eq!(number(&[]), None);
        let mut reply = request(7);
        reply[4] = REPLY;
        assert_eq!(number(&reply), Some(7));
    }
}
