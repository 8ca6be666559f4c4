//! Reads from the history what a report says.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use history::{Columns, Error, History, HistoryQuery, Kept};

use super::gap::{is_thin, measured};
use super::outage::{Rule, outages};
use super::words::{public_address, public_words};
use super::{About, Bin, ReportInput, Target, TargetReport, TestReport};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Up to this long, a report is made of minutes; of hours from then on.
const MINUTES_UP_TO: i64 = 10 * 24 * HOUR;
/// So many steps are asked for at once: no more than the history answers. Of
/// minutes and of hours, they are whole hours.
const AT_ONCE: i64 = 15_000;
/// The most runs of speed tests.
const MOST_TESTS: usize = 10_000;

impl ReportInput {
    /// Reads what was measured from one moment to another, in Unix
    /// milliseconds, of these targets and of all speed tests.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn gather(
        history: &History,
        targets: &[Target],
        from: i64,
        to: i64,
        about: About,
    ) -> Result<ReportInput, Error> {
        let mut missing = Vec::new();
        let mut reports = Vec::new();
        for target in targets {
            let report = read_target(history, target, from, to)?;
            if report.bins.is_empty() {
                missing.push(format!(
                    "Of {} nothing was measured in this time.",
                    target.name
                ));
            }
            reports.push(report);
        }
        let kept = history.results(from, to, MOST_TESTS)?;
        if kept.len() == MOST_TESTS {
            missing.push(format!("Only the last {MOST_TESTS} speed tests."));
        }
        let tests = kept.iter().map(read_test).collect();
        Ok(ReportInput {
            about,
            from,
            to,
            made: Timestamp::now().as_millisecond(),
            zone: TimeZone::system(),
            targets: reports,
            tests,
            missing,
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
    // Of an hour, it takes its minutes to tell how long it was watched.
    let mut watched = Vec::with_capacity(bins.len());
    for bin in &bins {
        match bin.length > MINUTE && is_thin(bin, every) {
            true => watched.extend(minutes(history, metric, name, bin)?),
            false => watched.push(*bin),
        }
    }
    let rule = Rule { every, least: target.down_after };
    Ok(TargetReport {
        name: name.to_owned(),
        address: public_address(&target.address),
        kind: target.kind,
        every,
        down_after: rule.least,
        measured: measured(&watched, every, to),
        outages: outages(history, metric, name, &bins, rule, to)?,
        bins,
    })
}

/// Steps in which anything was measured, however many they are.
pub(super) fn read_bins(
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
    // Coarsely, where there is anything: a report may be of a thousand years.
    let all = ask(from, to, None)?;
    let (Some(first), Some(last)) = (all.times.first(), all.times.last())
    else {
        return Ok(Vec::new());
    };
    let (mut next, to) = (from.max(*first), to.min(last + all.step));
    let mut bins = Vec::new();
    while next <= to {
        // Each piece ends with an hour, and so with a step.
        let end = next - next.rem_euclid(HOUR) + AT_ONCE * step;
        bins.extend(bins_of(&ask(next, to.min(end - 1), Some(step))?));
        next = end;
    }
    Ok(bins)
}

/// The minutes of a longer step in which anything was measured, as far as
/// minutes are kept.
pub(super) fn minutes(
    history: &History,
    metric: &str,
    target: &str,
    of: &Bin,
) -> Result<Vec<Bin>, Error> {
    let end = of.at + of.length - 1;
    let query = HistoryQuery::new(metric, of.at, end).of(target);
    let step = Some(MINUTE);
    Ok(bins_of(&history.query(&HistoryQuery { step, ..query })?))
}

/// Columns as rows, without those in which nothing was measured.
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

fn read_test(kept: &Kept) -> TestReport {
    let report = &kept.report;
    let number = |key: &str| report.get(key).and_then(Value::as_f64);
    let text =
        |key: &str| report.get(key).and_then(Value::as_str).map(str::to_owned);
    let loaded = |direction: &str| {
        report.get("loaded_latency_ms")?.get(direction)?.as_f64()
    };
    let loaded = [loaded("download"), loaded("upload")].into_iter().flatten();
    TestReport {
        at: kept.at,
        name: kept.name.clone(),
        server: public_address(&text("server").unwrap_or_default()),
        download_bps: number("download_bps"),
        upload_bps: number("upload_bps"),
        idle_latency_ms: number("idle_latency_ms"),
        loaded_latency_ms: loaded.reduce(f64::max),
        grade: text("grade"),
        stable: report.get("stable").and_then(Value::as_bool) != Some(false),
        error: text("error").as_deref().map(public_words),
    }
}
