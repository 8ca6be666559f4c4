//! The history: what is kept, for how long, how it is found again, and what
//! bad days do to it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use database::Error as FileError;
use history::{
    Columns, Error, History, HistoryQuery, Retention, Sample, set_aside,
};
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// A Tuesday in 2026, at midnight, in Unix milliseconds.
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

fn lost(at: i64, error: &str) -> Sample {
    Sample { error: Some(error.to_owned()), ..ping(at, None) }
}

/// One ping a second, whose values are the seconds.
fn seconds(range: std::ops::Range<i64>) -> Vec<Sample> {
    range.map(|second| ping(START + second * SECOND, second as f64)).collect()
}

fn columns(history: &History, from: i64, to: i64, step: i64) -> Columns {
    let mut query = HistoryQuery::new("ping", from, to).of("router");
    query.step = Some(step);
    history.query(&query).expect("an answer")
}

fn all(history: &History) -> Vec<Sample> {
    let most = usize::MAX;
    history.samples("ping", "router", 0, i64::MAX, most).expect("samples")
}

#[test]
fn a_sample_is_found_again_at_once_and_after_a_restart() {
    let data = scratch();
    let samples = [ping(START, 1.5), lost(START + SECOND, "no answer in 1 s")];
    let history = open(data.path());
    history.record(&samples).expect("room");
    for history in [history, open_again(data.path())] {
        assert_eq!(all(&history), samples);
    }
}

/// Opens a history that another [`History`] of this test may have open.
fn open_again(data: &Path) -> History {
    match History::open(data, &Retention::default()) {
        Err(Error::Busy { .. }) => {
            History::open_to_read(data).expect("can be read")
        }
        opened => opened.expect("opens"),
    }
}

#[test]
fn a_question_is_answered_in_the_columns_of_the_page() {
    let data = scratch();
    let history = open(data.path());
    let samples = [ping(START, 3.0), ping(START + 1, None)];
    history.record(&samples).expect("room");
    let answer = columns(&history, START, START + MINUTE, 0);
    let expected = json!({
        "metric": "ping", "target": "router", "unit": "ms",
        "from": START, "to": START + MINUTE, "step": 0,
        "times": [START, START + 1], "count": [1, 1], "failed": [0, 1],
        "minimum": [3.0, null], "p25": [3.0, null], "median": [3.0, null],
        "p75": [3.0, null], "p95": [3.0, null], "maximum": [3.0, null],
    });
    assert_eq!(serde_json::to_value(&answer).expect("plain"), expected);
}

#[test]
fn percentiles_are_exact_for_a_minute_and_an_hour() {
    let data = scratch();
    let history = open(data.path());
    history.record(&seconds(0..3 * 3600)).expect("room");
    history.close_hours().expect("room");
    // The first two hours are closed, the third is not.
    for step in [MINUTE, HOUR] {
        let answer = columns(&history, START, START + 3 * HOUR - 1, step);
        assert_eq!(answer.step, step);
        let count = step / SECOND;
        assert_eq!(answer.times.len() as i64, 3 * 3600 / count);
        for (at, time) in answer.times.iter().enumerate() {
            let first = at as i64 * count;
            assert_eq!(*time, START + first * SECOND);
            assert_eq!(answer.count[at] as i64, count);
            let nth = |share: f64| {
                let rank = (count as f64 * share).ceil() as i64;
                Some((first + rank.max(1) - 1) as f64)
            };
            assert_eq!(answer.minimum[at], nth(0.0));
            assert_eq!(answer.p25[at], nth(0.25));
            assert_eq!(answer.median[at], nth(0.5));
            assert_eq!(answer.p75[at], nth(0.75));
            assert_eq!(answer.p95[at], nth(0.95));
            assert_eq!(answer.maximum[at], nth(1.0));
        }
    }
}

#[test]
fn percentiles_of_several_hours_are_within_one_per_cent() {
    let data = scratch();
    let history = open(data.path());
    let mut random = fastrand::Rng::with_seed(4);
    let mut values = Vec::new();
    let samples: Vec<Sample> = (0..24 * 60)
        .map(|minute| {
            let value = 10.0 + 30.0 * random.f64() * random.f64();
            values.push(value);
            ping(START + minute * MINUTE, value)
        })
        .collect();
    history.record(&samples).expect("room");
    history.close_hours().expect("room");
    let answer = columns(&history, START, START + DAY - 1, DAY);
    values.sort_by(f64::total_cmp);
    assert_eq!(answer.count, [24 * 60]);
    let near = |found: &[Option<f64>], share: f64| {
        let is = values[(values.len() as f64 * share).ceil() as usize - 1];
        let found = found[0].expect("a value");
        assert!((found / is - 1.0).abs() < 0.0101, "{share}: {found}, {is}");
    };
    near(&answer.p25, 0.25);
    near(&answer.median, 0.5);
    near(&answer.p75, 0.75);
    near(&answer.p95, 0.95);
    let six = |value: f64| Some((value * 1e6).round() / 1e6);
    assert_eq!(answer.minimum, [six(values[0])]);
    assert_eq!(answer.maximum, [six(*values.last().expect("some"))]);
}

