//! An outage: a run of failures, from the first of them to the next answer.

use std::ops::Range;

use history::{Error, History, Sample};

use crate::gap::Pace;
use crate::span::Span;
use crate::stored_bins::read_minutes;
use crate::{Bin, HOUR, MINUTE, redact};

/// A time in which a target did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// The first failure, in Unix milliseconds.
    pub from: i64,
    /// Its end, in Unix milliseconds; nothing when it was not over at the end
    /// of the report.
    pub to: Option<i64>,
    /// Whether an answer ended it. Otherwise a gap did: nothing was asked any
    /// more, and nobody knows how it went on.
    pub answered: bool,
    /// How far both ends may be off, in milliseconds: the length of a bin
    /// where single samples are no longer stored; 0 where they are.
    pub off_by: i64,
    /// How many probes failed.
    pub failed: u64,
    /// The reason of the first failure that has one.
    pub error: Option<String>,
    /// How much of it lies in planned work, in milliseconds.
    pub planned: i64,
    /// The planned work in which it lies, or a part of it.
    pub window: Option<String>,
    /// How much of it, in milliseconds, nobody can lay to the target's charge:
    /// what it lies behind did not answer either.
    pub unreachable: i64,
}

impl Outage {
    /// How long it lasted, in milliseconds, or has lasted at `end`, the end of
    /// the report.
    pub fn length(&self, end: i64) -> i64 {
        self.to.unwrap_or(end).max(self.from) - self.from
    }

    /// Whether all of it is somebody else's: planned, or what the target lies
    /// behind was away.
    pub fn is_excused(&self, end: i64) -> bool {
        let excused = self.planned + self.unreachable;
        excused > 0 && excused >= self.length(end)
    }

    /// Its time in a report that ends at `end`.
    pub(crate) fn span(&self, end: i64) -> Span {
        Span { from: self.from, to: self.from + self.length(end) }
    }

    /// One that begins now, before its first failure is counted.
    pub(crate) fn beginning(from: i64) -> Outage {
        Outage {
            from,
            to: None,
            answered: false,
            off_by: 0,
            failed: 0,
            error: None,
            planned: 0,
            window: None,
            unreachable: 0,
        }
    }
}

/// How a target is asked, and how many failures make an outage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    /// The interval between probes, in milliseconds, as it is now.
    pub every: i64,
    /// How many failures in a row are an outage.
    pub down_after: u32,
}

/// Finds outages in samples, or in bins, that come in the order of time.
#[derive(Debug)]
struct OutageFinder {
    rule: Rule,
    pace: Pace,
    /// The failures since the last answer: not yet an outage, perhaps.
    run: Option<Outage>,
    /// Where the run ends if a gap comes next.
    run_end: i64,
    outages: Vec<Outage>,
}

impl OutageFinder {
    fn new(rule: Rule) -> OutageFinder {
        OutageFinder {
            rule,
            pace: Pace::new(rule.every),
            run: None,
            run_end: 0,
            outages: Vec::new(),
        }
    }

    // ANCHOR: run
    /// Adds the next probes, in the order of time: those of a bin, or a single
    /// one, which is a bin without length.
    fn add(&mut self, bin: &Bin, error: Option<&str>) {
        if self.pace.gap_before(bin) {
            self.end_run();
        }
        // A bin belongs to a run of failures if every probe in it failed.
        if bin.failed == bin.count {
            let run = self.run.get_or_insert(Outage::beginning(bin.at));
            run.failed += bin.failed;
            run.off_by = run.off_by.max(bin.length);
            if run.error.is_none() {
                run.error = error.map(redact::text);
            }
            self.run_end = bin.at + bin.length.max(self.rule.every);
        } else if let Some(run) = self.run.take() {
            // The first answer after a failure.
            let (to, off_by) = (Some(bin.at), run.off_by.max(bin.length));
            self.keep(Outage { to, answered: true, off_by, ..run });
        }
    }

