//! What is usual is learnt, and trouble is not.

use alerts::{Alerts, Baseline, NoticeState, OngoingState};
use fastrand::Rng;

use crate::rules::{DAY, HOUR, SECOND, alerts};

const MINUTE: i64 = 60 * SECOND;

const RULE: &str = "target = \"router\"\nlearnt = true\nafter = 5";

/// A line that answers in about 20 ms, and now and then in 45.
fn usual(rng: &mut Rng) -> Option<f64> {
    let late = if rng.u8(0..20) == 0 { 25.0 } else { 0.0 };
    Some(18.0 + 4.0 * rng.f64() + late)
}

/// Feeds a sample each minute; returns the minute and state of each notice.
fn each_minute(
    alerts: &mut Alerts,
    minutes: std::ops::Range<i64>,
    mut value: impl FnMut() -> Option<f64>,
) -> Vec<(i64, NoticeState)> {
    let mut told = Vec::new();
    for minute in minutes {
        let at = minute * MINUTE;
        for notice in alerts.sample(at, "ping", "router", value(), None) {
            told.push((minute, notice.state));
        }
    }
    told
}

/// Whether there was exactly one notice, within five minutes.
fn failing_at(told: &[(i64, NoticeState)], begun: i64) -> bool {
    // The last usual value may have been a late one, and the first of five.
    matches!(told, [(at, NoticeState::Failing)] if *at - begun < 5)
}

/// A rule that has seen a quiet day.
fn taught(rng: &mut Rng) -> Alerts {
    let mut alerts = alerts(RULE);
    assert_eq!(each_minute(&mut alerts, 0..1_440, || usual(rng)), []);
    alerts
}

#[test]
fn it_says_that_it_learns_until_it_has_seen_enough() {
    let mut alerts = alerts(RULE);
    let mut rng = Rng::with_seed(1);
    let ongoing = alerts.ongoing();
    assert_eq!(ongoing[0].state, OngoingState::Learning);
    assert_eq!(
        ongoing[0].words,
        "router: learning what is usual, 0 of 12 values"
    );
    // An hour of pings each second: 12 values, five minutes apart.
    for second in 0..55 * 60 {
        let at = second * SECOND;
        assert_eq!(alerts.ongoing().len(), 1, "second {second}");
        let told = alerts.sample(at, "ping", "router", usual(&mut rng), None);
        assert_eq!(told, []);
    }
    alerts.sample(55 * MINUTE, "ping", "router", Some(20.0), None);
    assert_eq!(alerts.ongoing(), []);
}

#[test]
fn while_it_learns_what_fails_is_told_all_the_same() {
    let mut alerts = alerts(RULE);
    let told = each_minute(&mut alerts, 0..10, || None);
    assert_eq!(told, [(4, NoticeState::Failing)]);
    assert_eq!(alerts.ongoing()[0].state, OngoingState::Failing);
}

#[test]
fn what_is_unusual_is_told_and_what_is_usual_is_not() {
    for seed in 0..4 {
        let mut rng = Rng::with_seed(seed);
        let mut alerts = taught(&mut rng);
        let quiet = each_minute(&mut alerts, 1_440..7_200, || usual(&mut rng));
        assert_eq!(quiet, [], "seed {seed}");
        let slow = each_minute(&mut alerts, 7_200..7_260, || Some(80.0));
        assert!(failing_at(&slow, 7_200), "seed {seed}: {slow:?}");
        let words = &alerts.ongoing()[0].words;
        assert!(words.contains("ping is 80.0 ms, above "), "{words}");
        assert!(words.contains(" ms, usually "), "{words}");
        let well = each_minute(&mut alerts, 7_260..7_360, || usual(&mut rng));
        assert_eq!(well.len(), 1, "seed {seed}: {well:?}");
    }
}

#[test]
fn trouble_that_lasts_six_days_does_not_become_usual() {
    let mut rng = Rng::with_seed(3);
    let mut alerts = taught(&mut rng);
    let six_days = 1_440..7 * 1_440;
    let told = each_minute(&mut alerts, six_days.clone(), || Some(200.0));
    assert!(failing_at(&told, 1_440), "{told:?}");
    let end = six_days.end;
    let told = each_minute(&mut alerts, end..end + 1_440, || usual(&mut rng));
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1, NoticeState::Recovered);
    // And it still knows what is usual.
    let told =
        each_minute(&mut alerts, end + 1_440..end + 1_500, || Some(200.0));
    assert!(failing_at(&told, end + 1_440), "{told:?}");
}

