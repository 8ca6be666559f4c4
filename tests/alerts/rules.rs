//! From samples to notices.

use std::path::Path;

use alerts::Rule;
use alerts::{Alerts, Memory, Notice, NoticeState, OngoingState};
use fastrand::Rng;
use monitor_config::Config;

pub const SECOND: i64 = 1_000;
pub const HOUR: i64 = 3_600 * SECOND;
pub const DAY: i64 = 24 * HOUR;

/// Two targets, a speed test and a rule.
pub fn rules(alert: &str) -> Vec<Rule> {
    let text = format!(
        "[[target]]\nname = \"router\"\nhost = \"192.0.2.1\"\n\
         [[target]]\nname = \"web\"\nkind = \"http\"\nurl = \
         \"http://192.0.2.2/\"\n\
         [[speed]]\nname = \"home\"\nserver = \"http://192.0.2.3/\"\n\
         every = \"4h\"\n\
         [[alert]]\nname = \"rule\"\n{alert}"
    );
    let watch = Config::parse(&text, Path::new("monitor.toml"));
    watch.expect("a configuration").alerts
}

pub fn alerts(alert: &str) -> Alerts {
    Alerts::new(&rules(alert), Memory::default())
}

/// Feeds a ping of the router each second; returns the notices by second.
fn pings(alerts: &mut Alerts, results: &[Option<f64>]) -> Vec<(i64, Notice)> {
    let mut told = Vec::new();
    for (second, value) in (0..).zip(results) {
        let at = second * SECOND;
        for notice in alerts.sample(at, "ping", "router", *value, None) {
            told.push((second, notice));
        }
    }
    told
}

fn states(told: &[(i64, Notice)]) -> Vec<(i64, NoticeState)> {
    told.iter().map(|(second, notice)| (*second, notice.state)).collect()
}

use NoticeState::{Failing, Recovered};

const GOOD: Option<f64> = Some(1.5);
const LOST: Option<f64> = None;

#[test]
fn trouble_is_told_once_after_the_stated_failures_and_its_end_once() {
    let mut alerts =
        alerts("target = \"router\"\nafter = 3\nrecover_after = 2");
    let mut results = vec![GOOD; 10];
    results.extend([LOST; 100]);
    results.extend([GOOD; 100]);
    let told = pings(&mut alerts, &results);
    assert_eq!(states(&told), [(12, Failing), (111, Recovered)]);

    let (_, failing) = &told[0];
    assert_eq!((failing.at, failing.since), (12 * SECOND, 10 * SECOND));
    assert_eq!((failing.value, failing.threshold), (None, None));
    assert!(
        failing.words.starts_with(
            "router: ping fails: no answer, 3 times in a row, since "
        ),
        "{}",
        failing.words
    );
    let (_, recovered) = &told[1];
    assert_eq!(recovered.since, 10 * SECOND);
    assert_eq!(recovered.value, GOOD);
    assert!(
        recovered.words.starts_with(
            "router: ping is well again (1.5 ms), after 1m 40s of trouble"
        ),
        "{}",
        recovered.words
    );
}

#[test]
fn a_lost_answer_now_and_then_is_told_to_nobody() {
    let mut alerts = alerts("target = \"router\"\nafter = 3");
    let results = [GOOD, LOST, LOST].repeat(1_000);
    assert!(pings(&mut alerts, &results).is_empty());
}

#[test]
fn a_good_answer_now_and_then_is_no_recovery() {
    let mut alerts = alerts("target = \"router\"\nafter = 3");
    let results = [LOST, LOST, LOST, GOOD, GOOD].repeat(1_000);
    assert_eq!(states(&pings(&mut alerts, &results)), [(2, Failing)]);
}

#[test]
fn what_comes_and_goes_is_not_told_each_time() {
    let mut alerts = alerts("target = \"router\"\nafter = 3");
    let results = [LOST, LOST, LOST, GOOD, GOOD, GOOD].repeat(14_400);
    let told = pings(&mut alerts, &results);
    assert_eq!(
        states(&told),
        [(2, Failing), (5, Recovered), (8, Failing)],
        "a day of it"
    );
    let last = &told[2].1.words;
    assert!(last.ends_with("it came back within the hour"), "{last}");
}

#[test]
fn a_day_of_chance_is_told_a_few_times_and_not_a_thousand() {
    for seed in 0..20 {
        let mut rng = Rng::with_seed(seed);
        let mut alerts = alerts("target = \"router\"\nafter = 3");
        let results: Vec<Option<f64>> =
            (0..86_400).map(|_| rng.bool().then_some(1.5)).collect();
        let told = pings(&mut alerts, &results);
        assert!(!told.is_empty());
        assert!(told.len() <= 12, "seed {seed}: {} notices", told.len());
    }
}