#[test]
fn a_gap_is_seen_and_what_was_lost_is_counted() {
    let data = scratch();
    let history = open(data.path());
    let mut samples = seconds(0..60);
    samples[30].value = None;
    samples.extend(seconds(180..240));
    history.record(&samples).expect("room");
    let answer = columns(&history, START - DAY, START + DAY, MINUTE);
    let times: Vec<i64> =
        answer.times.iter().map(|time| (time - START) / MINUTE).collect();
    assert_eq!(times, [0, 1, 2, 3]);
    assert_eq!(answer.count, [60, 0, 0, 60]);
    assert_eq!(answer.failed, [1, 0, 0, 0]);
    assert_eq!(answer.median[1], None);
}

#[test]
fn a_chart_without_a_step_has_a_useful_number_of_points() {
    let data = scratch();
    let history = open(data.path());
    history.record(&seconds(0..2 * 3600)).expect("room");
    for (length, step) in [
        (10 * MINUTE, 0),
        (HOUR, 5 * SECOND),
        (2 * HOUR, 5 * SECOND),
        (DAY, MINUTE),
        (7 * DAY, 10 * MINUTE),
        (30 * DAY, HOUR),
        (365 * DAY, 6 * HOUR),
    ] {
        let query = HistoryQuery::new("ping", START, START + length - 1);
        let answer = history.query(&query).expect("an answer");
        assert_eq!(answer.step, step, "{length}");
        assert!(answer.times.len() <= 1501);
    }
}

#[test]
fn a_question_without_an_answer_is_refused_with_a_reason() {
    let data = scratch();
    let history = open(data.path());
    let other = Sample::new(START, "ping", "server", Some(1.0));
    history.record(&[ping(START, 1.0), other]).expect("room");
    history.record(&[ping(START + 365 * DAY, 1.0)]).expect("room");
    let refused = |query: HistoryQuery| match history.query(&query) {
        Err(Error::Query(reason)) => reason,
        other => panic!("{other:?}"),
    };
    let query = HistoryQuery::new("ping", 0, i64::MAX);
    assert!(refused(query.clone()).contains("router, server"));
    let said = refused(HistoryQuery::new("pong", 0, 1));
    assert!(said.contains("`pong`") && said.contains("ping"), "{said}");
    let mut query = query.of("router");
    query.step = Some(SECOND);
    assert!(refused(query.clone()).contains("larger `step`"));
    query.step = Some(-1);
    assert!(refused(query.clone()).contains("`step`"));
    // These questions have an answer, which is empty.
    for (from, to) in [(i64::MIN, 0), (5, 3), (i64::MAX, i64::MAX)] {
        let query = HistoryQuery::new("ping", from, to).of("router");
        assert_eq!(history.query(&query).expect("empty").times, [0; 0]);
    }
    let query = HistoryQuery::new("ping", 0, START).of("nobody");
    assert_eq!(history.query(&query).expect("empty").times, [0; 0]);
    for step in [0, 1, 59_999] {
        assert_eq!(columns(&history, START, START, step).count, [1], "{step}");
    }
    assert_eq!(columns(&history, START, START, i64::MAX).count, [2]);
}

#[test]
fn samples_of_one_millisecond_are_all_kept() {
    let data = scratch();
    let history = open(data.path());
    let same: Vec<Sample> =
        (0..1000).map(|value| ping(START, f64::from(value))).collect();
    history.record(&same).expect("room");
    history.record(&[ping(START, 1000.0)]).expect("room");
    let found = all(&history);
    let times: Vec<i64> = found.iter().map(|sample| sample.at).collect();
    let expected: Vec<i64> = (START..=START + 1000).collect();
    assert_eq!(times, expected);
    assert!(found.iter().zip(0..).all(|(is, at)| is.value == Some(at.into())));
}

#[test]
fn a_sample_that_comes_late_is_counted_in_its_hour() {
    let data = scratch();
    let history = open(data.path());
    history.record(&seconds(0..2 * 3600)).expect("room");
    history.close_hours().expect("room");
    let late = [ping(START + 500, -1.0), ping(START + SECOND, 9e6)];
    history.record(&late).expect("room");
    for closed_again in [false, true] {
        if closed_again {
            history.close_hours().expect("room");
        }
        let hour = columns(&history, START, START + HOUR - 1, HOUR);
        assert_eq!(hour.count, [3602]);
        assert_eq!(hour.maximum, [Some(9e6)]);
        let minute = columns(&history, START, START + HOUR - 1, MINUTE);
        assert_eq!(minute.count[..2], [62, 60]);
        assert_eq!(all(&history).len(), 7202);
        let times: Vec<i64> =
            all(&history)[..4].iter().map(|sample| sample.at - START).collect();
        match closed_again {
            false => assert_eq!(times, [0, 500, 1000, 1000]),
            true => assert_eq!(times, [0, 500, 1000, 1001]),
        }
    }
}