#[test]
fn no_answer_for_a_month_is_never_usual() {
    let mut rng = Rng::with_seed(4);
    let mut alerts = taught(&mut rng);
    let month = 1_440..31 * 1_440;
    let end = month.end;
    let told = each_minute(&mut alerts, month, || None);
    assert!(failing_at(&told, 1_440), "{told:?}");
    let told = each_minute(&mut alerts, end..end + 100, || usual(&mut rng));
    assert_eq!(told.len(), 1);
    let told = each_minute(&mut alerts, end + 200..end + 210, || Some(200.0));
    assert!(failing_at(&told, end + 200), "{told:?}");
}

#[test]
fn after_a_week_another_line_is_the_usual_one() {
    let mut rng = Rng::with_seed(5);
    let mut alerts = taught(&mut rng);
    let moved = || Some(80.0);
    let told = each_minute(&mut alerts, 1_440..9 * 1_440, moved);
    let [(_, NoticeState::Failing), (recovered, NoticeState::Recovered)] =
        told[..]
    else {
        panic!("{told:?}");
    };
    assert!((8 * 1_440..8 * 1_440 + 30).contains(&recovered), "{recovered}");
}

#[test]
fn a_slower_download_is_unusual_and_a_faster_one_is_not() {
    let mut alerts = alerts(
        "speed = \"home\"\nmetric = \"download\"\nlearnt = true\nafter = 2",
    );
    let mut at = 0;
    let mut download = |value: f64| {
        at += 4 * HOUR;
        alerts.sample(at, "download", "home", Some(value), None)
    };
    let mut rng = Rng::with_seed(6);
    for _ in 0..50 {
        assert_eq!(download(93e6 + 4e6 * rng.f64()), []);
    }
    for _ in 0..10 {
        assert_eq!(download(400e6), []);
    }
    assert_eq!(download(40e6), []);
    assert_eq!(download(40e6)[0].state, NoticeState::Failing);
}

#[test]
fn a_speed_that_varies_wildly_is_still_told_from_none_at_all() {
    let mut baseline = Baseline::default();
    let mut rng = Rng::with_seed(7);
    for test in 0..100 {
        baseline.learn(test * 4 * HOUR, 5e6 + 190e6 * rng.f64());
    }
    let threshold = baseline.threshold(true, 0.0).expect("enough values");
    assert!(threshold > 15e6, "{threshold}");
}

#[test]
fn almost_half_of_what_it_learns_may_be_nonsense() {
    let mut baseline = Baseline::default();
    for value in 0..200 {
        let nonsense = value % 5 < 2;
        let milliseconds = if nonsense { 4_000.0 } else { 20.0 };
        baseline.learn(value * 5 * MINUTE, milliseconds);
    }
    assert_eq!(baseline.usual(), Some(20.0));
    assert_eq!(baseline.threshold(false, 5.0), Some(25.0));
}

#[test]
fn a_steady_wire_may_answer_a_little_later() {
    let mut alerts = alerts(RULE);
    let told = each_minute(&mut alerts, 0..1_440, || Some(0.2));
    assert_eq!(told, []);
    let told = each_minute(&mut alerts, 1_440..2_880, || Some(4.0));
    assert_eq!(told, [], "less than 5 ms more is nothing to tell");
}

#[test]
fn it_knows_a_day_of_pings_and_keeps_no_more() {
    let mut baseline = Baseline::default();
    for second in 0..3 * 86_400 {
        baseline.learn(second * SECOND, second as f64);
    }
    let json = serde_json::to_string(&baseline).expect("plain data");
    assert!(json.len() < 10_000, "{} bytes", json.len());
    // The median of the last day.
    let usual = baseline.usual().expect("enough values");
    let middle = (3 * DAY - DAY / 2) as f64 / 1_000.0;
    assert!((usual - middle).abs() < 600.0, "{usual}");
}
