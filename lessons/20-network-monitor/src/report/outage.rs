//! When a target did not answer.

use crate::history::{Error, History, HistoryQuery, Sample};

use super::Bin;
use super::gather::bins_of;

const MINUTE: i64 = 60_000;
/// How many samples are read at once.
const CHUNK: usize = 50_000;

/// A time in which a target did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// The first failure, in Unix milliseconds.
    pub from: i64,
    /// The first answer after it; nothing when the report ends before.
    pub to: Option<i64>,
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

/// Follows failures that come one after the other.
#[derive(Debug, Default)]
struct Runs {
    run: Option<Outage>,
    found: Vec<Outage>,
}

impl Runs {
    fn failed(
        &mut self,
        at: i64,
        times: u64,
        off_by: i64,
        error: Option<&str>,
    ) {
        let run = self.run.get_or_insert(Outage {
            from: at,
            to: None,
            off_by,
            failed: 0,
            error: None,
        });
        run.failed += times;
        if run.error.is_none() {
            run.error = error.map(str::to_owned);
        }
    }

    fn answered(&mut self, at: i64, least: u32) {
        if let Some(run) = self.run.take()
            && run.failed >= u64::from(least)
        {
            self.found.push(Outage { to: Some(at), ..run });
        }
    }

    /// One that has not ended is one as well, once it is long enough.
    fn end(mut self, least: u32) -> Vec<Outage> {
        let open = self.run.take();
        self.found.extend(open.filter(|run| run.failed >= u64::from(least)));
        self.found
    }
}

/// Every outage: at least `least` failures in a row. `bins` show where to
/// look; what is still kept one by one is told to the millisecond.
pub(super) fn outages(
    history: &History,
    metric: &str,
    target: &str,
    bins: &[Bin],
    least: u32,
) -> Result<Vec<Outage>, Error> {
    let measured: Vec<Bin> =
        bins.iter().copied().filter(|bin| bin.count > 0).collect();
    let mut found = Vec::new();
    for near in suspects(&measured, least) {
        let around = &measured[near];
        let (Some(first), Some(last)) = (around.first(), around.last()) else {
            continue;
        };
        let (from, to) = (first.at, last.at + last.length - 1);
        let exact = one_by_one(history, metric, target, from, to, least)?;
        found.extend(match exact {
            Some(exact) => exact,
            None if first.length > MINUTE => {
                let mut query = HistoryQuery::new(metric, from, to).of(target);
                query.step = Some(MINUTE);
                in_steps(&bins_of(&history.query(&query)?), least)
            }
            None => in_steps(around, least),
        });
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

/// By single samples; nothing when they are not kept any more.
fn one_by_one(
    history: &History,
    metric: &str,
    target: &str,
    from: i64,
    to: i64,
    least: u32,
) -> Result<Option<Vec<Outage>>, Error> {
    let mut runs = Runs::default();
    let mut next = from;
    let mut seen = 0;
    loop {
        let samples = history.samples(metric, target, next, to, CHUNK)?;
        for Sample { at, value, error, .. } in &samples {
            match value {
                Some(_) => runs.answered(*at, least),
                None => runs.failed(*at, 1, 0, error.as_deref()),
            }
        }
        seen += samples.len();
        match samples.last() {
            Some(last) if samples.len() == CHUNK => next = last.at + 1,
            _ => break,
        }
    }
    Ok((seen > 0).then(|| runs.end(least)))
}

/// By steps in which nothing at all was answered.
fn in_steps(bins: &[Bin], least: u32) -> Vec<Outage> {
    let mut runs = Runs::default();
    for bin in bins.iter().filter(|bin| bin.count > 0) {
        match bin.failed == bin.count {
            true => runs.failed(bin.at, bin.failed, bin.length, None),
            false => runs.answered(bin.at, least),
        }
    }
    runs.end(least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Retention;

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
        let mut query = HistoryQuery::new("ping", 0, to).of("router");
        query.step = Some(MINUTE);
        let bins = bins_of(&history.query(&query).expect("an answer"));
        outages(history, "ping", "router", &bins, 3).expect("an answer")
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
        let bin = |minute: i64, failed| Bin {
            at: minute * MINUTE,
            length: MINUTE,
            count: 6,
            failed,
            figures: None,
        };
        let bins = [bin(0, 0), bin(1, 3), bin(2, 6), bin(3, 6), bin(4, 0)];
        let found = in_steps(&bins, 3);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].from, found[0].to), (120_000, Some(240_000)));
        assert_eq!((found[0].failed, found[0].off_by), (12, MINUTE));
    }
}
