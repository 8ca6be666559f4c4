//! One direction of a TCP connection, at both ends of the link.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use mio::net::TcpStream;

use crate::cubic::CongestionWindow;

/// Bytes of a stream in a full segment on a wire with packets of 1,500 ...
const FULL: u64 = 1448;
/// ... the rest being headers: 20 of IPv4, 20 of TCP, 12 of its timestamps
/// (RFC 7323). An acknowledgement has no more than these.
pub(crate) const HEADERS: usize = 52;
/// Bytes that are taken from a socket before they may be sent.
const AHEAD: u64 = 64 * 1024;
/// How long an acknowledgement is waited for while the round trip is not
/// known (RFC 6298, section 2.1) ...
const FIRST_TIMEOUT: Duration = Duration::from_secs(1);
/// ... and at least and at most when it is.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(10);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);
/// After each probe in vain the next one waits twice as long, this often.
const MOST_DOUBLINGS: u32 = 6;

/// A sender that reads from one socket, and a receiver that writes to another.
///
/// Bytes are numbered as in RFC 9293, section 3.4: the opening SYN is number
/// 0, the closing FIN comes after the last byte. Each transmission has a
/// number of its own. A pipe keeps the order of what is sent, so when one
/// transmission has arrived, those before it have arrived or are lost: no
/// guessing from duplicate acknowledgements.
pub(crate) struct Stream {
    /// Read from the one socket and not yet written to the other, from byte
    /// `written` on.
    bytes: VecDeque<u8>,
    /// The number of the FIN, when the source has ended.
    end: Option<u64>,

    // The sender.
    /// The next byte that was never sent.
    next: u64,
    /// Whether the SYN was acknowledged.
    open: bool,
    /// Everything before this byte is known to have arrived.
    acknowledged: u64,
    /// What was lost and is to be sent again.
    retransmissions: VecDeque<Segment>,
    /// The transmissions of which nothing was heard yet ...
    flight: VecDeque<Transmission>,
    /// ... and the number of the first one.
    first_in_flight: u64,
    window: CongestionWindow,
    /// The window has been reduced for losses before this transmission: it is
    /// reduced once for all that was on its way (RFC 6582).
    recovery_point: u64,
    /// The most bytes that may wait at the receiver.
    receive_window: u64,
    /// Smoothed round trip and its variation (RFC 6298, section 2).
    round_trip: Option<(Duration, Duration)>,
    /// When to probe, and how often that was done in vain.
    deadline: Duration,
    probes: u32,
    last_sent: Duration,

    // The receiver.
    /// Everything before this byte has arrived.
    received: u64,
    /// What has arrived beyond `received`: first byte, end.
    islands: BTreeMap<u64, u64>,
    /// Everything before this byte was written.
    written: u64,
    /// Whether the FIN was passed on.
    closed: bool,
}

/// A stretch of a stream, as it is sent.
#[derive(Clone, Copy, Debug)]
struct Segment {
    start: u64,
    end: u64,
}

#[derive(Debug)]
struct Transmission {
    segment: Segment,
    at: Duration,
    /// The receiver has it. The sender looks only when an acknowledgement
    /// that came after it has arrived.
    arrived: bool,
}

/// What the receiver tells the sender.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Acknowledgement {
    /// The last transmission that has arrived.
    number: u64,
    /// Everything before this byte has arrived.
    received: u64,
}

impl Stream {
    /// A stream whose receiver takes up to `receive_window` bytes, in advance
    /// of its reader. One that `opens` sends a SYN first.
    pub fn new(opens: bool, receive_window: u64) -> Stream {
        let first_byte = u64::from(!opens);
        Stream {
            bytes: VecDeque::new(),
            end: None,
            next: first_byte,
            open: !opens,
            acknowledged: first_byte,
            retransmissions: VecDeque::new(),
            flight: VecDeque::new(),
            first_in_flight: 0,
            window: CongestionWindow::new(),
            recovery_point: 0,
            receive_window,
            round_trip: None,
            deadline: Duration::MAX,
            probes: 0,
            last_sent: Duration::ZERO,
            received: first_byte,
            islands: BTreeMap::new(),
            written: 1,
            closed: false,
        }
    }

