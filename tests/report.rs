//! What a report finds in a history: outages, gaps and measured time, whether
//! single samples are still stored or not.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use harness::NetworkMonitor;
use history::{History, Retention, Sample};
use report::{About, Availability, Gap, Outage, Report, Target, Window};
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
        behind: None,
    };
    let about = About::default();
    let report = Report::read(history, &[router], &[], from, to, about);
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

/// A router, and a wiki behind it, which are asked every ten seconds for a day.
#[test]
fn planned_work_and_a_dead_router_are_no_fault_of_what_lies_behind() {
    let data = scratch();
    let history = open(data.path());
    let at = |hour: i64, minute: i64| START + hour * HOUR + minute * MINUTE;
    let router_away = at(6, 0)..at(6, 30);
    let patched = at(22, 10)..at(22, 40);
    let broken = at(12, 0)..at(12, 6);
    let mut samples = Vec::new();
    for number in 0..DAY / (10 * SECOND) {
        let now = START + number * 10 * SECOND;
        let dead = router_away.contains(&now);
        samples.push(Sample::new(
            now,
            "ping",
            "router",
            (!dead).then_some(1.0),
        ));
        // A little later: when the router is there again, it is not at once.
        let later = now + 3 * SECOND;
        let dead = router_away.contains(&(later - 5 * SECOND))
            || patched.contains(&later)
            || broken.contains(&later);
        let value = (!dead).then_some(9.0);
        samples.push(Sample::new(later, "check", "wiki", value));
        samples.push(Sample::new(later, "check", "wiki@home", value));
    }
    history.record(&samples).expect("room");

    let target = |name: &str, metric, behind: Option<&str>| Target {
        name: name.to_owned(),
        address: "192.0.2.1".to_owned(),
        kind: "ping",
        metric,
        every: Duration::from_secs(10),
        down_after: 3,
        behind: behind.map(str::to_owned),
    };
    let targets = [
        target("router", "ping", None),
        target("wiki", "check", Some("router")),
        // Seen from another place, it does not lie behind our router.
        target("wiki@home", "check", None),
    ];
    let window = Window {
        name: "patch night".to_owned(),
        targets: vec!["wiki".to_owned()],
        from: at(22, 0),
        to: at(24, 0),
    };
    let (from, to, about) = (START, START + DAY, About::default());
    let report = Report::read(&history, &targets, &[window], from, to, about);
    let report = report.expect("a report");

    let [router, wiki, elsewhere] = &report.targets[..] else { panic!() };
    let found = |target| Availability::of(target, from, to).expect("measured");
    let excused = |outages: &[Outage]| -> Vec<bool> {
        outages.iter().map(|outage| outage.is_excused(to)).collect()
    };
    assert_eq!(excused(&router.outages), [false]);
    assert_eq!(excused(&wiki.outages), [true, false, true]);
    assert_eq!(wiki.outages[2].window.as_deref(), Some("patch night"));
    assert_eq!(excused(&elsewhere.outages), [false, false, true]);

    // Six minutes of what is left of the day.
    let minutes = |milliseconds: i64| milliseconds as f64 / MINUTE as f64;
    let wiki = found(wiki);
    assert_eq!(wiki.planned, 2 * HOUR);
    let unreachable = minutes(wiki.unreachable);
    assert!((unreachable - 30.0).abs() < 0.5, "{wiki:?}");
    let counted = 22.0 * 60.0 - unreachable;
    let expected = (counted - 6.0) / counted;
    assert!((wiki.measured - expected).abs() < 0.0005, "{wiki:?}");
    // Half an hour more, where it did lie behind nothing.
    let elsewhere = found(elsewhere);
    let expected = (22.0 * 60.0 - 36.0) / (22.0 * 60.0);
    assert!((elsewhere.measured - expected).abs() < 0.0005, "{elsewhere:?}");
    let html = report::html(&report);
    for words in [
        "planned: patch night",
        "unreachable: router did not answer either",
        "with planned work (2 h 00 min)",
    ] {
        assert!(html.contains(words), "no {words:?}");
    }
}

/// A port at which nobody listens.
fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Planned work that stands in the file, and some that was made on the page.
#[test]
fn the_programs_report_names_the_planned_work_and_what_lay_behind() {
    // Nobody listens at the two ports, of which the first is the gateway's.
    let [gate, port] = [closed_port(), closed_port()];
    let monitor = NetworkMonitor::watching(&format!(
        "[[target]]\nname = \"gate\"\nkind = \"tcp\"\n\
         host = \"127.0.0.1\"\nport = {gate}\nevery = \"1s\"\n\
         [[target]]\nname = \"wiki\"\nkind = \"tcp\"\nbehind = \"gate\"\n\
         host = \"127.0.0.1\"\nport = {port}\nevery = \"1s\"\n\
         [[window]]\nname = \"in the file\"\ntargets = [\"gate\"]\n\
         cron = \"* * * * *\"\nlasts = \"1m\"\n"
    ));
    let made = harness::http()
        .post(monitor.url("/api/windows"))
        .bearer_auth(monitor.key())
        .json(&serde_json::json!({
            "name": "on the page",
            "targets": ["gate"],
            "from": network_monitor::now() - HOUR,
            "to": network_monitor::now() + HOUR,
        }))
        .send();
    assert_eq!(made.expect("an answer").status(), 201);
    // Three failures in a row are an outage.
    monitor.wait_for("status", |status| {
        let targets = status["targets"].as_array().expect("targets");
        targets.iter().all(|target| {
            ["down", "unreachable"].contains(&target["state"].as_str().unwrap())
        })
    });

    let file = monitor.data().join("report.html");
    let mut command = monitor.command();
    command.args(["report", "--days", "1", "--output"]).arg(&file);
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    let html = std::fs::read_to_string(&file).expect("it was written");
    for words in [
        "<h2>Planned work</h2>",
        "in the file",
        "on the page",
        "planned: ",
        "unreachable: gate did not answer either",
    ] {
        assert!(html.contains(words), "no {words:?} in\n{html}");
    }
}
