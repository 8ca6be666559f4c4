//! The bins of a target, as they are stored in the history.

use history::{Columns, Error, History, HistoryQuery};

use crate::{Bin, HOUR, MINUTE};

/// The most bins in one question to the history, which answers no more. A
/// question for minutes or hours is of whole hours.
const BINS_AT_ONCE: i64 = 15_000;

/// The bins of a period in which anything was measured, however many.
pub(crate) fn read_bins(
    history: &History,
    metric: &str,
    target: &str,
    from: i64,
    to: i64,
    step: i64,
) -> Result<Vec<Bin>, Error> {
    let ask = |from, to, step| {
        let query = HistoryQuery::new(metric, from, to).of(target);
        history.query(&HistoryQuery { step, ..query })
    };
    // First find out where anything was measured: a report may be of a
    // thousand years.
    let all = ask(from, to, None)?;
    let (Some(first), Some(last)) = (all.times.first(), all.times.last())
    else {
        return Ok(Vec::new());
    };
    let (mut next, to) = (from.max(*first), to.min(last + all.step));
    let mut bins = Vec::new();
    while next <= to {
        // Each question ends with an hour, and so with a bin.
        let end = next - next.rem_euclid(HOUR) + BINS_AT_ONCE * step;
        bins.extend(bins_of(&ask(next, to.min(end - 1), Some(step))?));
        next = end;
    }
    Ok(bins)
}

/// The minutes of a longer bin in which anything was measured, as far as
/// minutes are stored.
pub(crate) fn read_minutes(
    history: &History,
    metric: &str,
    target: &str,
    bin: &Bin,
) -> Result<Vec<Bin>, Error> {
    let end = bin.at + bin.length - 1;
    let query = HistoryQuery::new(metric, bin.at, end).of(target);
    let step = Some(MINUTE);
    Ok(bins_of(&history.query(&HistoryQuery { step, ..query })?))
}

/// The rows of a table in columns, without those in which nothing was
/// measured.
fn bins_of(columns: &Columns) -> Vec<Bin> {
    let figures = |at: usize| {
        Some([
            columns.minimum[at]?,
            columns.p25[at]?,
            columns.median[at]?,
            columns.p75[at]?,
            columns.p95[at]?,
            columns.maximum[at]?,
        ])
    };
    let bin = |(at, time): (usize, &i64)| Bin {
        at: *time,
        length: columns.step.max(1),
        count: columns.count[at],
        failed: columns.failed[at],
        figures: figures(at),
    };
    let bins = columns.times.iter().enumerate().map(bin);
    bins.filter(|bin| bin.count > 0).collect()
}
