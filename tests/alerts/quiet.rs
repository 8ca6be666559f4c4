//! When nobody is woken: windows for planned work, silences, and alerts that
//! somebody has acknowledged. And when somebody is told again.

use std::path::Path;

use alerts::{Acknowledged, Alerts, Memory, Notice, NoticeState, Silence};
use monitor_config::Config;

use crate::rules::{HOUR, SECOND};

use NoticeState::{Failing, Lasting, Recovered};

/// 1 December 2026, 22:00 in UTC.
const TEN: i64 = 1_796_162_400_000;

const TARGETS: &str = "[[target]]\nname = \"router\"\nhost = \"192.0.2.1\"\n\
                       [[target]]\nname = \"web\"\nhost = \"192.0.2.2\"\n\
                       group = \"servers\"\n";

const WINDOW: &str = "[[window]]\nname = \"patch night\"\ngroups = \
                      [\"servers\"]\nstart = \"2026-12-01 22:00\"\nend = \
                      \"2026-12-02 00:00\"\nzone = \"UTC\"\n";

fn alerts(more: &str) -> Alerts {
    let text = format!(
        "{TARGETS}{WINDOW}[[alert]]\nname = \"gone\"\ntarget = \"all\"\n\
         after = 3\n{more}"
    );
    let config = Config::parse(&text, Path::new("monitor.toml"));
    let policy = config.expect("a configuration").policy();
    Alerts::following(policy, Memory::default())
}

/// Asks a target once a minute: `lost` says when it does not answer. Returns
/// what is told, with the time from ten o'clock on.
fn watch(
    alerts: &mut Alerts,
    target: &str,
    (from, to): (i64, i64),
    lost: impl Fn(i64) -> bool,
) -> Vec<(i64, NoticeState)> {
    let mut told: Vec<Notice> = Vec::new();
    for at in (from..to).step_by(60 * SECOND as usize) {
        let value = (!lost(at)).then_some(1.5);
        told.extend(alerts.sample(TEN + at, "ping", target, value, None));
        told.extend(alerts.due(TEN + at + SECOND));
    }
    told.iter().map(|it| ((it.at - TEN) / MINUTE, it.state)).collect()
}

const MINUTE: i64 = 60 * SECOND;
const EVENING: (i64, i64) = (-HOUR, 4 * HOUR);

fn between(from: i64, to: i64) -> impl Fn(i64) -> bool {
    move |at| (from * MINUTE..to * MINUTE).contains(&at)
}

#[test]
fn what_begins_and_ends_in_a_window_is_never_told() {
    let told = watch(&mut alerts(""), "web", EVENING, between(10, 100));
    assert_eq!(told, []);
    // The window is for the servers alone.
    let told = watch(&mut alerts(""), "router", EVENING, between(10, 100));
    assert_eq!(told, [(12, Failing), (102, Recovered)]);
}

#[test]
fn what_begins_in_a_window_and_outlasts_it_is_told_once_after_its_end() {
    let told = watch(&mut alerts(""), "web", EVENING, between(10, 180));
    assert_eq!(told, [(120, Failing), (182, Recovered)]);
}

#[test]
fn what_is_just_coming_back_at_the_end_of_a_window_is_not_told() {
    let told = watch(&mut alerts(""), "web", EVENING, between(10, 119));
    assert_eq!(told, []);
}

#[test]
fn what_was_told_before_a_window_is_told_as_over_within_it() {
    let told = watch(&mut alerts(""), "web", EVENING, between(-30, 60));
    assert_eq!(told, [(-28, Failing), (62, Recovered)]);
}

#[test]
fn trouble_that_lasts_is_told_again_after_the_stated_time() {
    let mut alerts = alerts("remind = \"1h\"\n");
    let told = watch(&mut alerts, "router", EVENING, between(0, 200));
    assert_eq!(
        told,
        [
            (2, Failing),
            (62, Lasting),
            (122, Lasting),
            (182, Lasting),
            (202, Recovered)
        ]
    );
    let told = alerts.sample(TEN, "ping", "router", None, None);
    assert!(told.is_empty());
}

#[test]
fn a_reminder_says_how_long_it_lasts_and_waits_for_the_end_of_a_window() {
    let mut alerts = alerts("remind = \"1h\"\n");
    let mut told = Vec::new();
    for minute in -90..200 {
        let at = TEN + minute * MINUTE;
        told.extend(alerts.sample(at, "ping", "web", None, None));
    }
    let times: Vec<i64> =
        told.iter().map(|notice| (notice.at - TEN) / MINUTE).collect();
    assert_eq!(times, [-88, -28, 120, 180]);
    let words = &told[1].words;
    assert!(words.starts_with("still, after 1h 2m: web: ping"), "{words}");
}

/// A silence of the evening's first two hours.
fn silence(alert: Option<&str>, target: Option<&str>) -> Silence {
    Silence {
        alert: alert.map(str::to_owned),
        target: target.map(str::to_owned),
        until: TEN + 2 * HOUR,
        words: "it is being moved".to_owned(),
        by: Some("anna".to_owned()),
        ..Silence::default()
    }
}