    /// A run that is long enough is an outage; a shorter one is bad luck.
    fn keep(&mut self, run: Outage) {
        if run.failed >= u64::from(self.rule.down_after) {
            self.outages.push(run);
        }
    }
    // ANCHOR_END: run

    fn add_sample(&mut self, sample: &Sample) {
        let bin = Bin {
            at: sample.at,
            count: 1,
            failed: sample.value.is_none().into(),
            ..Bin::default()
        };
        self.add(&bin, sample.error.as_deref());
    }

    // ANCHOR: gap
    /// Ends a run of failures at a gap. How it went on, nobody knows.
    fn end_run(&mut self) {
        if let Some(run) = self.run.take() {
            self.keep(Outage { to: Some(self.run_end), ..run });
        }
    }
    // ANCHOR_END: gap

    /// The outages up to the end of the report. A run that is still going on
    /// may be the last of them.
    fn finish(mut self, to: i64) -> Vec<Outage> {
        if self.pace.is_gap(to) {
            self.end_run();
        }
        if let Some(run) = self.run.take() {
            self.keep(run);
        }
        self.outages
    }
}

/// Every outage up to `to`, the end of the report. `bins`, in each of which
/// something was measured, show where to look. Where samples are still stored
/// an outage is exact to the millisecond, and to the minute or hour elsewhere.
pub(crate) fn outages(
    history: &History,
    metric: &str,
    target: &str,
    bins: &[Bin],
    rule: Rule,
    to: i64,
) -> Result<Vec<Outage>, Error> {
    let mut found = Vec::new();
    for suspect in suspects(bins, rule.down_after) {
        let mut finder = OutageFinder::new(rule);
        let hour = |bin: &Bin| bin.at.div_euclid(HOUR);
        // Samples are stored, and deleted, an hour at a time.
        let hours = bins[suspect].chunk_by(|one, next| hour(one) == hour(next));
        for around in hours {
            let (Some(first), Some(last)) = (around.first(), around.last())
            else {
                continue;
            };
            let (from, until) = (first.at, last.at + last.length - 1);
            let samples =
                history.samples(metric, target, from, until, usize::MAX)?;
            let count: u64 = around.iter().map(|bin| bin.count).sum();
            if samples.len() as u64 >= count {
                samples.iter().for_each(|sample| finder.add_sample(sample));
            } else if first.length > MINUTE {
                let minutes = read_minutes(history, metric, target, first)?;
                minutes.iter().for_each(|bin| finder.add(bin, None));
            } else {
                around.iter().for_each(|bin| finder.add(bin, None));
            }
        }
        found.extend(finder.finish(to));
    }
    Ok(found)
}

