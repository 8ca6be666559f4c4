//! What a link is like, and how a person writes it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// Nanoseconds in a second.
const NANOSECONDS: u128 = 1_000_000_000;
/// The usual buffer is never shorter, in bytes.
const LEAST_BUFFER: u64 = 6_000;

/// What a link is like; both of its directions are alike.
///
/// Written `RATE,DELAY[,buffer=SIZE][,loss=SHARE]`, such as `20mbit,40ms` or
/// `1.5mbit,600ms,buffer=64kB,loss=0.1%`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkSettings {
    /// Bits per second on the wire, headers included.
    pub rate: u64,
    /// The time there and back of a small packet when nothing else is sent.
    pub round_trip: Duration,
    /// The most bytes that wait at the link's entry, headers included. A
    /// packet that finds no room is dropped.
    pub buffer: u64,
    /// The share of packets that get lost on the way, 0 to 1.
    pub loss: f64,
    /// Two links with the same seed lose the same packets.
    pub seed: u64,
}

impl LinkSettings {
    /// A link that loses nothing and has a buffer for 100 ms, and for four full
    /// packets: in a shorter one a slow link would carry nothing.
    pub fn new(rate: u64, round_trip: Duration) -> LinkSettings {
        let mut link =
            LinkSettings { rate, round_trip, buffer: 0, loss: 0.0, seed: 1 };
        link.buffer =
            link.bytes_in(Duration::from_millis(100)).max(LEAST_BUFFER);
        link
    }

    /// How many bytes the link carries in `time`.
    pub fn bytes_in(&self, time: Duration) -> u64 {
        let bits = u128::from(self.rate) * time.as_nanos() / NANOSECONDS;
        u64::try_from(bits / 8).unwrap_or(u64::MAX)
    }
}

/// Why a description of a link is not understood.
#[derive(Clone, Debug, Error, PartialEq)]
#[error(
    "`{part}` is not {wanted}; a link is written as in \
     20mbit,40ms,buffer=250ms,loss=1%"
)]
pub struct BadLink {
    part: String,
    wanted: &'static str,
}

impl FromStr for LinkSettings {
    type Err = BadLink;

    fn from_str(text: &str) -> Result<LinkSettings, BadLink> {
        let mut parts = text.split(',').map(str::trim);
        let mut first = |wanted, read: fn(&str) -> Option<f64>| {
            let part = parts.next().unwrap_or_default();
            read(part).ok_or(BadLink { part: part.to_owned(), wanted })
        };
        let rate = first(
            "a rate from 1kbit to 100gbit (kbit, mbit or gbit a second)",
            rate,
        )?;
        let round_trip =
            first("a round-trip time from 0ms to 10s (us, ms or s)", |text| {
                time(text).filter(|time| *time <= 10.0)
            })?;
        let round_trip = Duration::from_secs_f64(round_trip);
        let mut link = LinkSettings::new(rate as u64, round_trip);
        for part in parts {
            let bad = |wanted| BadLink { part: part.to_owned(), wanted };
            match part.split_once('=') {
                Some(("buffer", value)) => {
                    let waiting = time(value).filter(|time| *time <= 60.0);
                    let bytes = waiting
                        .map(|time| {
                            link.bytes_in(Duration::from_secs_f64(time))
                        })
                        .or_else(|| size(value).map(|bytes| bytes as u64));
                    link.buffer = bytes.ok_or_else(|| {
                        bad("a buffer up to 60s or 1GB (us, ms, s, B, kB, MB)")
                    })?;
                }
                Some(("loss", value)) => {
                    link.loss = share(value)
                        .ok_or_else(|| bad("a loss from 0% to 100%"))?;
                }
                Some(("seed", value)) => {
                    link.seed =
                        value.parse().map_err(|_| bad("a whole number"))?;
                }
                _ => return Err(bad("buffer=…, loss=… or seed=…")),
            }
        }
        Ok(link)
    }
}

