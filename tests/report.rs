//! What a report finds in a history: outages, gaps and measured time, whether
//! single samples are still stored or not.

use std::path::Path;
use std::time::Duration;

use history::{History, Retention, Sample};
use report::{About, Gap, Outage, Report, Target};
use tempfile::TempDir;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// A Tuesday in 2026, at midnight.
const START: i64 = 1_795_478_400 * SECOND;

fn scratch() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn open(data: &Path) -> History {
    History::open(data, &Retention::default()).expect("opens")
}

fn ping(at: i64, value: impl Into<Option<f64>>) -> Sample {
    Sample::new(at, "ping", "router", value.into())
}

fn lost(at: i64, reason: &str) -> Sample {
    Sample { error: Some(reason.to_owned()), ..ping(at, None) }
}

/// The time of the oldest sample that is still stored.
fn oldest(history: &History) -> i64 {
    let samples = history.samples("ping", "router", 0, i64::MAX, 1);
    samples.expect("samples")[0].at
}

/// A report on a router that is pinged once in `every` seconds, and the
/// outages in it.
fn reported(
    history: &History,
    from: i64,
    to: i64,
    every: u64,
) -> (Report, Vec<Outage>) {
    let router = Target {
        name: "router".to_owned(),
        address: "192.0.2.1".to_owned(),
        kind: "ping",
        metric: "ping",
        every: Duration::from_secs(every),
        down_after: 3,
    };
    let about = About::default();
    let report = Report::read(history, &[router], from, to, about);
    let report = report.expect("a report");
    let outages = report.targets[0].outages.clone();
    (report, outages)
}

#[test]
fn an_outage_is_reported_whether_its_samples_are_kept_or_not() {
    let data = scratch();
    let day = Duration::from_secs(86_400);
    let keep = Retention { raw: day, minute: 90 * day, hour: 90 * day };
    let history = History::open(data.path(), &keep).expect("opens");
    let end = START + 12 * DAY;
    let out = [
        // Of the first no sample is kept, of the second some, of the third all.
        START + 3 * DAY + 10 * SECOND..START + 3 * DAY + 25 * MINUTE,
        end - 27 * HOUR - 10 * SECOND..end - 22 * HOUR + 20 * SECOND,
        end - 5 * HOUR..end - 5 * HOUR + 50 * SECOND,
    ];
    let samples: Vec<Sample> = (0..12 * DAY / (10 * SECOND))
        .map(|number| START + number * 10 * SECOND)
        .map(|at| match out.iter().any(|out| out.contains(&at)) {
            true => lost(at, "no answer within 1 s"),
            false => ping(at, 1.0),
        })
        .collect();
    history.record(&samples).expect("room");
    history.close_hours().expect("room");
    let first = oldest(&history);
    assert!(out[1].contains(&first), "{first}: not in the second outage");

    let (_, found) = reported(&history, START, end, 10);
    let figures = |it: &Outage| (it.from, it.to, it.off_by, it.failed);
    assert_eq!(found.len(), 3, "{found:?}");
    // Known to the minute: the minutes in which every probe was lost.
    let old = START + 3 * DAY;
    assert_eq!(
        figures(&found[0]),
        (old + MINUTE, Some(old + 25 * MINUTE), MINUTE, 24 * 6)
    );
    assert_eq!(
        figures(&found[1]),
        (
            end - 27 * HOUR,
            Some(out[1].end),
            MINUTE,
            (5 * HOUR / (10 * SECOND)) as u64 + 2
        )
    );
    assert_eq!(figures(&found[2]), (out[2].start, Some(out[2].end), 0, 5));
}

#[test]
fn a_computer_that_wakes_for_a_moment_each_hour_was_not_watching() {
    let data = scratch();
    let history = open(data.path());
    let end = START + 20 * DAY;
    // Eight hours a day, and two pings at the start of each other hour.
    let samples: Vec<Sample> = (0..20 * 24 * 60 * 6)
        .map(|number| START + number * 10 * SECOND)
        .filter(|at| {
            (at - START) % DAY < 8 * HOUR || (at - START) % HOUR < 20 * SECOND
        })
        .map(|at| ping(at, 1.0))
        .collect();
    history.record(&samples).expect("room");
    history.close_hours().expect("room");
    let (report, _) = reported(&history, START, end, 10);
    let measured = report.targets[0].measured;
    // Each time awake counts as its minute, and the last one as its two pings.
    let last = MINUTE - 20 * SECOND;
    assert_eq!(measured, 20 * (8 * HOUR + 16 * MINUTE) - last);
    // Sixteen times a day it fell asleep.
    let gaps = report.gaps();
    assert_eq!(gaps.len(), 20 * 16);
    let length: i64 = gaps.iter().map(Gap::length).sum();
    assert_eq!(length, 20 * DAY - measured);
}

#[test]
fn a_report_of_years_and_of_a_long_outage_long_ago_is_made() {
    let data = scratch();
    let history = open(data.path());
    let end = START + 1200 * DAY;
    let out = end - 60 * DAY..end - 40 * DAY;
    let samples: Vec<Sample> = (0..70 * DAY / (5 * MINUTE))
        .map(|number| end - 70 * DAY + number * 5 * MINUTE)
        .map(|at| ping(at, (!out.contains(&at)).then_some(1.0)))
        .collect();
    history.record(&[ping(START, 1.0)]).expect("room");
    history.record(&samples).expect("room");
    history.close_hours().expect("room");
    for days in [65, 3 * 365, 4_000_000_000] {
        let (report, found) = reported(&history, end - days * DAY, end, 300);
        assert_eq!(found.len(), 1, "{found:?}");
        let Outage { from, to, failed, .. } = found[0];
        assert_eq!((from, to), (out.start, Some(out.end)), "{days}");
        assert_eq!(failed, 20 * 24 * 12);
        let probes = report.targets[0].probes();
        assert!(probes >= 65 * 24 * 12, "{probes}");
    }
}