#[test]
fn a_clock_in_the_wrong_year_deletes_nothing() {
    let data = scratch();
    let keep = Retention {
        raw: Duration::from_secs(86_400),
        minute: Duration::from_secs(86_400),
        hour: Duration::from_secs(86_400),
    };
    let history = History::open(data.path(), &keep).expect("opens");
    let year = 365 * DAY;
    history.record(&seconds(0..3600)).expect("room");
    // For two hours the clock is ten years ahead, then it is in 1970.
    let shifted = |by: i64| -> Vec<Sample> {
        let mut samples = seconds(0..2 * 3600);
        samples.iter_mut().for_each(|sample| sample.at += by);
        samples
    };
    history.record(&shifted(10 * year)).expect("room");
    history.record(&shifted(-START)).expect("room");
    let mut samples = seconds(3600..2 * 3600);
    history.record(&samples).expect("room");
    history.close_hours().expect("room");
    samples.splice(0..0, seconds(0..3600));
    let now = |history: &History| {
        let (from, to) = (START, START + DAY);
        history.samples("ping", "router", from, to, 100_000).expect("samples")
    };
    assert_eq!(now(&history), samples);
    assert_eq!(all(&history).len(), 6 * 3600);

    // After a day of samples all older ones are gone, also those of 2036.
    let later: Vec<Sample> =
        (0..26 * 60).map(|at| ping(START + DAY + at * MINUTE, 1.0)).collect();
    history.record(&later).expect("room");
    history.close_hours().expect("room");
    assert_eq!(now(&history), []);
    let kept = all(&history);
    assert_eq!(kept, later[later.len() - kept.len()..]);
    let hours = kept.len() as i64 * MINUTE / HOUR;
    assert_eq!(hours, 24 + 1, "and the one that is open");
}

#[test]
fn what_is_older_than_the_retention_is_answered_more_coarsely() {
    let data = scratch();
    let day = Duration::from_secs(86_400);
    let keep = Retention { raw: day, minute: 2 * day, hour: 365 * day };
    let history = History::open(data.path(), &keep).expect("opens");
    let minutes = 4 * DAY / MINUTE;
    for minute in 0..minutes {
        let at = START + minute * MINUTE;
        history.record(&[ping(at, minute as f64)]).expect("room");
    }
    history.close_hours().expect("room");
    let end = START + 4 * DAY - 1;
    for (from, step) in
        [(end - HOUR, 0), (end - 36 * HOUR, MINUTE), (START, HOUR)]
    {
        let answer = columns(&history, from, end, 0);
        assert_eq!(answer.step, step);
        let count: u64 = answer.count.iter().sum();
        assert!(count >= ((end - from) / MINUTE) as u64, "{count}");
        assert_eq!(answer.maximum.last(), Some(&Some(minutes as f64 - 1.0)));
    }
    // Every sample that there ever was is still counted.
    let answer = columns(&history, START, end, 4 * DAY);
    assert_eq!(answer.count.iter().sum::<u64>(), minutes as u64);

    // A sample of an hour whose samples are deleted still counts.
    let before = columns(&history, START, START + HOUR - 1, HOUR);
    history.record(&[ping(START + 5, 1e6)]).expect("room");
    history.record(&[ping(end + 1, 1.0)]).expect("room");
    history.close_hours().expect("room");
    let after = columns(&history, START, START + HOUR - 1, HOUR);
    assert_eq!(after.count[0], before.count[0] + 1);
    assert_eq!(after.maximum, [Some(1e6)]);
    assert_eq!(after.minimum, before.minimum);

    // A shorter retention deletes what is there already.
    let short = Retention { raw: day / 24, minute: day / 24, hour: day };
    history.set_retention(&short).expect("room");
    let answer = columns(&history, START, end, 0);
    assert!(answer.times[0] > START);
}

#[test]
fn results_notes_and_texts_are_kept_whole() {
    let data = scratch();
    let history = open(data.path());
    let report = json!({ "download_bps": 94_300_000.0, "stable": true });
    let sample = Sample::new(START, "download", "home", Some(94_300_000.0));
    for at in [START, START + HOUR] {
        let samples = [Sample { at, ..sample.clone() }];
        history.record_result(at, "home", &report, &samples).expect("room");
    }
    history.note(START, "the monitor has started").expect("room");
    history.set_state("alerts", "{}").expect("room");
    history.set_state("alerts", "{\"a\": 1}").expect("room");
    drop(history);
    let history = open(data.path());
    let results = history.results(0, i64::MAX, 1).expect("reads");
    assert_eq!(results.len(), 1);
    assert_eq!(results[0].at, START + HOUR);
    let latest = history.latest_result("home").expect("reads").expect("one");
    assert_eq!((&*latest.name, &latest.report), ("home", &report));
    assert_eq!(history.latest_result("work").expect("reads"), None);
    let notes = history.notes(START, START, 10).expect("reads");
    assert_eq!(notes[0].words, "the monitor has started");
    let kept = history.state("alerts").expect("reads");
    assert_eq!(kept.as_deref(), Some("{\"a\": 1}"));
    assert_eq!(history.state("other").expect("reads"), None);
    let download = HistoryQuery::new("download", START, START + HOUR);
    let answer = history.query(&download).expect("an answer");
    assert_eq!((answer.unit.as_str(), answer.step), ("bit/s", 0));
    assert_eq!(answer.median, [Some(94_300_000.0); 2]);
}

#[test]
fn a_value_that_is_not_a_number_is_a_failure() {
    let data = scratch();
    let history = open(data.path());
    let values = [f64::NAN, f64::INFINITY, -0.0, 1e300, 0.123_456_789_1];
    let samples: Vec<Sample> =
        (START..).zip(values).map(|(at, value)| ping(at, value)).collect();
    history.record(&samples).expect("room");
    history.record(&[ping(START + 2 * HOUR, 1.0)]).expect("room");
    history.close_hours().expect("room");
    let found = all(&history);
    let values: Vec<Option<f64>> =
        found.iter().map(|sample| sample.value).collect();
    let expected = [None, None, Some(0.0), Some(1e300), Some(0.123_457)];
    assert_eq!(values[..5], expected);
    let error = found[0].error.as_deref();
    assert_eq!(error, Some("the value was not a number"));
}