impl fmt::Display for LinkSettings {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rate, unit) = match self.rate {
            rate if rate >= 1_000_000_000 => (rate as f64 / 1e9, "gbit"),
            rate if rate >= 1_000_000 => (rate as f64 / 1e6, "mbit"),
            rate => (rate as f64 / 1e3, "kbit"),
        };
        let delay = self.round_trip.as_secs_f64() * 1e3;
        write!(to, "{rate}{unit},{delay}ms,buffer={}B", self.buffer)?;
        if self.loss > 0.0 {
            // Not 0.07 % as 0.07000000000000001 %.
            let percent = (self.loss * 1e11).round() / 1e9;
            write!(to, ",loss={percent}%")?;
        }
        if self.seed != 1 {
            write!(to, ",seed={}", self.seed)?;
        }
        Ok(())
    }
}

/// Bits per second.
fn rate(text: &str) -> Option<f64> {
    let text = text.strip_suffix("/s").unwrap_or(text);
    let text = text.strip_suffix("bit").unwrap_or(text);
    let units = [("k", 1e3), ("m", 1e6), ("g", 1e9)];
    quantity(text, &units).filter(|rate| (1e3..=1e11).contains(rate))
}

/// Seconds.
fn time(text: &str) -> Option<f64> {
    quantity(text, &[("us", 1e-6), ("ms", 1e-3), ("s", 1.0)])
}

/// Bytes.
fn size(text: &str) -> Option<f64> {
    let units = [("kb", 1e3), ("mb", 1e6), ("b", 1.0)];
    quantity(text, &units).filter(|bytes| *bytes <= 1e9)
}

/// 0 to 1.
fn share(text: &str) -> Option<f64> {
    quantity(text, &[("%", 0.01)]).filter(|share| *share <= 1.0)
}

/// A number and one of `units`, in the unit's measure.
fn quantity(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let text = text.to_ascii_lowercase();
    let (number, unit) = units.iter().find_map(|(name, unit)| {
        text.strip_suffix(name).map(|number| (number, unit))
    })?;
    let number: f64 = number.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> LinkSettings {
        text.parse().expect("a link")
    }

    #[test]
    fn a_rate_and_a_delay_are_enough() {
        let link = read("20mbit,40ms");
        assert_eq!(link.rate, 20_000_000);
        assert_eq!(link.round_trip, Duration::from_millis(40));
        assert_eq!(link.buffer, 250_000, "100 ms of 20 Mbit/s");
        assert_eq!(link.loss, 0.0);
    }

    #[test]
    fn a_buffer_is_given_as_time_or_as_bytes() {
        assert_eq!(read("20mbit,40ms,buffer=250ms").buffer, 625_000);
        assert_eq!(read("20mbit,40ms,buffer=64kB").buffer, 64_000);
        assert_eq!(read("20mbit,40ms,buffer=0ms").buffer, 0);
    }

    #[test]
    fn units_are_read_as_people_write_them() {
        assert_eq!(read("1.5Gbit/s,500us").rate, 1_500_000_000);
        assert_eq!(read("56k,0.2s").rate, 56_000);
        assert_eq!(read("100m, 20ms, loss=0.1%").loss, 0.001);
    }

    #[test]
    fn what_is_printed_is_read_again() {
        for text in ["20mbit,40ms", "1.5mbit,0.5ms,buffer=3kB,loss=7%,seed=9"] {
            let link = read(text);
            assert_eq!(read(&link.to_string()), link, "{link}");
        }
    }

    #[test]
    fn a_bad_part_is_named_with_what_is_allowed() {
        let said = |text: &str| {
            text.parse::<LinkSettings>().expect_err(text).to_string()
        };
        assert!(said("fast,40ms").starts_with("`fast` is not a rate from"));
        assert!(said("20mbit").starts_with("`` is not a round-trip time"));
        assert!(said("20mbit,40").starts_with("`40` is not a round-trip"));
        assert!(said("20mbit,-1ms").contains("round-trip"));
        assert!(said("0mbit,1ms").contains("from 1kbit"));
        assert!(said("NaNmbit,1ms").contains("a rate"));
        assert!(said("1mbit,1ms,loss=2").contains("a loss from 0%"));
        assert!(said("1mbit,1ms,loss=101%").contains("a loss from 0%"));
        assert!(said("1mbit,1ms,buffer=9h").contains("a buffer up to"));
        assert!(said("1mbit,1ms,jitter=1ms").contains("buffer=…, loss=…"));
        assert!(said("").contains("20mbit,40ms,buffer=250ms,loss=1%"));
    }
}
