//! Passes over hosts, and ports.

use std::net::{IpAddr, Ipv6Addr, TcpListener};
use std::process::Command;
use std::time::Duration;

use harness::{Test, only_where, program, test};
use ping::check::{Check, Tcp};
use ping::{ErrorKind, Method, ProbeKind, Report, Settings, Target, pass};

use crate::servers::closed_port;
use crate::{PATIENCE, report_of, wait};

pub fn tests() -> Vec<Test> {
    let mut tests = vec![
        test!(a_host_that_answers_is_reported_with_its_round_trips),
        test!(reports_come_in_the_order_of_the_targets),
        test!(a_name_is_resolved),
        test!(a_name_without_an_address_is_reported_and_holds_nobody_up),
        test!(what_is_no_name_never_reaches_a_resolver),
        test!(a_refused_connection_is_an_answer),
        test!(a_target_may_have_a_port_and_a_count_of_its_own),
        test!(a_report_is_json_that_others_can_read),
        test!(no_targets_are_no_reports),
        test!(a_mistyped_scene_is_told_the_scenes),
        test!(help_lists_the_scenes),
        test!(no_probes_are_no_question),
        test!(a_port_that_takes_connections_is_well),
        test!(a_port_that_refuses_is_not),
        only_where(has_ipv6, test!(an_ipv6_host_answers_too)),
    ];
    #[cfg(unix)]
    tests.extend([
        test!(a_silent_port_is_reported_as_lost),
        test!(one_dead_host_takes_nothing_from_the_others),
        test!(a_check_of_a_silent_port_ends_at_its_deadline),
    ]);
    tests
}

/// By TCP, which every machine permits.
fn by_tcp(port: u16) -> Settings {
    Settings {
        probe: ProbeKind::Tcp,
        port,
        timeout: PATIENCE,
        interval: Duration::from_millis(1),
        ..Settings::default()
    }
}

fn pinged(targets: &[Target], settings: &Settings) -> Vec<Report> {
    wait(pass(targets, settings))
}

fn a_host_that_answers_is_reported_with_its_round_trips() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it has one").port();
    let settings = Settings { count: 5, ..by_tcp(port) };
    let [report] = &pinged(&["127.0.0.1".into()], &settings)[..] else {
        panic!("one report")
    };
    assert_eq!(report.address, Some(IpAddr::from([127, 0, 0, 1])));
    assert_eq!(report.method, Method::Tcp(port));
    assert_eq!((report.sent, report.received), (5, 5));
    assert_eq!(report.loss, 0.0);
    assert_eq!((&report.error, report.fault), (&None, None));
    let mut times: Vec<f64> =
        report.round_trips_ms.iter().flatten().copied().collect();
    assert_eq!(times.len(), 5);
    times.sort_by(f64::total_cmp);
    assert_eq!(report.minimum_ms, Some(times[0]));
    assert_eq!(report.median_ms, Some(times[2]));
    assert_eq!(report.p95_ms, Some(times[4]));
    assert!(times[0] > 0.0 && report.jitter_ms > Some(0.0));
}

fn reports_come_in_the_order_of_the_targets() {
    let hosts = ["127.0.0.1", "no name", "localhost", "127.0.0.1", "[::1]"];
    let targets = hosts.map(Target::new);
    let reports = pinged(&targets, &by_tcp(closed_port().port()));
    let told: Vec<&str> = reports.iter().map(|it| it.host.as_str()).collect();
    assert_eq!(told, hosts);
}

fn a_name_is_resolved() {
    let reports = pinged(&["localhost".into()], &by_tcp(closed_port().port()));
    let address = reports[0].address.expect("every machine knows this name");
    assert!(address.is_loopback());
    assert!(reports[0].is_alive());
}

fn a_name_without_an_address_is_reported_and_holds_nobody_up() {
    // A label has at most 63 letters (RFC 1035, section 2.3.4): no server is
    // asked for it.
    let name = format!("{}.example", "a".repeat(70));
    let targets = [Target::new(name.clone()), "127.0.0.1".into()];
    let [none, well] = &pinged(&targets, &by_tcp(closed_port().port()))[..]
    else {
        panic!("two reports")
    };
    assert_eq!(none.fault, Some(ErrorKind::Unresolved));
    assert!(none.error.as_ref().is_some_and(|it| it.contains(&name)));
    assert_eq!((none.address, none.sent, none.loss), (None, 0, 1.0));
    assert!(well.is_alive());
}

fn what_is_no_name_never_reaches_a_resolver() {
    let long = "a.".repeat(150);
    let strange =
        ["", "-f", "127.0.0.1; reboot", "a b", "$(id)", &long, "a\nb"];
    let targets = strange.map(Target::new);
    for report in pinged(&targets, &Settings::default()) {
        assert_eq!(report.fault, Some(ErrorKind::Invalid), "{report:?}");
    }
}

fn a_refused_connection_is_an_answer() {
    let reports = pinged(&["127.0.0.1".into()], &by_tcp(closed_port().port()));
    assert_eq!((reports[0].received, reports[0].fault), (2, None));
}