#[test]
fn two_monitors_cannot_write_one_history() {
    let data = scratch();
    let first = open(data.path());
    first.record(&[ping(START, 1.0)]).expect("room");
    let second = History::open(data.path(), &Retention::default());
    let said = second.err().expect("refused").to_string();
    let folder = data.path().display().to_string();
    let process = format!("process {}", std::process::id());
    assert!(said.contains(&folder) && said.contains(&process), "{said}");

    // But another program may read it.
    let reader = History::open_to_read(data.path()).expect("reads");
    assert_eq!(all(&reader).len(), 1);
    // The reader sees the moment at which it was opened.
    first.record(&seconds(3600..7200)).expect("room");
    first.record(&[ping(START + 3 * HOUR, 1.0)]).expect("room");
    first.close_hours().expect("room");
    assert_eq!(all(&reader).len(), 1);
    let refused = reader.record(&[ping(START, 1.0)]);
    assert!(matches!(refused, Err(Error::OpenedToRead(_))), "{refused:?}");
    assert!(matches!(set_aside(data.path()), Err(Error::Busy { .. })));
    drop(first);
    open(data.path());
    let nothing = scratch();
    let missing = History::open_to_read(nothing.path());
    assert!(matches!(missing, Err(Error::Database(FileError::Missing { .. }))));
}

#[test]
fn a_damaged_file_is_reported_and_set_aside_only_when_asked() {
    let data = scratch();
    let history = open(data.path());
    history.record(&seconds(0..3600)).expect("room");
    let file = history.path().to_owned();
    drop(history);
    let bytes = fs::read(&file).expect("the file");
    let mut bad = bytes.clone();
    bad[..100].fill(b'?');
    fs::write(&file, &bad).expect("room");

    let refused = History::open(data.path(), &Retention::default());
    let error = refused.err().expect("refused");
    assert!(
        matches!(error, Error::Database(FileError::Damaged { .. })),
        "{error}"
    );
    assert!(error.to_string().contains("set-aside"), "{error}");
    assert_eq!(fs::read(&file).expect("still there"), bad);

    let aside = set_aside(data.path()).expect("renamed");
    assert_eq!(fs::read(&aside).expect("there"), bad);
    assert!(all(&open(data.path())).is_empty());
    assert_ne!(set_aside(data.path()).expect("renamed"), aside);
    assert!(matches!(
        set_aside(data.path()),
        Err(Error::Database(FileError::Missing { .. }))
    ));
}

#[cfg(unix)]
#[test]
fn a_history_that_is_removed_while_it_is_open_keeps_nothing_more() {
    let data = scratch();
    let history = open(data.path());
    history.record(&[ping(START, 1.0)]).expect("room");
    fs::remove_file(history.path()).expect("removed");
    let error = history.record(&[ping(START + SECOND, 1.0)]);
    let error = error.expect_err("it would be lost").to_string();
    assert!(error.contains("removed"), "{error}");
    assert!(error.contains("set-aside"), "{error}");
}

/// One value that no monitor writes, in each place that can hold one.
#[test]
fn a_value_that_cannot_be_is_damage_with_its_way_out() {
    for bad in [
        "UPDATE recent SET words = -7",
        "UPDATE recent SET at = 9223372036854775807",
        "UPDATE measured SET hour = -7",
        "UPDATE series SET id = -7",
        "UPDATE note SET at = -7",
        "UPDATE result SET at = -7",
        "UPDATE note SET words = CAST(x'ff' AS TEXT)",
        "UPDATE series SET target = CAST(x'ff' AS TEXT)",
    ] {
        let data = scratch();
        let history = open(data.path());
        history.record(&seconds(0..3600)).expect("room");
        history.record(&seconds(3600..3700)).expect("room");
        history.note(START, "restarted").expect("room");
        let report = json!({ "stable": true });
        history.record_result(START, "home", &report, &[]).expect("room");
        history.close_hours().expect("room");
        let file = history.path().to_owned();
        drop(history);
        let sql = Connection::open(&file).expect("opens");
        sql.execute_batch(bad).expect("room");
        drop(sql);
        // Whatever is asked: an answer, or the words of damage.
        let answers = || -> Result<(), Error> {
            let history = History::open(data.path(), &Retention::default())?;
            history.close_hours()?;
            history.notes(i64::MIN, i64::MAX, 9)?;
            history.results(i64::MIN, i64::MAX, 9)?;
            history.samples("ping", "router", 0, i64::MAX, 9).map(drop)
        };
        if let Err(error) = answers() {
            let said = error.to_string();
            assert!(said.contains("set-aside"), "{bad}: {said}");
            assert!(said.contains("history.db"), "{bad}: {said}");
        }
    }
}

/// How many samples belong to hours that are not closed.
fn waiting(history: &History) -> i64 {
    let sql = Connection::open(history.path()).expect("opens");
    let count = "SELECT count(*) FROM recent";
    sql.query_row(count, [], |row| row.get(0)).expect("a number")
}

