//! One direction of a link: a queue, a wire and a delay.

use std::collections::VecDeque;
use std::time::Duration;

use crate::LinkSettings;

/// One direction of a link: a wire of exact rate behind a buffer that drops
/// what does not fit, then a delay, and some loss.
///
/// It holds no clock: `now` is the time since any moment that the caller
/// chooses, and must not run backwards. So the same pipe serves a relay, a
/// bench on network namespaces and tests in no time at all.
///
/// ```
/// use link::{LinkSettings, Pipe};
/// use std::time::Duration;
///
/// // A packet of 1,500 bytes is on a wire of 12 Mbit/s for 1 ms, and needs
/// // half a round trip to arrive.
/// let settings: LinkSettings = "12mbit,40ms".parse()?;
/// let mut pipe = Pipe::new(&settings, 1);
/// pipe.offer("a packet", 1500, Duration::ZERO).expect("there is room");
///
/// let arrives = Duration::from_millis(21);
/// assert_eq!(pipe.next_due(), Some(arrives));
/// assert_eq!(pipe.due(arrives), Some("a packet"));
/// # Ok::<(), link::BadLink>(())
/// ```
#[derive(Debug)]
pub struct Pipe<T> {
    /// Bits per second.
    rate: u64,
    /// Bytes that may wait.
    buffer: u64,
    /// Half a round trip.
    delay: Duration,
    loss: f64,
    random: fastrand::Rng,
    /// When the wire will have sent all that it was given ...
    free: Duration,
    /// ... and the part of a nanosecond that this leaves out, in units of
    /// one `rate`th. It makes the rate exact.
    rest: u64,
    /// What is on its way, with the time of its arrival.
    packets: VecDeque<(Duration, T)>,
    counters: PipeCounters,
}

/// What has happened in a [`Pipe`] so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PipeCounters {
    /// What was given to the pipe.
    pub offered: Total,
    /// What the wire carried and the other end gets.
    pub carried: Total,
    /// What was dropped because the buffer was full.
    pub dropped: Total,
    /// What the wire carried and lost.
    pub lost: Total,
    /// How long the last packet had to wait for the wire.
    pub waiting: Duration,
}

/// A number of packets, and their bytes on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// How many.
    pub packets: u64,
    /// Their bytes, headers included.
    pub bytes: u64,
}

impl Total {
    fn add(&mut self, size: usize) {
        self.packets += 1;
        self.bytes += size as u64;
    }
}

impl<T> Pipe<T> {
    /// One direction of a link; give each direction a seed of its own, or
    /// they lose alike.
    pub fn new(settings: &LinkSettings, seed: u64) -> Pipe<T> {
        Pipe {
            rate: settings.rate.max(1),
            buffer: settings.buffer,
            delay: settings.round_trip / 2,
            loss: settings.loss,
            random: fastrand::Rng::with_seed(seed),
            free: Duration::ZERO,
            rest: 0,
            packets: VecDeque::new(),
            counters: PipeCounters::default(),
        }
    }

    // ANCHOR: offer
    /// Sends a packet that takes `size` bytes on the wire, headers included.
    ///
    /// # Errors
    ///
    /// Gives the packet back when the buffer is full or the wire loses it. A
    /// lost packet takes its time on the wire like any other.
    pub fn offer(
        &mut self,
        packet: T,
        size: usize,
        now: Duration,
    ) -> Result<(), T> {
        self.counters.offered.add(size);

        // A wire that is free takes a packet of any size.
        if self.free <= now {
            (self.free, self.rest) = (now, 0);
        } else if self.waiting_bytes(now) + size as u64 > self.buffer {
            self.counters.dropped.add(size);
            return Err(packet);
        }
        self.counters.waiting = self.free - now;
        let bits = size as u64 * 8 * 1_000_000_000 + self.rest;
        self.free += Duration::from_nanos(bits / self.rate);
        self.rest = bits % self.rate;

        if self.loss > 0.0 && self.random.f64() < self.loss {
            self.counters.lost.add(size);
            return Err(packet);
        }
        self.counters.carried.add(size);
        self.packets.push_back((self.free + self.delay, packet));
        Ok(())
    }
    // ANCHOR_END: offer

    /// The next packet that has arrived by `now`, in the order of sending.
    pub fn due(&mut self, now: Duration) -> Option<T> {
        let (arrival, _) = self.packets.front()?;
        if *arrival > now {
            return None;
        }
        self.packets.pop_front().map(|(_, packet)| packet)
    }

    /// When the next packet arrives.
    pub fn next_due(&self) -> Option<Duration> {
        self.packets.front().map(|(arrival, _)| *arrival)
    }

    /// How many bytes the wire has not sent yet.
    pub fn waiting_bytes(&self, now: Duration) -> u64 {
        let time = self.free.saturating_sub(now).as_nanos();
        (time * u128::from(self.rate) / 8_000_000_000) as u64
    }

