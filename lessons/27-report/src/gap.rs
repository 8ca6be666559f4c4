//! Time in which nothing was asked: the computer was off, or slept. A gap is
//! not a loss, and no time without an outage either.

use super::Bin;

const MINUTE: i64 = 60_000;
/// A gap is longer than so many times the time from one probe to the next,
const FEW: i64 = 3;
/// and longer than this: while a speed test runs, nothing is asked.
const SHORTEST_GAP: i64 = 2 * MINUTE;

/// Tells where nothing was asked.
#[derive(Debug)]
pub struct Pace {
    every: i64,
    /// Until when it was asked.
    end: Option<i64>,
    /// From one probe to the next, the last time, and the shorter of the last
    /// two times: a target may have been asked less often than now.
    last: i64,
    shorter: i64,
}

impl Pace {
    /// `every`: from one probe to the next, as it is now.
    pub fn new(every: i64) -> Pace {
        Pace { every, end: None, last: i64::MAX, shorter: 0 }
    }

    /// Whether there is a gap between what came last and this: so many probes
    /// from a moment on, in so many milliseconds.
    pub fn gap_before(&mut self, at: i64, length: i64, count: u64) -> bool {
        let gap = self.is_gap(at);
        if let Some(end) = self.end.replace(at + length) {
            self.shorter = self.last.min(at - end);
            self.last = at - end;
        }
        // Several in a step are closer together than steps are.
        if count > 1 {
            self.last = length / i64::try_from(count).unwrap_or(i64::MAX);
            self.shorter = self.shorter.min(self.last);
        }
        gap
    }

    /// Whether there is one if nothing comes up to this moment.
    pub fn is_gap(&self, at: i64) -> bool {
        let usual = self.every.max(self.shorter).saturating_mul(FEW);
        self.end.is_some_and(|end| at - end > usual.max(SHORTEST_GAP))
    }
}

/// Whether a step is of less than nine tenths of its time: part of it may be a
/// gap.
pub fn is_thin(bin: &Bin, every: i64) -> bool {
    let asked = i64::try_from(bin.count).unwrap_or(i64::MAX);
    asked.saturating_mul(every) < bin.length / 10 * 9
}

/// How long a target was watched, in milliseconds, up to `to`: without the
/// gaps.
pub fn measured(bins: &[Bin], every: i64, to: i64) -> i64 {
    let mut pace = Pace::new(every);
    let mut time = 0;
    let mut last: Option<&Bin> = None;
    for bin in bins {
        let gap = pace.gap_before(bin.at, bin.length, bin.count);
        time += last.map_or(0, |last| match gap {
            true => last.length.max(every),
            false => bin.at - last.at,
        });
        last = Some(bin);
    }
    time + last.map_or(0, |last| last.length.max(every).min(to - last.at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * MINUTE;

    fn bins(minutes: impl Iterator<Item = i64>) -> Vec<Bin> {
        let bin = |minute: i64| {
            let at = minute * MINUTE;
            Bin { at, length: MINUTE, count: 1, ..Bin::default() }
        };
        minutes.map(bin).collect()
    }

    #[test]
    fn a_gap_is_no_time_measured() {
        let night = bins((0..100).chain(580..600));
        assert_eq!(measured(&night, 1000, 10 * HOUR), 120 * MINUTE);
        // The last minute is not over.
        let half = 10 * HOUR - MINUTE / 2;
        assert_eq!(measured(&night, 1000, half), 119 * MINUTE + MINUTE / 2);
        // While a speed test ran, nothing was asked.
        let short = bins((0..10).chain(12..20));
        assert_eq!(measured(&short, 1000, HOUR), 20 * MINUTE);
        assert_eq!(measured(&[], 1000, HOUR), 0);
    }

    #[test]
    fn who_was_asked_less_often_than_now_has_no_gaps() {
        let bins = bins((0..10).map(|at| 10 * at));
        // The first distance cannot be told from a gap.
        assert_eq!(measured(&bins, 1000, HOUR * 2), 82 * MINUTE);
        assert_eq!(measured(&bins, 300_000, HOUR * 2), 95 * MINUTE);
    }
}
