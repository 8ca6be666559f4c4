//! Loss, counted by sequence number: numbered datagrams to an echo, and the
//! numbers that come back.
//!
//! TCP hides loss, because it sends again. A datagram is sent once. The echo
//! is that of lesson 22's server: 16 bytes or more, the letters `TSWR`, a
//! kind (0 asks, 1 answers), three zeros, the number as a big-endian u64.

use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const MARK: &[u8; 4] = b"TSWR";
const ASK: u8 = 0;
const ANSWER: u8 = 1;
/// As long as a packet of a call.
const LENGTH: usize = 160;
/// Fifty a second, as a call sends them.
const PACE: Duration = Duration::from_millis(20);
/// How long a straggler is waited for at the end.
const STRAGGLERS: Duration = Duration::from_secs(2);

/// How many datagrams went, and how many came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Datagrams sent.
    pub sent: u64,
    /// Different ones of them that came back.
    pub received: u64,
}

impl Loss {
    /// The share that was lost, from 0 to 1; there and back together.
    #[must_use]
    pub fn share(&self) -> f64 {
        match self.sent {
            0 => 0.0,
            sent => (sent - self.received) as f64 / sent as f64,
        }
    }
}

/// Datagrams that go out while something else is measured.
pub(crate) struct Counter {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<Loss>>,
}

impl Counter {
    /// Begins to send to the echo at `server`, until [`Counter::finish`].
    pub(crate) fn start(server: SocketAddr) -> io::Result<Counter> {
        let any: SocketAddr = match server {
            SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
            SocketAddr::V6(_) => ([0; 8], 0).into(),
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect(server)?;
        let stop = Arc::new(AtomicBool::new(false));
        let told = stop.clone();
        let thread = thread::spawn(move || count(&socket, &told));
        Ok(Counter { stop, thread })
    }

    /// Waits for stragglers. `None` when nothing at all came back: then
    /// there is no echo, or no way for datagrams, and that is not loss.
    pub(crate) fn finish(self) -> Option<Loss> {
        self.stop.store(true, Ordering::Relaxed);
        let loss = self.thread.join().ok()?.ok()?;
        (loss.received > 0).then_some(loss)
    }
}

// ANCHOR: count
/// Sends a number every 20 ms, and notes each number that comes back.
fn count(socket: &UdpSocket, stop: &AtomicBool) -> io::Result<Loss> {
    let mut sent = 0_u64;
    let mut back = HashSet::new();
    let mut next = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        // A full buffer of our own is a loss like any other.
        let _ = socket.send(&question(sent));
        sent += 1;
        next += PACE;
        while let Some(number) = receive(socket, next)? {
            back.extend(Some(number).filter(|number| *number < sent));
        }
    }
    let end = Instant::now() + STRAGGLERS;
    while (back.len() as u64) < sent
        && let Some(number) = receive(socket, end)?
    {
        back.extend(Some(number).filter(|number| *number < sent));
    }
    Ok(Loss { sent, received: back.len() as u64 })
}
// ANCHOR_END: count

fn question(number: u64) -> [u8; LENGTH] {
    let mut datagram = [0; LENGTH];
    datagram[..4].copy_from_slice(MARK);
    datagram[4] = ASK;
    datagram[8..16].copy_from_slice(&number.to_be_bytes());
    datagram
}

/// The number that an answer carries, if it is one.
fn number(datagram: &[u8]) -> Option<u64> {
    let answers = datagram.get(..5)? == [MARK.as_slice(), &[ANSWER]].concat();
    let number = datagram.get(8..16)?.try_into().ok()?;
    answers.then(|| u64::from_be_bytes(number))
}

/// The number of the next answer; nothing when none comes until `end`.
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
            // The time is over, or nobody listens there (ECONNREFUSED).
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

    /// An echo that swallows every fifth number.
    fn echo() -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = socket.local_addr().expect("an address");
        thread::spawn(move || {
            let mut datagram = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut datagram) {
                datagram[4] = ANSWER;
                let number = number(&datagram[..length]).expect("a question");
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
        let counter = Counter::start(echo()).expect("started");
        thread::sleep(PACE * 20);
        let loss = counter.finish().expect("an echo");
        assert!(loss.sent >= 5, "{loss:?}");
        assert_eq!(loss.received, loss.sent - loss.sent / 5);
    }

    #[test]
    fn no_echo_is_no_figure() {
        let nobody = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = nobody.local_addr().expect("an address");
        drop(nobody);
        let counter = Counter::start(address).expect("started");
        assert_eq!(counter.finish(), None);
    }

    #[test]
    fn only_answers_count() {
        assert_eq!(number(&question(7)), None);
        assert_eq!(number(b"TSWR\x01"), None);
        assert_eq!(number(&[]), None);
        let mut answer = question(7);
        answer[4] = ANSWER;
        assert_eq!(number(&answer), Some(7));
    }
}