fn damage(history: &History, table: &str, column: &str, start: i64) {
    let sql = Connection::open(history.path()).expect("opens");
    let bad = format!("UPDATE {table} SET {column} = x'00' WHERE start = ?1");
    assert_eq!(sql.execute(&bad, [start]).expect("room"), 1);
}

#[test]
fn an_hour_that_cannot_be_closed_is_reported_and_keeps_no_other_hour_open() {
    let data = scratch();
    let history = open(data.path());
    history.record(&seconds(0..2 * 3600)).expect("room");
    history.close_hours().expect("room");
    damage(&history, "blocks", "samples", START);
    // A late sample: its hour has to be unpacked.
    history.record(&[ping(START + 1, 1.0)]).expect("room");
    let hours = 8;
    history.record(&seconds(2 * 3600..hours * 3600)).expect("room");
    // An hour is closed after each change.
    for _ in 0..=hours {
        history.note(START, "nothing").expect("room");
    }
    assert_eq!(
        waiting(&history),
        1 + 3600,
        "the late sample and the last hour"
    );
    let reported = history.housekeeping();
    assert!(
        matches!(reported, Err(Error::Database(FileError::Damaged { .. }))),
        "{reported:?}"
    );
    let reported = history.close_hours();
    assert!(
        matches!(reported, Err(Error::Database(FileError::Damaged { .. }))),
        "{reported:?}"
    );

    let sql = Connection::open(history.path()).expect("opens");
    let gone = sql.execute("DELETE FROM blocks WHERE start = ?1", [START]);
    assert_eq!(gone.expect("room"), 1);
    history.close_hours().expect("nothing is damaged any more");
    history.housekeeping().expect("nothing is damaged any more");
}

#[test]
fn what_cannot_be_deleted_is_reported_and_keeps_no_hour_open() {
    let data = scratch();
    let hour = Duration::from_secs(3600);
    let keep = Retention { raw: hour, minute: hour, hour };
    let history = History::open(data.path(), &keep).expect("opens");
    history.record(&[ping(START, 1.0)]).expect("room");
    history.record(&[ping(START + DAY, 1.0)]).expect("room");
    history.close_hours().expect("room");
    damage(&history, "hours", "summaries", START);
    let day: Vec<Sample> =
        (1..5).map(|at| ping(START + DAY + at * HOUR, 1.0)).collect();
    history.record(&day).expect("room");
    let reported = history.close_hours();
    assert!(
        matches!(reported, Err(Error::Database(FileError::Damaged { .. }))),
        "{reported:?}"
    );
    assert_eq!(history.housekeeping(), reported);
    assert_eq!(waiting(&history), 1);
}

#[test]
fn error_texts_are_forgotten_with_their_samples() {
    let data = scratch();
    let hour = Duration::from_secs(3600);
    let keep = Retention { raw: hour, minute: hour, hour };
    let history = History::open(data.path(), &keep).expect("opens");
    let different: Vec<Sample> = (0..11_000)
        .map(|at| lost(START + at, &format!("{at} bytes are missing")))
        .collect();
    history.record(&different).expect("room");
    let error = |at| {
        let found = history.samples("ping", "router", at, at, 1);
        found.expect("samples")[0].error.clone().expect("words")
    };
    let usual = "9999 bytes are missing";
    assert_eq!(error(START + 9_999), usual);
    assert!(error(START + 10_999).contains("too many"));
    // A week later, the samples with all these texts have been deleted.
    let later: Vec<Sample> = (1..7 * 24)
        .map(|at| lost(START + at * HOUR, usual))
        .chain([lost(START + 7 * DAY, usual)])
        .collect();
    history.record(&later).expect("room");
    history.close_hours().expect("room");
    let end = START + 7 * DAY;
    history.record(&[lost(end + 1, "a new one")]).expect("room");
    assert_eq!(error(end - HOUR), usual);
    assert_eq!(error(end), usual);
    assert_eq!(error(end + 1), "a new one");
}

#[test]
fn damage_in_the_middle_of_the_file_is_reported() {
    let data = scratch();
    let history = open(data.path());
    history.record(&seconds(0..5 * 3600)).expect("room");
    history.close_hours().expect("room");
    let file = history.path().to_owned();
    drop(history);
    let mut bytes = fs::read(&file).expect("the file");
    // All but the first 20 pages, which describe the tables.
    bytes[20 * 4096..].fill(0x55);
    fs::write(&file, &bytes).expect("room");
    let reported =
        History::open(data.path(), &Retention::default()).and_then(|history| {
            history.samples("ping", "router", 0, i64::MAX, 1_000_000)
        });
    assert!(
        matches!(reported, Err(Error::Database(FileError::Damaged { .. }))),
        "{reported:?}"
    );
}

#[test]
fn a_file_of_another_program_or_of_a_newer_version_is_left_alone() {
    let data = scratch();
    let file = open(data.path()).path().to_owned();
    let sql = Connection::open(&file).expect("opens");
    sql.pragma_update(None, "user_version", 99).expect("writes");
    drop(sql);
    let refused = History::open(data.path(), &Retention::default());
    let said = refused.err().expect("refused").to_string();
    assert!(said.contains("99") && said.contains("newer"), "{said}");

    fs::remove_file(&file).expect("removed");
    let sql = Connection::open(&file).expect("opens");
    sql.execute_batch("CREATE TABLE cake (flour)").expect("writes");
    drop(sql);
    let refused = History::open(data.path(), &Retention::default());
    let error = refused.err().expect("refused");
    assert!(
        matches!(error, Error::Database(FileError::NotOurs { .. })),
        "{error}"
    );
}

