//! The reader of a report: it finds in the history what the report says.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use history::{Columns, Error, History, HistoryQuery, Kept};

use crate::gap::{Coverage, is_thin};
use crate::outage::{Rule, outages};
use crate::{
    About, Bin, DAY, HOUR, MINUTE, Report, Target, TargetReport, TestReport,
    redact,
};

/// A report of up to this long is made of minutes, a longer one of hours.
const MINUTES_UP_TO: i64 = 10 * DAY;
/// The most bins in one question to the history, which answers no more. A
/// question for minutes or hours is of whole hours.
const BINS_AT_ONCE: i64 = 15_000;
/// The most speed tests in a report.
const MOST_TESTS: usize = 10_000;

impl Report {
    /// Reads what was measured of these targets and of all speed tests in a
    /// period, whose ends are in Unix milliseconds.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn read(
        history: &History,
        targets: &[Target],
        from: i64,
        to: i64,
        about: About,
    ) -> Result<Report, Error> {
        let mut omitted = Vec::new();
        let mut reports = Vec::new();
        for target in targets {
            let report = read_target(history, target, from, to)?;
            if report.bins.is_empty() {
                let name = &target.name;
                omitted.push(format!("{name} was not asked in this period."));
            }
            reports.push(report);
        }
        let results = history.results(from, to, MOST_TESTS)?;
        if results.len() == MOST_TESTS {
            omitted.push(format!("Only the last {MOST_TESTS} speed tests."));
        }
        let tests = results.iter().map(read_test).collect();
        Ok(Report {
            about,
            from,
            to,
            made: Timestamp::now().as_millisecond(),
            zone: TimeZone::system(),
            targets: reports,
            tests,
            omitted,
        })
    }
}

fn read_target(
    history: &History,
    target: &Target,
    from: i64,
    to: i64,
) -> Result<TargetReport, Error> {
    let (metric, name) = (target.metric, target.name.as_str());
    let step = match to - from {
        ..=MINUTES_UP_TO => MINUTE,
        _ => HOUR,
    };
    let bins = read_bins(history, metric, name, from, to, step)?;
    let every = i64::try_from(target.every.as_millis()).unwrap_or(i64::MAX);
    // How long a target was watched within an hour, only its minutes show.
    let mut watched = Vec::with_capacity(bins.len());
    for bin in &bins {
        match bin.length > MINUTE && is_thin(bin, every) {
            true => watched.extend(read_minutes(history, metric, name, bin)?),
            false => watched.push(*bin),
        }
    }
    let coverage = Coverage::of(&watched, every, from, to);
    let rule = Rule { every, down_after: target.down_after };
    Ok(TargetReport {
        name: name.to_owned(),
        address: redact::address(&target.address),
        kind: target.kind,
        every,
        down_after: rule.down_after,
        measured: coverage.measured,
        outages: outages(history, metric, name, &bins, rule, to)?,
        gaps: coverage.gaps,
        bins,
    })
}

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

fn read_test(result: &Kept) -> TestReport {
    let report = &result.report;
    let number = |key: &str| report.get(key).and_then(Value::as_f64);
    let text =
        |key: &str| report.get(key).and_then(Value::as_str).map(str::to_owned);
    let loaded = |direction: &str| {
        report.get("loaded_latency_ms")?.get(direction)?.as_f64()
    };
    let loaded = [loaded("download"), loaded("upload")].into_iter().flatten();
    TestReport {
        at: result.at,
        name: result.name.clone(),
        server: redact::address(&text("server").unwrap_or_default()),
        download_bps: number("download_bps"),
        upload_bps: number("upload_bps"),
        idle_latency_ms: number("idle_latency_ms"),
        loaded_latency_ms: loaded.reduce(f64::max),
        grade: text("grade"),
        stable: report.get("stable").and_then(Value::as_bool) != Some(false),
        error: text("error").as_deref().map(redact::text),
    }
}