fn a_target_may_have_a_port_and_a_count_of_its_own() {
    let port = closed_port().port();
    let own =
        Target { port: Some(port), count: Some(4), ..Target::new("127.0.0.1") };
    let reports = pinged(&[own], &by_tcp(1));
    assert_eq!(reports[0].method, Method::Tcp(port));
    assert_eq!(reports[0].received, 4);
}

fn a_report_is_json_that_others_can_read() {
    let port = closed_port().port();
    let reports =
        pinged(&["127.0.0.1".into(), "no name".into()], &by_tcp(port));
    let json = serde_json::to_value(&reports).expect("JSON");
    assert_eq!(json[0]["method"], format!("tcp:{port}"));
    assert_eq!(json[0]["received"], 2);
    assert_eq!(json[0]["address"], "127.0.0.1");
    assert_eq!(json[0]["round_trips_ms"].as_array().map(Vec::len), Some(2));
    assert!(json[0]["median_ms"].is_f64() && json[0]["error"].is_null());
    assert_eq!(json[1]["fault"], "invalid");
    assert!(json[1]["median_ms"].is_null() && json[1]["error"].is_string());
}

fn no_probes_are_no_question() {
    let mut lesson = Command::new(program("lesson20"));
    let output = lesson.args(["127.0.0.1", "--count", "0"]).output();
    let output = output.expect("it starts");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("--count"), "{words}");
}

fn a_mistyped_scene_is_told_the_scenes() {
    // A label has at most 63 letters (RFC 1035, section 2.3.4): no server is
    // asked for it.
    let scene = format!("task{}", "s".repeat(70));
    let output = Command::new(program("lesson20")).arg(&scene).output();
    let output = output.expect("it starts");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("a scene: there are shell, one-by-one"), "{words}");
}

fn help_lists_the_scenes() {
    let output = Command::new(program("lesson20")).arg("--help").output();
    let words = output.expect("it starts").stdout;
    let words = String::from_utf8_lossy(&words);
    for scene in ["shell", "one-by-one", "threads", "tasks", "checks"] {
        assert!(words.contains(scene), "{words}");
    }
}

fn no_targets_are_no_reports() {
    assert_eq!(pinged(&[], &Settings::default()), []);
}

#[cfg(unix)]
fn a_silent_port_is_reported_as_lost() {
    let (address, _held) = crate::servers::silent();
    let settings = Settings { timeout: crate::SHORT, ..by_tcp(address.port()) };
    let [report] = &pinged(&["127.0.0.1".into()], &settings)[..] else {
        panic!("one report")
    };
    assert_eq!((report.sent, report.received, report.loss), (2, 0, 1.0));
    assert_eq!(report.round_trips_ms, [None, None]);
    assert_eq!(report.fault, Some(ErrorKind::NoAnswer));
    let words = report.error.as_deref().expect("words");
    assert!(words.contains(&address.to_string()), "{words}");
    assert_eq!((report.median_ms, report.jitter_ms), (None, None));
}

#[cfg(unix)]
fn one_dead_host_takes_nothing_from_the_others() {
    let (address, _held) = crate::servers::silent();
    let dead = Target { port: Some(address.port()), .."127.0.0.1".into() };
    let well = Target { timeout: Some(PATIENCE), ..dead.clone() };
    let well = Target { port: Some(closed_port().port()), ..well };
    let settings = Settings { timeout: crate::SHORT, ..by_tcp(1) };
    let targets = [dead.clone(), well.clone(), dead, well];
    let reports = pinged(&targets, &settings);
    let alive: Vec<bool> = reports.iter().map(Report::is_alive).collect();
    assert_eq!(alive, [false, true, false, true]);
}

fn a_port_that_takes_connections_is_well() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it has one").port();
    let check = Check::Tcp(Tcp::new("localhost", port));
    let report = report_of(check, PATIENCE);
    assert!(report.ok && report.milliseconds > Some(0.0), "{report:?}");
    assert_eq!(report.what, format!("localhost:{port}"));
    assert!(report.address.is_some_and(|it| it.is_loopback()));
}

fn a_port_that_refuses_is_not() {
    let closed = closed_port();
    let check = Check::Tcp(Tcp::new("127.0.0.1", closed.port()));
    let report = report_of(check, PATIENCE);
    assert_eq!((report.ok, report.fault), (false, Some(ErrorKind::Refused)));
    assert_eq!(report.milliseconds, None);
    let words = report.error.expect("words");
    assert!(words.starts_with(&closed.to_string()), "{words}");
}

#[cfg(unix)]
fn a_check_of_a_silent_port_ends_at_its_deadline() {
    let (address, _held) = crate::servers::silent();
    let check = Check::Tcp(Tcp::new("127.0.0.1", address.port()));
    let report = report_of(check, crate::SHORT);
    assert_eq!((report.ok, report.fault), (false, Some(ErrorKind::NoAnswer)));
}

fn an_ipv6_host_answers_too() {
    let targets = ["::1", "[::1]"].map(Target::new);
    for report in pinged(&targets, &by_tcp(closed_port().port())) {
        assert_eq!(report.address, Some(IpAddr::V6(Ipv6Addr::LOCALHOST)));
        assert_eq!(report.received, 2, "{report:?}");
    }
}

fn has_ipv6() -> Result<(), String> {
    let here = TcpListener::bind("[::1]:0").map(drop);
    here.map_err(|error| format!("no IPv6 on this machine: {error}"))
}