/// The file is as a monitor left it that was killed.
#[test]
fn a_file_of_the_first_layout_is_opened_and_continued() {
    let data = scratch();
    let sql = Connection::open(data.path().join("history.db")).expect("opens");
    let file = include_str!("history/version-1.sql");
    sql.execute_batch(file).expect("is a history");
    drop(sql);

    let mut samples = vec![
        ping(START, 1.5),
        ping(START + SECOND, 1.75),
        lost(START + 2 * SECOND, "no answer within 1 s"),
        ping(START + HOUR, 2.5),
    ];
    let reader = History::open_to_read(data.path()).expect("can be read");
    assert_eq!(all(&reader), samples);
    drop(reader);

    let history = open(data.path());
    let late = ping(START + 3 * SECOND, 1.0);
    history.record(std::slice::from_ref(&late)).expect("room");
    history.record(&[ping(START + 3 * HOUR, 3.5)]).expect("room");
    history.close_hours().expect("room");
    samples.insert(3, late);
    samples.push(ping(START + 3 * HOUR, 3.5));
    assert_eq!(all(&history), samples);
    let answer = columns(&history, START, START + 2 * HOUR - 1, HOUR);
    assert_eq!((answer.count, answer.failed), (vec![4, 1], vec![1, 0]));
    assert_eq!(answer.p95, [Some(1.75), Some(2.5)]);
    let state = history.state("alerts").expect("reads");
    assert_eq!(state.as_deref(), Some("{}"));
    assert_eq!(history.notes(0, START, 1).expect("reads")[0].words, "started");
    let latest = history.latest_result("home").expect("reads").expect("one");
    assert_eq!(latest.report, json!({ "stable": true }));
    // From now on, older programs leave it alone.
    let version = |sql: &Connection| -> i64 {
        let version =
            sql.pragma_query_value(None, "user_version", |row| row.get(0));
        version.expect("a number")
    };
    let sql = Connection::open(history.path()).expect("opens");
    assert_eq!(version(&sql), 2);
}

#[test]
fn percentiles_of_minutes_without_samples_are_within_one_per_cent() {
    let data = scratch();
    let hour = Duration::from_secs(3600);
    let keep = Retention { raw: hour, minute: 100 * hour, hour: 100 * hour };
    let history = History::open(data.path(), &keep).expect("opens");
    history.record(&seconds(0..5 * 3600)).expect("room");
    history.close_hours().expect("room");
    let found = columns(&history, START, START + HOUR - 1, MINUTE);
    assert_eq!(found.count, [60; 60]);
    for minute in 0..60 {
        let first = minute as i64 * 60;
        let near = |figure: Option<f64>, rank: i64| {
            let (is, found) = ((first + rank) as f64, figure.expect("some"));
            assert!((found - is).abs() <= 0.0101 * is, "{is}: {found}");
        };
        assert_eq!(found.minimum[minute], Some(first as f64));
        assert_eq!(found.maximum[minute], Some((first + 59) as f64));
        near(found.p25[minute], 14);
        near(found.median[minute], 29);
        near(found.p75[minute], 44);
        near(found.p95[minute], 56);
    }
}

#[test]
fn a_minute_with_one_or_two_samples_has_exact_percentiles() {
    let data = scratch();
    let hour = Duration::from_secs(3600);
    let keep = Retention { raw: hour, minute: 100 * hour, hour: 100 * hour };
    let history = History::open(data.path(), &keep).expect("opens");
    let samples: Vec<Sample> = (0..10 * 60)
        .map(|half| ping(START + half * MINUTE / 2, 1.0 + half as f64 / 7.0))
        .collect();
    history.record(&samples).expect("room");
    history.close_hours().expect("room");
    let found = columns(&history, START, START + HOUR - 1, MINUTE);
    assert_eq!(found.median, found.minimum);
    assert_eq!(found.p25, found.minimum);
    assert_eq!(found.p75, found.maximum);
    assert_eq!(found.p95, found.maximum);
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let nowhere = Path::new("/proc/no such folder");
    for opened in [
        History::open(nowhere, &Retention::default()),
        History::open_to_read(nowhere),
    ] {
        let said = opened.err().expect("refused").to_string();
        assert!(said.contains("no such folder"), "{said}");
    }
}

#[test]
fn many_threads_write_and_read_at_once() {
    let data = scratch();
    let history = open(data.path());
    let threads = 8;
    let samples = 500;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let history = &history;
            scope.spawn(move || {
                let target = format!("host {thread}");
                for at in 0..samples {
                    // Many hours long, so that hours are closed meanwhile.
                    let at = START + at * 10 * MINUTE;
                    let sample = Sample::new(at, "ping", &target, Some(1.0));
                    history.record(&[sample]).expect("room");
                    let found = history
                        .samples("ping", &target, START, at, usize::MAX)
                        .expect("samples");
                    let wanted = (at - START) / (10 * MINUTE) + 1;
                    assert_eq!(found.len() as i64, wanted);
                }
            });
        }
    });
}