    /// Whether the last byte and the end were passed on.
    pub fn is_done(&self) -> bool {
        self.closed
    }

    /// When [`Stream::probe`] is to be called, `Duration::MAX` for never.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    // ANCHOR: send
    /// Sends all that may be sent now. `offer` gets each transmission's
    /// number and its size on the wire. `readable` says whether `source` has
    /// more, and is unset when it has not.
    ///
    /// # Errors
    ///
    /// When the source was reset.
    pub fn send(
        &mut self,
        source: &mut TcpStream,
        readable: &mut bool,
        scratch: &mut [u8],
        now: Duration,
        mut offer: impl FnMut(u64, usize),
    ) -> io::Result<()> {
        let idle = now.saturating_sub(self.last_sent);
        if self.flight.is_empty() && idle > self.timeout() {
            self.window.restart_after_idle();
        }
        while self.flight.len() < self.window.segments() {
            match self.next_segment(source, readable, scratch)? {
                Some(segment) => self.transmit(segment, now, &mut offer),
                None => break,
            }
        }
        Ok(())
    }
    // ANCHOR_END: send

    /// What goes next: what was lost first, then what is new.
    fn next_segment(
        &mut self,
        source: &mut TcpStream,
        readable: &mut bool,
        scratch: &mut [u8],
    ) -> io::Result<Option<Segment>> {
        while let Some(segment) = self.retransmissions.pop_front() {
            if segment.end > self.acknowledged {
                return Ok(Some(segment));
            }
        }
        if self.next == 0 {
            self.next = 1;
            return Ok(Some(Segment { start: 0, end: 1 }));
        }
        if !self.open {
            return Ok(None);
        }
        self.read(source, readable, scratch)?;
        let room =
            (self.written + self.receive_window).saturating_sub(self.next);
        let length = self.unsent().min(FULL).min(room);
        let start = self.next;
        let end = match self.end {
            Some(end) if start == end => end + 1,
            _ if length == 0 => return Ok(None),
            _ => start + length,
        };
        self.next = end;
        Ok(Some(Segment { start, end }))
    }