/// Where an outage may be: ranges of `bins`, with a neighbour on each side,
/// because a run of failures does not end where a bin does.
fn suspects(bins: &[Bin], down_after: u32) -> Vec<Range<usize>> {
    let failed = |at: Option<usize>| {
        at.and_then(|at| bins.get(at)).map_or(0, |bin| bin.failed)
    };
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, bin) in bins.iter().enumerate() {
        let beside = failed(at.checked_sub(1)).max(failed(Some(at + 1)));
        let enough = bin.failed + beside >= u64::from(down_after);
        if bin.failed == 0 || !(enough || bin.failed == bin.count) {
            continue;
        }
        let (start, end) = (at.saturating_sub(1), (at + 2).min(bins.len()));
        match found.last_mut() {
            Some(last) if start < last.end => last.end = end,
            _ => found.push(start..end),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored_bins::read_bins;
    use history::Retention;

    fn history(values: &[(i64, bool)]) -> (tempfile::TempDir, History) {
        let data = tempfile::tempdir().expect("a folder");
        let history = History::open(data.path(), &Retention::default());
        let history = history.expect("a history");
        let samples: Vec<Sample> = values
            .iter()
            .map(|(at, answered)| {
                let value = answered.then_some(1.0);
                let mut sample = Sample::new(*at, "ping", "router", value);
                sample.error = (!answered).then(|| "no route".to_owned());
                sample
            })
            .collect();
        history.record(&samples).expect("recorded");
        (data, history)
    }

    fn find(history: &History, to: i64) -> Vec<Outage> {
        let read = read_bins(history, "ping", "router", 0, to, MINUTE);
        let bins = read.expect("bins");
        let rule = Rule { every: 1000, down_after: 3 };
        let found = outages(history, "ping", "router", &bins, rule, to);
        found.expect("an answer")
    }

    #[test]
    fn an_outage_across_two_minutes_is_one_and_exact() {
        // Asked each second for three minutes; silent from 58 s to 63 s.
        let values: Vec<_> = (0..180)
            .map(|second| (second * 1000, !(58..63).contains(&second)))
            .collect();
        let (_data, history) = history(&values);
        assert_eq!(
            find(&history, 180_000),
            [Outage {
                from: 58_000,
                to: Some(63_000),
                answered: true,
                off_by: 0,
                failed: 5,
                error: Some("no route".to_owned()),
                ..Outage::beginning(58_000)
            }]
        );
    }

    #[test]
    fn two_failures_in_a_row_are_no_outage_and_three_are() {
        let at = |minute: i64, failures: Range<i64>| {
            (0..60).map(move |second| {
                let time = minute * MINUTE + second * 1000;
                (time, !failures.contains(&second))
            })
        };
        let values: Vec<_> =
            at(0, 10..12).chain(at(1, 10..13)).chain(at(2, 0..0)).collect();
        let (_data, history) = history(&values);
        let found = find(&history, 3 * MINUTE);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].from, found[0].failed), (70_000, 3));
    }

    #[test]
    fn a_rarely_asked_target_and_an_outage_without_an_end() {
        // Asked every five minutes; silent since the third time.
        let values: Vec<_> =
            (0..10).map(|time| (time * 5 * MINUTE, time < 2)).collect();
        let (_data, history) = history(&values);
        let found = find(&history, 60 * MINUTE);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].to, found[0].failed), (None, 8));
        assert_eq!(found[0].length(60 * MINUTE), 50 * MINUTE);
    }

    #[test]
    fn where_samples_are_deleted_an_outage_is_known_to_the_minute() {
        let mut finder =
            OutageFinder::new(Rule { every: 10_000, down_after: 3 });
        for (minute, failed) in [(0, 0), (1, 3), (2, 6), (3, 6), (4, 0)] {
            finder.add(&bin(minute, 6, failed), None);
        }
        let found = finder.finish(5 * MINUTE);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].from, found[0].to), (120_000, Some(240_000)));
        assert_eq!((found[0].failed, found[0].off_by), (12, MINUTE));
    }

    fn bin(minute: i64, count: u64, failed: u64) -> Bin {
        let at = minute * MINUTE;
        Bin { at, length: MINUTE, count, failed, figures: None }
    }

    #[test]
    fn a_gap_ends_an_outage() {
        // Asleep for eight hours between two lost pings, then for good.
        let night = 8 * HOUR / 1000;
        let seconds = (0..100).chain(night..night + 100);
        let values: Vec<_> = seconds
            .map(|second| (second * 1000, !(90..night + 10).contains(&second)))
            .collect();
        let (_data, history) = history(&values);
        let found = find(&history, 10 * HOUR);
        let ends: Vec<_> = found
            .iter()
            .map(|it| (it.from, it.to, it.answered, it.failed))
            .collect();
        let morning = 8 * HOUR;
        assert_eq!(
            ends,
            [
                (90_000, Some(100_000), false, 10),
                (morning, Some(morning + 10_000), true, 10),
            ]
        );
    }

    #[test]
    fn a_run_is_closed_where_the_monitor_was_switched_off() {
        let values: Vec<_> = (0..60).map(|at| (at * 1000, at < 50)).collect();
        let (_data, history) = history(&values);
        let found = find(&history, HOUR);
        assert_eq!((found[0].to, found[0].answered), (Some(60_000), false));
        let found = find(&history, MINUTE);
        assert_eq!(found[0].to, None);
    }
}