/// Runs one test of this file again, alone, on a disk of its own.
fn on_a_small_disk(test: &str, size: &str) -> bool {
    if std::env::var_os("SMALL_DISK").is_some() {
        return true;
    }
    let data = scratch();
    let unshare = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount"]).args(arguments);
        command
    };
    let can = unshare(&["true"]).output();
    if !cfg!(target_os = "linux") || !can.is_ok_and(|out| out.status.success())
    {
        println!("skipped: this system makes no mount namespaces for us");
        return false;
    }
    let mount = format!(
        "mount -t tmpfs -o size={size} tmpfs \"$1\" && \
         exec \"$0\" --exact {test} --nocapture"
    );
    let output = unshare(&["sh", "-c", &mount])
        .arg(std::env::current_exe().expect("this program"))
        .arg(data.path())
        .env("SMALL_DISK", data.path())
        .output()
        .expect("runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    assert!(said.contains("1 passed"), "{said}{errors}");
    false
}

#[test]
fn a_full_disk_is_reported_and_forgotten_when_there_is_room() {
    if !on_a_small_disk(
        "a_full_disk_is_reported_and_forgotten_when_there_is_room",
        "4m",
    ) {
        return;
    }
    let disk = std::env::var_os("SMALL_DISK").expect("a disk");
    let disk = Path::new(&disk);
    let history = open(disk);
    let mut kept = seconds(0..3600);
    history.record(&kept).expect("room for these");
    let ballast = disk.join("ballast");
    let _ = fs::write(&ballast, vec![0; 4 << 20]);

    // More than the room that the log has left.
    let mut next = 3600;
    let error = loop {
        let more = seconds(next..next + 600);
        match history.record(&more) {
            Ok(()) => kept.extend(more),
            Err(error) => break error,
        }
        next += 600;
        assert!(next < 1_000_000, "the disk is never full");
    };
    assert!(matches!(error, Error::Full { .. }), "{error:?}");
    assert!(error.to_string().contains("room"), "{error}");
    // All or nothing, also in memory, and all of it can be read.
    assert_eq!(all(&history), kept);
    let hour = columns(&history, START, START + HOUR - 1, HOUR);
    assert_eq!(hour.count, [3600]);

    fs::remove_file(&ballast).expect("removed");
    let more = seconds(next..next + 600);
    history.record(&more).expect("there is room again");
    kept.extend(more);
    history.close_hours().expect("hours can be closed again");
    assert_eq!(all(&history), kept);
    drop(history);
    assert_eq!(all(&open(disk)), kept);
}

#[test]
fn a_history_opens_on_a_full_disk_and_goes_on_when_there_is_room() {
    if !on_a_small_disk(
        "a_history_opens_on_a_full_disk_and_goes_on_when_there_is_room",
        "4m",
    ) {
        return;
    }
    let disk = std::env::var_os("SMALL_DISK").expect("a disk");
    let disk = Path::new(&disk);
    let mut kept = seconds(0..3600);
    open(disk).record(&kept).expect("room for these");
    let ballast = disk.join("ballast");
    let _ = fs::write(&ballast, vec![0; 4 << 20]);

    let history = open(disk);
    history.set_retention(&Retention::default()).expect("needs no room");
    assert_eq!(all(&history), kept);
    let more = seconds(3600..7200);
    let refused = history.record(&more);
    assert!(matches!(refused, Err(Error::Full { .. })), "{refused:?}");
    assert_eq!(all(&history), kept);

    fs::remove_file(&ballast).expect("removed");
    history.record(&more).expect("there is room again");
    kept.extend(more);
    assert_eq!(all(&history), kept);
    drop(history);
    assert_eq!(all(&open(disk)), kept);
}

#[test]
fn a_read_only_disk_is_reported_and_can_be_read() {
    if !on_a_small_disk("a_read_only_disk_is_reported_and_can_be_read", "4m") {
        return;
    }
    let disk = std::env::var_os("SMALL_DISK").expect("a disk");
    let disk = Path::new(&disk);
    let samples = seconds(0..10);
    open(disk).record(&samples).expect("room");
    let remounted = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(disk)
        .status()
        .expect("mount");
    assert!(remounted.success());
    let refused = History::open(disk, &Retention::default());
    let error = refused.err().expect("refused");
    assert!(matches!(error, Error::Unusable { .. }), "{error}");
    assert!(error.to_string().contains("Read-only"), "{error}");
    let reader = History::open_to_read(disk).expect("can be read");
    assert_eq!(all(&reader), samples);
}

/// One of each metric that a speed test has.
const SPEED: [(&str, f64); 8] = [
    ("download", 94e6),
    ("upload", 38e6),
    ("idle_latency", 12.0),
    ("loaded_latency_download", 60.0),
    ("loaded_latency_upload", 180.0),
    ("jitter", 1.5),
    ("rpm", 900.0),
    ("loss", 0.002),
];

