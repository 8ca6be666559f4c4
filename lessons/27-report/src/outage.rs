//! When a target did not answer.

use history::{Error, History, Sample};

use super::Bin;
use super::gap::Pace;
use super::gather::minutes;
use super::words::public_words;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// A time in which a target did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// The first failure, in Unix milliseconds.
    pub from: i64,
    /// Its end; nothing when it was not over when the report ends.
    pub to: Option<i64>,
    /// Whether an answer ended it. Otherwise nothing was asked any more, and
    /// nobody knows how it went on.
    pub answered: bool,
    /// How many milliseconds both may be off, where single samples are not
    /// kept any more; 0 where they are.
    pub off_by: i64,
    /// How often was asked in vain.
    pub failed: u64,
    /// Why, in the words of the first failure that has some.
    pub error: Option<String>,
}

impl Outage {
    /// How long it was, in milliseconds; so far, up to `end`.
    pub fn length(&self, end: i64) -> i64 {
        self.to.unwrap_or(end).max(self.from) - self.from
    }
}

/// How a target is asked, and when an outage of it is one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// From one probe to the next, in milliseconds, as it is now.
    pub every: i64,
    /// So many failures in a row.
    pub least: u32,
}

/// Follows failures that come one after the other.
#[derive(Debug)]
struct Runs {
    rule: Rule,
    pace: Pace,
    run: Option<Outage>,
    /// Where the run ends if nothing comes after it.
    silent: i64,
    found: Vec<Outage>,
}

impl Runs {
    fn new(rule: Rule) -> Runs {
        let pace = Pace::new(rule.every);
        Runs { rule, pace, run: None, silent: 0, found: Vec::new() }
    }

    fn sample(&mut self, sample: &Sample) {
        match sample.value {
            Some(_) => self.answered(sample.at, 0, 1),
            None => self.failed(sample.at, 0, 1, sample.error.as_deref()),
        }
    }

    /// Of a step, only that nothing at all was answered can be told.
    fn step(&mut self, bin: &Bin) {
        match bin.failed == bin.count {
            true => self.failed(bin.at, bin.length, bin.failed, None),
            false => self.answered(bin.at, bin.length, bin.count),
        }
    }

    fn failed(
        &mut self,
        at: i64,
        length: i64,
        times: u64,
        error: Option<&str>,
    ) {
        self.asked(at, length, times);
        let run = self.run.get_or_insert(Outage {
            from: at,
            to: None,
            answered: false,
            off_by: 0,
            failed: 0,
            error: None,
        });
        run.failed += times;
        run.off_by = run.off_by.max(length);
        if run.error.is_none() {
            run.error = error.map(public_words);
        }
        self.silent = at + length.max(self.rule.every);
    }

    fn answered(&mut self, at: i64, length: i64, count: u64) {
        self.asked(at, length, count);
        if let Some(run) = self.run.take() {
            let off_by = run.off_by.max(length);
            self.keep(Outage { to: Some(at), answered: true, off_by, ..run });
        }
    }

    fn asked(&mut self, at: i64, length: i64, count: u64) {
        if self.pace.gap_before(at, length, count) {
            self.cut();
        }
    }

    /// Ends a run at a gap.
    fn cut(&mut self) {
        if let Some(run) = self.run.take() {
            self.keep(Outage { to: Some(self.silent), ..run });
        }
    }

    fn keep(&mut self, run: Outage) {
        if run.failed >= u64::from(self.rule.least) {
            self.found.push(run);
        }
    }

    /// One that has not ended is one as well, once it is long enough.
    fn end(mut self, to: i64) -> Vec<Outage> {
        if self.pace.is_gap(to) {
            self.cut();
        }
        if let Some(run) = self.run.take() {
            self.keep(run);
        }
        self.found
    }
}

/// Every outage up to `to`. `bins`, in each of which something was measured,
/// show where to look; what is still kept one by one is told to the
/// millisecond, the rest as finely as it is kept.
pub(super) fn outages(
    history: &History,
    metric: &str,
    target: &str,
    bins: &[Bin],
    rule: Rule,
    to: i64,
) -> Result<Vec<Outage>, Error> {
    let mut found = Vec::new();
    for near in suspects(bins, rule.least) {
        let mut runs = Runs::new(rule);
        let hour = |bin: &Bin| bin.at.div_euclid(HOUR);
        // Samples are kept, and forgotten, an hour at a time.
        let hours = bins[near].chunk_by(|one, next| hour(one) == hour(next));
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
                samples.iter().for_each(|sample| runs.sample(sample));
            } else if first.length > MINUTE {
                let minutes = minutes(history, metric, target, first)?;
                minutes.iter().for_each(|bin| runs.step(bin));
            } else {
                around.iter().for_each(|bin| runs.step(bin));
            }
        }
        found.extend(runs.end(to));
    }
    Ok(found)
}

/// Where an outage may be: places in `bins`, with a neighbour on each side,
/// for a run of failures does not end where a step does.
fn suspects(bins: &[Bin], least: u32) -> Vec<std::ops::Range<usize>> {
    let failed = |at: Option<usize>| {
        at.and_then(|at| bins.get(at)).map_or(0, |bin| bin.failed)
    };
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, bin) in bins.iter().enumerate() {
        let beside = failed(at.checked_sub(1)).max(failed(Some(at + 1)));
        let enough = bin.failed + beside >= u64::from(least);
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
    use crate::gather::read_bins;
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
        let rule = Rule { every: 1000, least: 3 };
        let found = outages(history, "ping", "router", &bins, rule, to);
        found.expect("an answer")
    }

    #[test]
    fn an_outage_across_two_minutes_is_one_and_told_exactly() {
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
            }]
        );
    }

    #[test]
    fn two_failures_in_a_row_are_no_outage_and_three_are() {
        let at = |minute: i64, failures: std::ops::Range<i64>| {
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
    fn where_samples_are_gone_it_is_told_to_the_minute() {
        let mut runs = Runs::new(Rule { every: 10_000, least: 3 });
        for (minute, failed) in [(0, 0), (1, 3), (2, 6), (3, 6), (4, 0)] {
            runs.step(&bin(minute, 6, failed));
        }
        let found = runs.end(5 * MINUTE);
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
        let told: Vec<_> = found
            .iter()
            .map(|it| (it.from, it.to, it.answered, it.failed))
            .collect();
        let morning = 8 * HOUR;
        assert_eq!(
            told,
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