    /// Reads ahead: a segment is sent short only when there is no more.
    fn read(
        &mut self,
        source: &mut TcpStream,
        readable: &mut bool,
        scratch: &mut [u8],
    ) -> io::Result<()> {
        while *readable && self.unsent() < FULL && self.end.is_none() {
            let most = (AHEAD - self.unsent()) as usize;
            let most = most.min(scratch.len());
            match source.read(&mut scratch[..most]) {
                Ok(0) => {
                    self.end = Some(self.written + self.bytes.len() as u64);
                    *readable = false;
                }
                Ok(count) => self.bytes.extend(&scratch[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    *readable = false;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn unsent(&self) -> u64 {
        let read = self.written + self.bytes.len() as u64;
        read.saturating_sub(self.next)
    }

    fn transmit(
        &mut self,
        segment: Segment,
        now: Duration,
        offer: &mut impl FnMut(u64, usize),
    ) {
        // SYN and FIN have a number, and are flags in a header.
        let flag = segment.start == 0 || Some(segment.start) == self.end;
        let length = match flag {
            true => 0,
            false => (segment.end - segment.start) as usize,
        };
        let number = self.first_in_flight + self.flight.len() as u64;
        self.flight.push_back(Transmission {
            segment,
            at: now,
            arrived: false,
        });
        self.last_sent = now;
        self.set_deadline(now);
        offer(number, HEADERS + length);
    }

    /// Nothing was acknowledged for so long that the last transmissions may be
    /// lost, and no later one will show it. Sends one again, whose
    /// acknowledgement will tell (RFC 8985, section 7, tail loss probe).
    pub fn probe(&mut self, now: Duration, mut offer: impl FnMut(u64, usize)) {
        if now < self.deadline {
            return;
        }
        if let Some(oldest) = self.flight.front() {
            self.probes += 1;
            self.transmit(oldest.segment, now, &mut offer);
        }
    }

    fn set_deadline(&mut self, now: Duration) {
        self.deadline = match self.flight.is_empty() {
            true => Duration::MAX,
            false => {
                let doublings = self.probes.min(MOST_DOUBLINGS);
                now + (self.timeout() * (1 << doublings)).min(LONGEST_TIMEOUT)
            }
        };
    }

    /// How long an acknowledgement may take.
    fn timeout(&self) -> Duration {
        match self.round_trip {
            None => FIRST_TIMEOUT,
            Some((mean, variation)) => {
                (2 * mean).max(mean + 4 * variation).max(SHORTEST_TIMEOUT)
            }
        }
    }

    /// A transmission has arrived at the receiver, which acknowledges each.
    pub fn arrive(&mut self, number: u64) -> Option<Acknowledgement> {
        let index = number.checked_sub(self.first_in_flight)?;
        let transmission = self.flight.get_mut(index as usize)?;
        transmission.arrived = true;
        let Segment { start, end } = transmission.segment;
        if start > self.received {
            self.islands.insert(start, end);
        } else {
            self.received = self.received.max(end);
            while let Some(island) = self.islands.first_entry() {
                if *island.key() > self.received {
                    break;
                }
                self.received = self.received.max(island.remove());
            }
        }
        Some(Acknowledgement { number, received: self.received })
    }

    /// An acknowledgement has arrived at the sender: all transmissions up to
    /// the one it names have arrived or are lost.
    pub fn acknowledge(
        &mut self,
        acknowledgement: Acknowledgement,
        now: Duration,
    ) {
        self.open = true;
        self.acknowledged = self.acknowledged.max(acknowledgement.received);
        let flight = self.flight.len();
        let mut acknowledged = 0;
        let mut lost = false;
        while self.first_in_flight <= acknowledgement.number {
            let Some(transmission) = self.flight.pop_front() else {
                break;
            };
            let number = self.first_in_flight;
            self.first_in_flight += 1;
            if transmission.arrived {
                acknowledged += 1;
                if number == acknowledgement.number {
                    self.measure(now.saturating_sub(transmission.at));
                }
            } else {
                lost |= number >= self.recovery_point;
                if transmission.segment.end > self.acknowledged {
                    self.retransmissions.push_back(transmission.segment);
                }
            }
        }
        if acknowledged > 0 {
            self.probes = 0;
        }
        if lost {
            self.window.shrink();
            self.recovery_point =
                self.first_in_flight + self.flight.len() as u64;
        } else if self.first_in_flight > self.recovery_point {
            let mean = self.round_trip.map_or(FIRST_TIMEOUT, |(mean, _)| mean);
            self.window.grow(acknowledged, flight, mean, now);
        }
        self.set_deadline(now);
    }

    /// Learns from a round trip (RFC 6298, section 2).
    fn measure(&mut self, sample: Duration) {
        self.round_trip = Some(match self.round_trip {
            None => (sample, sample / 2),
            Some((mean, variation)) => (
                (7 * mean + sample) / 8,
                (3 * variation + mean.abs_diff(sample)) / 4,
            ),
        });
    }

    /// Writes what has arrived in order to `sink`, then its end. `writable`
    /// is unset when the sink takes no more for now.
    ///
    /// # Errors
    ///
    /// When the sink was reset.
    pub fn write(
        &mut self,
        sink: &mut TcpStream,
        writable: &mut bool,
    ) -> io::Result<()> {
        let end = self.end.unwrap_or(u64::MAX);
        while *writable && self.written < self.received.min(end) {
            let ready = (self.received.min(end) - self.written) as usize;
            let (front, back) = self.bytes.as_slices();
            let piece = if front.is_empty() { back } else { front };
            match sink.write(&piece[..ready.min(piece.len())]) {
                Ok(count) => {
                    self.bytes.drain(..count);
                    self.written += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    *writable = false;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.written == end && self.received > end && !self.closed {
            self.closed = true;
            sink.shutdown(Shutdown::Write)?;
        }
        Ok(())
    }
}
