//! The reader of a report: it finds in the history what the report says.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use history::{Error, History, TestResult};

use crate::excuses::excuse;
use crate::gap::{Coverage, is_thin};
use crate::outage::{Rule, outages};
use crate::span::Span;
use crate::stored_bins::{read_bins, read_minutes};
use crate::{
    About, Bin, DAY, HOUR, MINUTE, Report, Target, TargetReport, TestReport,
    Window, redact,
};

/// A report of up to this long is made of minutes, a longer one of hours.
const MINUTES_UP_TO: i64 = 10 * DAY;
/// The most speed tests in a report.
const MOST_TESTS: usize = 10_000;

impl Report {
    /// Reads what was measured of these targets and of all speed tests in a
    /// period, whose ends are in Unix milliseconds. `windows` are the times of
    /// planned work, of this period or of others as well.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn read(
        history: &History,
        targets: &[Target],
        windows: &[Window],
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
        let mut windows: Vec<Window> = windows
            .iter()
            .filter(|window| window.from < to && window.to > from)
            .cloned()
            .collect();
        windows.sort_by_key(|window| window.from);
        excuse(&mut reports, &windows, Span { from, to });
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
            windows,
            omitted,
        })
    }
}

impl TargetReport {
    /// Reads what was measured of one target in a period, whose ends are in
    /// Unix milliseconds.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn read(
        history: &History,
        target: &Target,
        from: i64,
        to: i64,
    ) -> Result<TargetReport, Error> {
        read_target(history, target, from, to)
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
    let watched = with_exact_ends(history, metric, name, watched)?;
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
        behind: target.behind.clone(),
        ..TargetReport::default()
    })
}

/// The same bins, with single samples instead of the first one and the last one,
/// as far as samples are stored. Outages are known to the millisecond: the time
/// that was watched must be measured with the same ruler, or a target that never
/// answered was available for a part of a minute.
fn with_exact_ends(
    history: &History,
    metric: &str,
    target: &str,
    bins: Vec<Bin>,
) -> Result<Vec<Bin>, Error> {
    let last = bins.len().saturating_sub(1);
    let mut exact = Vec::with_capacity(bins.len());
    for (place, bin) in bins.into_iter().enumerate() {
        let at_an_end = place == 0 || place == last;
        if bin.length > MINUTE || !at_an_end {
            exact.push(bin);
            continue;
        }
        let (from, to) = (bin.at, bin.at + bin.length - 1);
        let samples = history.samples(metric, target, from, to, usize::MAX)?;
        if (samples.len() as u64) < bin.count {
            exact.push(bin);
            continue;
        }
        for sample in samples {
            let failed = sample.value.is_none().into();
            let (at, count) = (sample.at, 1);
            exact.push(Bin { at, count, failed, ..Bin::default() });
        }
    }
    Ok(exact)
}

fn read_test(result: &TestResult) -> TestReport {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use history::{Retention, Sample};

    use super::*;
    use crate::Availability;

    #[test]
    fn a_target_that_never_answered_was_never_available() {
        let data = tempfile::tempdir().expect("a folder");
        let history = History::open(data.path(), &Retention::default());
        let history = history.expect("a history");
        // Two minutes of it, begun in the middle of a minute.
        let begun = 1_000 * HOUR + 50_000;
        let to = begun + 2 * MINUTE;
        let samples: Vec<Sample> = (0..12)
            .map(|probe| begun + probe * 10_000)
            .map(|at| Sample::new(at, "check", "wiki", None))
            .collect();
        history.record(&samples).expect("recorded");
        let target = Target {
            name: "wiki".to_owned(),
            address: "192.0.2.1:80".to_owned(),
            kind: "tcp",
            metric: "check",
            every: Duration::from_secs(10),
            down_after: 3,
            behind: None,
        };
        for days in [1, 30] {
            let from = to - days * DAY;
            let target = read_target(&history, &target, from, to);
            let target = target.expect("a report");
            assert_eq!((target.probes(), target.failed()), (12, 12));
            let found = Availability::of(&target, from, to);
            let measured = found.expect("measured").measured;
            assert_eq!(measured, 0.0, "{days} days: {target:?}");
        }
    }
}