/// How quick the charts are is measured by `cargo bench --bench history`.
#[test]
fn a_week_of_pings_is_small_and_every_chart_of_it_is_complete() {
    let data = scratch();
    let history = open(data.path());
    let mut week = Week::new(20);
    let mut most = 0;
    for minute in 0..7 * DAY / MINUTE {
        history.record(&week.minute(minute)).expect("room");
        if minute % 30 == 0 {
            let samples = week.speed_test(START + minute * MINUTE);
            let (at, report) = (samples[0].at, json!({ "stable": true }));
            history.record_result(at, "home", &report, &samples).expect("room");
        }
        if minute % 60 == 0 {
            most = most.max(size_of(data.path()));
        }
    }
    history.close_hours().expect("room");
    let size = size_of(data.path());
    most = most.max(size);
    println!(
        "{:.1} million pings of 20 hosts: {:.1} MB, at most {:.1} MB, {:.1} \
         bytes a ping",
        week.count as f64 / 1e6,
        size as f64 / 1e6,
        most as f64 / 1e6,
        size as f64 / week.count as f64,
    );
    assert_eq!(week.count, 20 * 7 * 24 * 3600);
    assert!(most < 200_000_000, "{most} bytes");
    // With one row for each minute of sixty pings, it took 75.
    let minute = bytes_of_a_minute(&history);
    println!("a minute of a host takes {minute:.1} bytes in the file");
    assert!(minute < 25.0, "{minute} bytes");

    // Nothing is missing, and nothing is there twice.
    let end = START + 7 * DAY;
    let mut query = HistoryQuery::new("ping", START, end - 1);
    for host in &week.hosts {
        query.target = Some(host.clone());
        for step in [10 * MINUTE, DAY] {
            query.step = Some(step);
            let answer = history.query(&query).expect("an answer");
            let count: u64 = answer.count.iter().sum();
            assert_eq!(count, 7 * 24 * 3600, "{host}");
        }
    }

    let metrics = SPEED.map(|(metric, _)| (metric, "home"));
    let pings = week.hosts.iter().map(|host| ("ping", host.as_str()));
    for (metric, target) in metrics.into_iter().chain(pings.take(3)) {
        for (range, length) in RANGES {
            // Up to the end of the week, up to its middle, and in minutes.
            for (to, step) in [
                (end, None),
                (START + 4 * DAY + 17 * MINUTE, None),
                (end, Some(MINUTE)),
            ] {
                let mut query =
                    HistoryQuery::new(metric, to - length, to).of(target);
                query.step = step;
                let answer = history.query(&query).expect("an answer");
                let count: u64 = answer.count.iter().sum();
                assert!(count > 0, "{metric}, {range}: nothing");
                if step.is_none() {
                    assert!(answer.times.len() <= 1501, "{metric}, {range}");
                }
            }
        }
    }
}

/// What the summary of a minute takes, of all pages of its table and of the
/// index that finds its rows.
fn bytes_of_a_minute(history: &History) -> f64 {
    let sql = Connection::open(history.path()).expect("opens");
    let number = |question: &str| -> i64 {
        sql.query_row(question, [], |row| row.get(0)).expect("a number")
    };
    let bytes = number(
        "SELECT sum(pgsize) FROM dbstat
         WHERE name IN ('minutes', 'sqlite_autoindex_minutes_1')",
    );
    bytes as f64 / (60 * number("SELECT count(*) FROM minutes")) as f64
}

const RANGES: [(&str, i64); 5] = [
    ("an hour", HOUR),
    ("a day", DAY),
    ("a week", 7 * DAY),
    ("a month", 31 * DAY),
    ("a year", 365 * DAY),
];

/// A week of pings: some milliseconds with a long tail, 1 in 200 lost, and a
/// host that is off for a day.
struct Week {
    hosts: Vec<String>,
    random: fastrand::Rng,
    count: u64,
}

impl Week {
    fn new(hosts: usize) -> Week {
        let hosts = (1..=hosts).map(|host| format!("host-{host}")).collect();
        Week { hosts, random: fastrand::Rng::with_seed(6), count: 0 }
    }

    fn minute(&mut self, minute: i64) -> Vec<Sample> {
        let mut samples = Vec::with_capacity(60 * self.hosts.len());
        for second in 0..60 {
            let at = START + minute * MINUTE + second * SECOND;
            for (host, name) in self.hosts.iter().enumerate() {
                let is_off = host == 19 && minute / 1440 == 3;
                let random = &mut self.random;
                let answers = !is_off && random.u32(..1000) >= 5;
                // Round trips are measured in nanoseconds.
                let tail = -random.f64().ln();
                let trip = 0.4 + 3.0 * host as f64 + 1.5 * tail;
                let delay = host as i64 * 13 + random.i64(0..3);
                let mut sample = Sample::new(
                    at + delay,
                    "ping",
                    name,
                    answers.then_some(trip),
                );
                if !answers {
                    sample.error = Some("no answer within 1 s".to_owned());
                }
                samples.push(sample);
            }
        }
        self.count += samples.len() as u64;
        samples
    }

    fn speed_test(&mut self, at: i64) -> Vec<Sample> {
        SPEED
            .into_iter()
            .map(|(metric, usual)| {
                let value = usual * (0.8 + 0.4 * self.random.f64());
                Sample::new(at, metric, "home", Some(value))
            })
            .collect()
    }
}

/// All bytes of a folder: the database, its log, the rest.
fn size_of(data: &Path) -> u64 {
    fs::read_dir(data)
        .expect("a folder")
        .map(|entry| entry.and_then(|entry| entry.metadata()))
        .map(|data| data.expect("a file").len())
        .sum()
}
