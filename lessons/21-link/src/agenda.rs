//! What is going to happen on a link, in the order of time.

use std::time::Duration;

use crate::LinkSettings;
use crate::direction::Direction;
use crate::pipe::Pipe;
use crate::stream::Acknowledgement;
use crate::timers::{Timer, Timers};

/// What travels through a pipe. The bytes of a TCP connection stay with their
/// stream; a segment is the number of one transmission.
#[derive(Debug)]
pub(crate) enum Packet {
    Segment { flow: usize, number: u64 },
    Acknowledgement { flow: usize, acknowledgement: Acknowledgement },
    Datagram { session: usize, bytes: Box<[u8]> },
}

/// What happens now.
#[derive(Debug)]
pub(crate) enum Event {
    Arrival(Packet, Direction),
    Timer(Timer),
}

/// The packets on their way through the two pipes, and the timers.
#[derive(Debug)]
pub(crate) struct Agenda {
    pub upload: Pipe<Packet>,
    pub download: Pipe<Packet>,
    pub timers: Timers,
}

impl Agenda {
    pub fn new(settings: &LinkSettings) -> Agenda {
        Agenda {
            upload: Pipe::new(settings, settings.seed),
            download: Pipe::new(settings, !settings.seed),
            timers: Timers::default(),
        }
    }

    /// Sends a packet that takes `size` bytes on the wire. Whether the pipe
    /// drops it shows at the other end, as on a real line.
    pub fn send(
        &mut self,
        packet: Packet,
        size: usize,
        direction: Direction,
        now: Duration,
    ) {
        let pipe = match direction {
            Direction::Upload => &mut self.upload,
            Direction::Download => &mut self.download,
        };
        let _ = pipe.offer(packet, size, now);
    }

    /// When the next thing happens.
    pub fn next_due(&self) -> Option<Duration> {
        [
            self.upload.next_due(),
            self.download.next_due(),
            self.timers.next_due(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The next thing that happens by `now`, and its exact time.
    pub fn next(&mut self, now: Duration) -> Option<(Event, Duration)> {
        loop {
            let at = self.next_due().filter(|at| *at <= now)?;
            if let Some(packet) = self.upload.due(at) {
                return Some((Event::Arrival(packet, Direction::Upload), at));
            }
            if let Some(packet) = self.download.due(at) {
                return Some((Event::Arrival(packet, Direction::Download), at));
            }
            if let Some(timer) = self.timers.due(at) {
                return Some((Event::Timer(timer), at));
            }
        }
    }
}