#[test]
fn a_silence_is_like_a_window_for_what_begins_and_ends_in_it() {
    for (from, to, wanted) in [
        (10, 100, vec![]),
        (10, 180, vec![(120, Failing), (182, Recovered)]),
        (-30, 60, vec![(-28, Failing), (62, Recovered)]),
    ] {
        for (alert, target) in [
            (Some("gone"), None),
            (None, Some("router")),
            (Some("gone"), Some("router")),
        ] {
            let mut alerts = alerts("");
            let lost = between(from, to);
            let mut told =
                watch(&mut alerts, "router", (-HOUR, 0), between(from, to));
            let made = alerts.silence(silence(alert, target), TEN);
            made.expect("it makes sense");
            told.extend(watch(&mut alerts, "router", (0, 4 * HOUR), lost));
            assert_eq!(told, wanted, "{alert:?} {target:?}");
            assert!(alerts.silences().is_empty(), "it has ended by itself");
        }
    }
}

#[test]
fn a_silence_is_for_what_it_names_and_can_be_ended() {
    let mut alerts = alerts("");
    let id = alerts.silence(silence(None, Some("web")), TEN - HOUR);
    let id = id.expect("it makes sense");
    let told = watch(&mut alerts, "router", (-HOUR, 0), |_| true);
    assert_eq!(told, [(-58, Failing)]);
    let told = watch(&mut alerts, "web", (-HOUR, -HOUR / 2), |_| true);
    assert_eq!(told, []);
    let shown = alerts.ongoing();
    let web = shown.iter().find(|it| it.target == "web").expect("shown");
    assert_eq!(web.silenced_until, Some(TEN + 2 * HOUR));
    alerts.end_silence(&id).expect("it is there");
    assert!(alerts.end_silence(&id).is_err(), "once");
    let told = watch(&mut alerts, "web", (-HOUR / 2, 0), |_| true);
    assert_eq!(told, [(-30, Failing)]);
}

#[test]
fn what_is_acknowledged_is_not_told_again_until_it_has_ended() {
    let mut alerts = alerts("remind = \"1h\"\n");
    let series = ("gone", "router", "ping");
    let mine = Acknowledged {
        at: TEN,
        by: Some("anna".to_owned()),
        words: "mine".to_owned(),
    };
    assert!(alerts.acknowledge(series, mine.clone()).is_err(), "no trouble");
    let lost = |at: i64| !(2 * HOUR..=3 * HOUR).contains(&at);
    let told = watch(&mut alerts, "router", (0, HOUR), lost);
    assert_eq!(told, [(2, Failing)]);
    alerts.acknowledge(series, mine.clone()).expect("there is trouble");
    let memory = serde_json::to_string(alerts.memory()).expect("plain data");
    let memory: Memory = serde_json::from_str(&memory).expect("the same");
    assert_eq!(memory, *alerts.memory());
    assert_eq!(alerts.ongoing()[0].acknowledged, Some(mine));
    let told = watch(&mut alerts, "router", (HOUR, 6 * HOUR), lost);
    // The next trouble is another one.
    assert_eq!(
        told,
        [(122, Recovered), (183, Failing), (243, Lasting), (303, Lasting)]
    );
}

#[test]
fn windows_that_people_make_are_kept_and_those_of_the_file_stay() {
    let mut alerts = alerts("");
    let hour = (TEN - HOUR, TEN);
    let made = alerts.plan_window("moving", vec![], hour, TEN - 2 * HOUR);
    let id = made.expect("it makes sense");
    let told = watch(&mut alerts, "router", (-HOUR, 0), |_| true);
    assert_eq!(told, []);
    let names = |alerts: &Alerts| {
        let all = alerts.occurrences(TEN - HOUR, TEN + HOUR);
        let name = |(window, _): &(alerts::Maintenance, _)| window.name.clone();
        all.iter().map(name).collect::<Vec<String>>()
    };
    assert_eq!(names(&alerts), ["moving", "patch night"]);
    let memory = alerts.memory().clone();
    let text = serde_json::to_string(&memory).expect("plain data");
    assert_eq!(serde_json::from_str::<Memory>(&text).expect("same"), memory);
    let refused = alerts.cancel_window("file:patch night");
    let refused = refused.expect_err("it is in the file").to_string();
    assert!(refused.contains("configuration file"), "{refused}");
    alerts.cancel_window(&id).expect("it is there");
    assert_eq!(names(&alerts), ["patch night"]);
    let past = alerts.plan_window("late", vec![], hour, TEN);
    assert!(past.is_err(), "it is over");
}

#[test]
fn without_a_network_of_its_own_the_monitor_tells_of_itself_alone() {
    let chat = "notify = [\"chat\"]\n[[notify]]\nname = \"chat\"\n\
                command = [\"true\"]\n";
    let mut alerts = alerts(chat);
    // An address that is renewed is away for a moment.
    assert!(alerts.own_network(0, Some("no cable")).is_empty());
    assert!(alerts.own_network(SECOND, None).is_empty());
    let mut told = Vec::new();
    for second in 2..60 {
        told.extend(alerts.own_network(second * SECOND, Some("no cable")));
    }
    told.extend(alerts.own_network(60 * SECOND, None));
    told.extend(alerts.own_network(61 * SECOND, None));
    let [(to, gone), (_, back)] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(to, &["chat"]);
    assert_eq!((gone.state, gone.since), (Failing, 2 * SECOND));
    assert!(gone.words.contains("no cable"), "{}", gone.words);
    assert_eq!((back.state, back.at), (Recovered, 60 * SECOND));
    assert!(back.words.contains("after 58s"), "{}", back.words);
}
