//! A gap: time in which nothing was asked, because the monitor or its computer
//! was off. A gap is no outage, and no time without an outage either.

use crate::span::Span;
use crate::{Bin, MINUTE};

// ANCHOR: limits
/// A gap is longer than this many times the interval between two probes,
const INTERVALS: i64 = 3;
/// and longer than this: while a speed test runs, nothing is asked.
const SHORTEST: i64 = 2 * MINUTE;
// ANCHOR_END: limits

/// Time in which a target was not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Its first moment, in Unix milliseconds. Where probes are known only by
    /// the minute or hour, it is the end of that minute or hour.
    pub from: i64,
    /// Its end, in Unix milliseconds.
    pub to: i64,
}

impl Gap {
    /// How long it is, in milliseconds.
    pub fn length(&self) -> i64 {
        self.to - self.from
    }

    pub(crate) fn span(&self) -> Span {
        Span { from: self.from, to: self.to }
    }
}

/// How often a target was asked lately, by which a gap is told from a pause.
#[derive(Debug)]
pub(crate) struct Pace {
    /// The interval between probes, as it is now.
    every: i64,
    /// The end of the last sample or bin.
    end: Option<i64>,
    /// The last interval, and the shorter one of the last two: a target may
    /// have been asked less often than now.
    last: i64,
    shorter: i64,
}

impl Pace {
    /// `every`: the interval between probes, as it is now, in milliseconds.
    pub fn new(every: i64) -> Pace {
        Pace { every, end: None, last: i64::MAX, shorter: 0 }
    }

    /// Whether there is a gap between the probes that came before and these.
    pub fn gap_before(&mut self, bin: &Bin) -> bool {
        let gap = self.is_gap(bin.at);
        if let Some(end) = self.end.replace(bin.at + bin.length) {
            self.shorter = self.last.min(bin.at - end);
            self.last = bin.at - end;
        }
        // Several in a bin are closer together than bins are.
        if bin.count > 1 {
            let count = i64::try_from(bin.count).unwrap_or(i64::MAX);
            self.last = bin.length / count;
            self.shorter = self.shorter.min(self.last);
        }
        gap
    }

    // ANCHOR: is_gap
    /// Whether there is a gap if nothing comes before this moment.
    pub fn is_gap(&self, at: i64) -> bool {
        let interval = self.every.max(self.shorter);
        let pause = interval.saturating_mul(INTERVALS).max(SHORTEST);
        self.end.is_some_and(|end| at - end > pause)
    }
    // ANCHOR_END: is_gap
}

/// How long a target was watched within a period, and when it was not.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Coverage {
    /// In milliseconds.
    pub measured: i64,
    /// In the order of time.
    pub gaps: Vec<Gap>,
}

impl Coverage {
    // ANCHOR: coverage
    /// Of a period and the bins in which something was measured, in the order
    /// of time. `every` is the interval between probes, in milliseconds.
    pub fn of(bins: &[Bin], every: i64, from: i64, to: i64) -> Coverage {
        let Some(first) = bins.first() else {
            return Coverage { measured: 0, gaps: vec![Gap { from, to }] };
        };
        let mut coverage = Coverage::default();
        if first.at - from > SHORTEST.max(every.saturating_mul(INTERVALS)) {
            coverage.gaps.push(Gap { from, to: first.at });
        }
        let mut pace = Pace::new(every);
        // Without a gap, the target was watched from one to the other. The
        // first bin may begin before the period.
        let mut start = first.at.max(from);
        let mut end = start;
        for bin in bins {
            if pace.gap_before(bin) {
                coverage.measured += end - start;
                coverage.gaps.push(Gap { from: end, to: bin.at });
                start = bin.at;
            }
            end = bin.at + bin.length.max(every);
        }
        coverage.measured += end.min(to) - start;
        if pace.is_gap(to) {
            coverage.gaps.push(Gap { from: end, to });
        }
        coverage
    }
    // ANCHOR_END: coverage
}

/// Whether a bin has probes for less than nine tenths of its time: a part of
/// it may be a gap.
pub(crate) fn is_thin(bin: &Bin, every: i64) -> bool {
    let count = i64::try_from(bin.count).unwrap_or(i64::MAX);
    count.saturating_mul(every) < bin.length / 10 * 9
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HOUR;

    fn bins(minutes: impl Iterator<Item = i64>) -> Vec<Bin> {
        let bin = |minute: i64| {
            let at = minute * MINUTE;
            Bin { at, length: MINUTE, count: 1, ..Bin::default() }
        };
        minutes.map(bin).collect()
    }

    fn measured(bins: &[Bin], every: i64, to: i64) -> i64 {
        Coverage::of(bins, every, 0, to).measured
    }

    fn gap(from: i64, to: i64) -> Gap {
        Gap { from: from * MINUTE, to: to * MINUTE }
    }

    #[test]
    fn a_gap_is_no_measured_time() {
        let night = bins((0..100).chain(580..600));
        assert_eq!(measured(&night, 1000, 10 * HOUR), 120 * MINUTE);
        // The last minute is not over.
        let half = 10 * HOUR - MINUTE / 2;
        assert_eq!(measured(&night, 1000, half), 119 * MINUTE + MINUTE / 2);
        // The first minute began before the period.
        let late = Coverage::of(&night, 1000, MINUTE / 2, half).measured;
        assert_eq!(late, 119 * MINUTE);
        // While a speed test ran, nothing was asked.
        let short = bins((0..10).chain(12..20));
        assert_eq!(measured(&short, 1000, HOUR), 20 * MINUTE);
        assert_eq!(measured(&[], 1000, HOUR), 0);
    }

    #[test]
    fn gaps_are_found_at_both_ends_and_in_between() {
        let night = bins((10..100).chain(580..600));
        let found = Coverage::of(&night, 1000, 0, 11 * HOUR).gaps;
        assert_eq!(found, [gap(0, 10), gap(100, 580), gap(600, 660)]);
        let nothing = Coverage::of(&[], 1000, 0, HOUR).gaps;
        assert_eq!(nothing, [gap(0, 60)]);
        let whole = bins(0..60);
        assert_eq!(Coverage::of(&whole, 1000, 0, HOUR).gaps, []);
    }

    #[test]
    fn a_target_that_was_asked_less_often_than_now_has_no_gaps() {
        let bins = bins((0..10).map(|at| 10 * at));
        // The first interval cannot be told from a gap.
        assert_eq!(measured(&bins, 1000, HOUR * 2), 82 * MINUTE);
        assert_eq!(measured(&bins, 300_000, HOUR * 2), 95 * MINUTE);
    }
}