#[test]
fn after_a_quiet_hour_it_is_well_however_often_it_came_back() {
    let mut alerts = alerts("target = \"router\"\nafter = 3");
    let mut results = Vec::new();
    for good in [3, 12, 48, 192, 768] {
        results.extend([LOST; 3]);
        results.extend(vec![GOOD; good]);
    }
    results.extend([LOST; 3]);
    let before = pings(&mut alerts, &results);
    assert_eq!(before.len(), 11, "{before:#?}");
    // It would have to be well for 3,072 seconds now, and is for 3,600.
    let begun = results.len() as i64;
    let mut told = Vec::new();
    for second in begun..begun + 3_700 {
        let at = second * SECOND;
        told.extend(alerts.sample(at, "ping", "router", GOOD, None));
    }
    assert_eq!(told.len(), 1);
    assert!(told[0].at <= (begun + 3_601) * SECOND);
}

#[test]
fn notices_of_one_series_alternate_whatever_comes() {
    for seed in 0..50 {
        let mut rng = Rng::with_seed(seed);
        let mut alerts = alerts(
            "target = \"router\"\nabove = 10\nafter = 2\nrecover_after = 1",
        );
        let results: Vec<Option<f64>> = (0..5_000)
            .map(|_| (!rng.bool()).then(|| rng.f64() * 12.0))
            .collect();
        let told = pings(&mut alerts, &results);
        let mut wanted = Failing;
        for (_, notice) in &told {
            assert_eq!(notice.state, wanted, "seed {seed}");
            wanted = match wanted {
                Failing => Recovered,
                _ => Failing,
            };
        }
    }
}

#[test]
fn a_fixed_threshold_is_held_against_each_value() {
    let mut slow = alerts("target = \"router\"\nabove = 100\nafter = 2");
    let results = [Some(100.0), Some(101.0), Some(250.0), Some(20.0)];
    let told = pings(&mut slow, &results);
    assert_eq!(states(&told), [(2, Failing)]);
    assert_eq!(told[0].1.threshold, Some(100.0));
    let words = &told[0].1.words;
    assert!(words.contains("ping is 250.0 ms, above 100.0 ms"), "{words}");

    let mut paid = alerts(
        "speed = \"home\"\nmetric = \"download\"\nbelow = \"80 Mbit/s\"\n\
         after = 1",
    );
    let mut download = |at, value| {
        paid.sample(at, "download", "home", value, Some("it did not settle"))
    };
    assert!(download(0, Some(95e6)).is_empty());
    let told = download(4 * HOUR, Some(40e6));
    assert!(
        told[0]
            .words
            .starts_with("home: download is 40.0 Mbit/s, below 80.0 Mbit/s,"),
        "{}",
        told[0].words
    );
    assert_eq!(download(8 * HOUR, Some(95e6)).len(), 1);
    // A test that failed is a failure, and no speed.
    let told = download(12 * HOUR, None);
    assert_eq!(told[0].value, None);
    assert!(told[0].words.contains("fails: it did not settle"));
}

#[test]
fn each_target_of_a_rule_is_told_of_by_itself() {
    let mut alerts = alerts("target = \"all\"\nafter = 1");
    let router = alerts.sample(0, "ping", "router", None, None);
    let web = alerts.sample(0, "check", "web", None, Some("refused"));
    assert_eq!((router.len(), web.len()), (1, 1));
    assert_eq!((&*web[0].target, &*web[0].metric), ("web", "check"));
    // Loss wants a rule of its own, and what is not watched or not measured
    // at all is no concern of this one.
    assert!(alerts.sample(0, "loss", "router", None, None).is_empty());
    assert!(alerts.sample(0, "ping", "other", None, None).is_empty());
    assert!(alerts.sample(0, "pong", "router", None, None).is_empty());
}

#[test]
fn a_targets_loss_is_held_against_its_share() {
    let mut lossy = alerts(
        "target = \"router\"\nmetric = \"loss\"\nabove = \"5%\"\nafter = 2",
    );
    assert!(lossy.sample(0, "ping", "router", None, None).is_empty());
    assert!(lossy.sample(0, "loss", "router", Some(0.05), None).is_empty());
    assert!(lossy.sample(1, "loss", "router", Some(0.06), None).is_empty());
    let told = lossy.sample(2, "loss", "router", Some(0.07), None);
    let words = &told[0].words;
    assert!(words.contains("loss is 7.0 %, above 5.0 %"), "{words}");
}

#[test]
fn what_others_wrote_stays_on_one_line_of_bounded_length() {
    let mut alerts = alerts("target = \"router\"\nafter = 1");
    let error = format!("a\r\nBcc: b\u{2028}\u{202e}{}", "x".repeat(100_000));
    let told = alerts.sample(0, "ping", "router", None, Some(&error));
    let words = &told[0].words;
    assert!(words.chars().count() < 500, "{}", words.len());
    assert!(words.contains("a  Bcc: b  xxx"), "{}", words.escape_debug());
}