    /// What has happened so far.
    pub fn counters(&self) -> PipeCounters {
        self.counters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn pipe(settings: &str) -> Pipe<u32> {
        Pipe::new(&settings.parse().expect("a link"), 1)
    }

    /// Offers a packet of 1,500 bytes every `gap` for `time` and returns how
    /// many bytes have arrived by then.
    fn pour(pipe: &mut Pipe<u32>, gap: Duration, time: Duration) -> u64 {
        let (mut now, mut arrived, mut number) = (Duration::ZERO, 0, 0);
        while now < time {
            let _ = pipe.offer(number, 1500, now);
            number += 1;
            now += gap;
            while pipe.due(now).is_some() {
                arrived += 1500;
            }
        }
        arrived
    }

    #[test]
    fn the_rate_is_exact_to_a_thousandth() {
        for rate in ["1mbit", "7.3mbit", "20mbit", "100mbit", "500mbit"] {
            let settings: LinkSettings =
                format!("{rate},0ms").parse().expect("a link");
            let mut pipe = Pipe::new(&settings, 1);
            let time = Duration::from_secs(10);
            let arrived = pour(&mut pipe, Duration::from_micros(20), time);
            let allowed = settings.bytes_in(time) as f64;
            let ratio = arrived as f64 / allowed;
            assert!((0.999..=1.0).contains(&ratio), "{rate}: {ratio}");
        }
    }

    #[test]
    fn a_packet_arrives_after_its_time_on_the_wire_and_half_a_round_trip() {
        let mut pipe = pipe("12mbit,40ms");
        for number in 0..3 {
            pipe.offer(number, 1500, 5 * MS).expect("room");
        }
        for number in 0..3 {
            let arrival = (5 + 1 + number + 20) * MS;
            assert_eq!(pipe.next_due(), Some(arrival));
            assert_eq!(pipe.due(arrival - Duration::from_nanos(1)), None);
            assert_eq!(pipe.due(arrival), Some(number));
        }
        assert_eq!(pipe.next_due(), None);
    }

    #[test]
    fn a_wire_that_rested_saves_nothing_up() {
        let mut pipe = pipe("12mbit,0ms");
        pipe.offer(1, 1500, Duration::ZERO).expect("room");
        pipe.offer(2, 1500, 1000 * MS).expect("room");
        pipe.offer(3, 1500, 1000 * MS).expect("room");
        assert_eq!(pipe.due(1 * MS), Some(1));
        assert_eq!(pipe.due(1001 * MS), Some(2));
        assert_eq!(pipe.next_due(), Some(1002 * MS));
    }

    #[test]
    fn a_full_buffer_drops_what_comes_last() {
        let mut pipe = pipe("12mbit,0ms,buffer=4500B");
        let fates: Vec<bool> = (0..6)
            .map(|number| pipe.offer(number, 1500, Duration::ZERO).is_ok())
            .collect();
        assert_eq!(fates, [true, true, true, false, false, false]);
        // When one has left there is room for one.
        assert_eq!(pipe.offer(6, 1500, 1 * MS), Ok(()));
        assert_eq!(pipe.offer(7, 1500, 1 * MS), Err(7));
        let counters = pipe.counters();
        assert_eq!(counters.carried, Total { packets: 4, bytes: 6000 });
        assert_eq!(counters.dropped, Total { packets: 4, bytes: 6000 });
        assert_eq!(counters.waiting, 2 * MS);
    }

    #[test]
    fn a_buffer_of_250_ms_makes_packets_wait_no_longer() {
        let mut pipe = pipe("20mbit,0ms,buffer=250ms");
        pour(&mut pipe, MS / 10, 2000 * MS);
        let waited = pipe.counters().waiting;
        assert!((245 * MS..=250 * MS).contains(&waited), "{waited:?}");
    }

    #[test]
    fn an_idle_wire_takes_a_packet_that_is_larger_than_its_buffer() {
        let mut pipe = pipe("1mbit,0ms,buffer=0ms");
        assert_eq!(pipe.offer(1, 1500, Duration::ZERO), Ok(()));
        assert_eq!(pipe.offer(2, 1500, Duration::ZERO), Err(2));
    }

    #[test]
    fn the_share_that_is_lost_is_the_one_that_was_set() {
        for percent in [0.1, 1.0, 30.0] {
            let mut pipe = pipe(&format!("1gbit,0ms,loss={percent}%"));
            pour(&mut pipe, 12 * MS / 1000, Duration::from_secs(12));
            let PipeCounters { offered, lost, dropped, .. } = pipe.counters();
            assert_eq!(offered.packets, 1_000_000);
            assert_eq!(dropped.packets, 0);
            let expected = percent * 10_000.0;
            // Five standard deviations; the seed is fixed besides.
            let off = (lost.packets as f64 - expected).abs();
            assert!(off < 5.0 * expected.sqrt(), "{} lost", lost.packets);
        }
    }

    #[test]
    fn one_seed_loses_the_same_packets_again_and_another_one_others() {
        let fates = |seed| {
            let settings = "1gbit,0ms,loss=50%".parse().expect("a link");
            let mut pipe = Pipe::new(&settings, seed);
            let fate = |_| pipe.offer((), 1500, Duration::ZERO).is_ok();
            (0..64).map(fate).collect::<Vec<_>>()
        };
        assert_eq!(fates(7), fates(7));
        assert_ne!(fates(7), fates(8));
    }

    #[test]
    fn nothing_arrives_through_a_link_that_loses_everything() {
        let mut pipe = pipe("1mbit,0ms,loss=100%");
        assert_eq!(pour(&mut pipe, 20 * MS, 1000 * MS), 0);
    }
}