#[test]
fn a_restart_at_any_moment_changes_nothing_of_what_is_told() {
    for seed in 0..5 {
        let mut rng = Rng::with_seed(seed);
        let rule = "target = \"router\"\nlearnt = true\nafter = 3";
        let mut steady = alerts(rule);
        let mut restarted = alerts(rule);
        let mut bad = false;
        let mut told = 0;
        for minute in 0..3_000 {
            let at = minute * 60 * SECOND;
            if rng.u8(0..40) == 0 {
                bad = !bad;
            }
            let value = match bad {
                true => rng.bool().then(|| 90.0 + rng.f64()),
                false => Some(10.0 + rng.f64()),
            };
            if rng.u8(0..20) == 0 {
                let memory = serde_json::to_string(restarted.memory());
                let memory = memory.expect("plain data");
                restarted = Alerts::new(
                    &rules(rule),
                    serde_json::from_str(&memory).expect("what was written"),
                );
            }
            let one = steady.sample(at, "ping", "router", value, None);
            let other = restarted.sample(at, "ping", "router", value, None);
            assert_eq!(one, other, "seed {seed}, minute {minute}");
            assert_eq!(steady.ongoing(), restarted.ongoing());
            told += one.len();
        }
        assert!(told > 2, "seed {seed}: {told} notices prove nothing");
    }
}

#[test]
fn trouble_that_was_told_is_shown_until_it_is_over() {
    let mut alerts = alerts("target = \"router\"\nafter = 1");
    assert!(alerts.ongoing().is_empty());
    let told = alerts.sample(5, "ping", "router", None, Some("no route"));
    let ongoing = alerts.ongoing();
    assert_eq!(ongoing.len(), 1);
    assert_eq!(ongoing[0].state, OngoingState::Failing);
    assert_eq!(ongoing[0].since, 5);
    assert_eq!(ongoing[0].words, told[0].words);
    alerts.sample(6, "ping", "router", GOOD, None);
    assert!(alerts.ongoing().is_empty());
}

#[test]
fn new_rules_keep_what_the_old_ones_of_their_name_knew() {
    let mut alerts = alerts("target = \"router\"\nafter = 1");
    assert_eq!(alerts.sample(0, "ping", "router", None, None).len(), 1);
    alerts.reload(&rules("target = \"all\"\nafter = 1\nrecover_after = 2"));
    assert!(alerts.sample(1, "ping", "router", None, None).is_empty());
    assert_eq!(alerts.ongoing().len(), 1);
    // A rule that is gone has nothing to say.
    alerts.reload(&rules("target = \"web\"\nafter = 1"));
    assert!(alerts.ongoing().is_empty());
    alerts.reload(&rules("target = \"all\"\nafter = 1"));
    assert!(alerts.ongoing().is_empty(), "it was forgotten");
}

#[test]
fn the_end_of_watching_is_told_where_trouble_was_told() {
    let mut alerts = alerts("target = \"router\"\nafter = 1");
    alerts.sample(5, "ping", "router", None, Some("no route"));
    assert!(alerts.take_ended(6).is_empty());
    alerts.reload(&rules("target = \"web\"\nafter = 1"));
    let ended = alerts.take_ended(7);
    let [(_, notice)] = ended.as_slice() else { panic!("{ended:?}") };
    assert_eq!(notice.state, NoticeState::Unwatched);
    assert_eq!((&*notice.target, &*notice.alert), ("router", "rule"));
    assert_eq!((notice.since, notice.at), (5, 7));
    assert!(
        notice.words.starts_with("router: not watched any more; the last"),
        "{}",
        notice.words
    );
    assert!(alerts.take_ended(8).is_empty(), "once");
    // What was well, or is watched by the same rule, has no end to tell.
    alerts.sample(9, "check", "web", None, None);
    alerts.reload(&rules("target = \"all\"\nafter = 1"));
    assert!(alerts.take_ended(10).is_empty());
}

#[test]
fn a_rule_says_whom_it_tells() {
    let text = "[[target]]\nname = \"a\"\nhost = \"a\"\n[[notify]]\nname = \
                \"chat\"\ncommand = [\"true\"]\n[[alert]]\nname = \"rule\"\n\
                target = \"a\"\nnotify = [\"chat\"]";
    let watch = Config::parse(text, Path::new("monitor.toml"));
    let rules = watch.expect("a configuration").alerts;
    let alerts = Alerts::new(&rules, Memory::default());
    assert_eq!(alerts.notify("rule"), ["chat"]);
    assert!(alerts.notify("another").is_empty());
}

#[test]
fn a_clock_that_is_turned_breaks_nothing() {
    let mut alerts = alerts("target = \"router\"\nlearnt = true\nafter = 2");
    for at in [0, i64::MAX, i64::MIN, -1, DAY, i64::MIN, i64::MAX] {
        for value in [GOOD, LOST, LOST, Some(f64::NAN), GOOD, GOOD] {
            alerts.sample(at, "ping", "router", value, None);
        }
    }
}
