//! The report as one HTML file.

mod about;
mod method;
mod speed;
mod summary;
mod table;
mod targets;
mod windows;

use maud::{DOCTYPE, PreEscaped, html as markup};

use crate::Report;
use crate::format::minute;

/// Nothing may be loaded or run, whatever a name in the report says (W3C,
/// Content Security Policy Level 3).
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
const STYLE: &str = include_str!("style.css");

/// The whole report as one HTML file.
pub fn html(report: &Report) -> String {
    let line = match report.about.line.as_str() {
        "" => "the line",
        line => line,
    };
    let title = format!("Network report: {line}");
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    (about::section(report))
                    (summary::section(report))
                    (targets::availability(report))
                    (targets::outages(report))
                    (windows::section(report))
                    (targets::gaps(report))
                    (targets::latency(report))
                    (speed::section(report))
                    (speed::failed_tests(report))
                    (method::section(report))
                }
                footer {
                    "Made by network-monitor " (env!("CARGO_PKG_VERSION"))
                    " on " (minute(report.made, &report.zone)) "."
                }
            }
        }
    };
    // A screen or a printer would obey a control character, not show it.
    let control = |letter: char| letter.is_control() && letter != '\n';
    page.into_string().replace(control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::excuses::excuse;
    use crate::span::Span;
    use crate::{
        About, Bin, Gap, HOUR, Outage, TargetReport, TestReport, Window,
    };
    use jiff::tz::TimeZone;

    fn report() -> Report {
        let bins = (0..24).map(|hour| Bin {
            at: hour * HOUR,
            length: HOUR,
            count: 3600,
            failed: if hour == 5 { 360 } else { 0 },
            figures: Some([1.0, 2.0, 3.0, 4.0, 5.0, 60.0]),
        });
        let test = |hour: i64, bps: Option<f64>| TestReport {
            at: hour * HOUR,
            name: "to the provider".to_owned(),
            server: "http://speed.example".to_owned(),
            download_bps: bps,
            upload_bps: bps.map(|bps| bps / 5.0),
            stable: true,
            error: bps
                .is_none()
                .then(|| "speed.example does not answer".to_owned()),
            ..TestReport::default()
        };
        Report {
            about: About {
                line: "office".to_owned(),
                provider: "Example Net".to_owned(),
                download_bps: Some(100e6),
                ..About::default()
            },
            from: 0,
            to: 24 * HOUR,
            made: 24 * HOUR,
            zone: TimeZone::fixed(jiff::tz::offset(1)),
            targets: vec![TargetReport {
                name: "router".to_owned(),
                address: "192.0.2.1".to_owned(),
                kind: "ping",
                every: 1000,
                down_after: 3,
                measured: 24 * HOUR,
                bins: bins.collect(),
                outages: vec![Outage {
                    from: 5 * HOUR,
                    to: Some(5 * HOUR + 360_000),
                    answered: true,
                    off_by: 0,
                    failed: 360,
                    ..Outage::beginning(5 * HOUR)
                }],
                ..TargetReport::default()
            }],
            tests: vec![
                test(1, Some(90e6)),
                test(2, Some(50e6)),
                test(3, None),
                test(20, Some(40e6)),
            ],
            windows: Vec::new(),
            omitted: Vec::new(),
        }
    }

    #[test]
    fn a_report_says_who_when_how_much_and_how_it_was_measured() {
        let html = html(&report());
        for words in [
            "Network report: office",
            "Example Net",
            "1970-01-01 01:00 to 1970-01-02 01:00",
            "UTC+01:00",
            "100.0\u{a0}Mbit/s download",
            "one outage was seen, of 6 min 00 s",
            "99.58\u{a0}%",
            "0.42\u{a0}%",
            "1970-01-01 06:06:00",
            "50.0\u{a0}Mbit/s, which is 50\u{a0}% of the promised \
             100.0\u{a0}Mbit/s",
            "the slowest had 40.0\u{a0}Mbit/s",
            "21:00–21:59",
            "How it was measured",
        ] {
            assert!(html.contains(words), "no {words:?} in\n{html}");
        }
    }

    #[test]
    fn a_failed_test_is_a_failure_with_its_words_and_no_speed() {
        let html = html(&report());
        assert!(html.contains("Of 4 speed tests, 1 failed."), "{html}");
        assert!(html.contains("speed.example does not answer"));
        assert!(html.contains("class=\"cross\""));
        assert!(!html.contains(">0.0\u{a0}Mbit/s"));
    }

    #[test]
    fn an_outage_that_a_gap_ends_and_time_without_probes_are_told() {
        let mut report = report();
        // Off for two of three days.
        report.to = 72 * HOUR;
        report.targets[0].outages[0].answered = false;
        let html = html(&report);
        assert!(html.contains("06:06:00, then nothing was asked"), "{html}");
        assert!(html.contains("99.58\u{a0}%"), "{html}");
    }

    #[test]
    fn time_in_which_no_target_was_asked_is_told_apart_from_outages() {
        let mut report = report();
        report.targets[0].measured = 20 * HOUR;
        report.targets[0].gaps = vec![Gap { from: 10 * HOUR, to: 14 * HOUR }];
        let page = html(&report);
        for words in [
            "nothing was asked for 4 h 00 min",
            "99.50\u{a0}%",
            "83\u{a0}% to 99.58\u{a0}%",
            "Not measured",
            "1970-01-01 11:00</th>",
            "1970-01-01 15:00</td>",
        ] {
            assert!(page.contains(words), "no {words:?} in\n{page}");
        }
        // Where another target was asked, the monitor was not off.
        let mut other = report.targets[0].clone();
        other.gaps.clear();
        report.targets.push(other);
        assert!(!html(&report).contains("Not measured"));
    }

    #[test]
    fn planned_work_is_named_drawn_and_counted_apart() {
        let mut report = report();
        let window = Window {
            name: "patch night".to_owned(),
            targets: vec!["router".to_owned()],
            from: 4 * HOUR,
            to: 6 * HOUR + 600_000,
        };
        report.windows = vec![window];
        let period = Span { from: report.from, to: report.to };
        let windows = report.windows.clone();
        excuse(&mut report.targets, &windows, period);
        let page = html(&report);
        for words in [
            "no outage was seen outside of planned work, and one in it",
            "planned: patch night",
            "100\u{a0}%",
            "with planned work (2 h 10 min) 99.58\u{a0}%",
            "<h2>Planned work</h2>",
            "1970-01-01 05:00</th>",
            "1970-01-01 07:10</td>",
            "class=\"planned\"",
        ] {
            assert!(page.contains(words), "no {words:?} in\n{page}");
        }
    }

    #[test]
    fn a_target_behind_another_that_was_away_was_unreachable() {
        let mut report = report();
        let mut wiki = report.targets[0].clone();
        wiki.name = "wiki".to_owned();
        wiki.behind = Some("router".to_owned());
        report.targets.push(wiki);
        let period = Span { from: report.from, to: report.to };
        excuse(&mut report.targets, &[], period);
        let page = html(&report);
        for words in [
            "one outage was seen",
            "unreachable for 6 min 00 s behind router",
            "unreachable: router did not answer either",
        ] {
            assert!(page.contains(words), "no {words:?} in\n{page}");
        }
    }

    #[test]
    fn tests_with_other_servers_are_kept_apart() {
        let mut report = report();
        report.tests.push(TestReport {
            at: HOUR,
            name: "in the house".to_owned(),
            download_bps: Some(900e6),
            ..TestReport::default()
        });
        let html = html(&report);
        for words in [
            "Of 1 speed test “in the house”, none failed. Half of the \
             downloads were slower than 900.0\u{a0}Mbit/s",
            "Of 4 speed tests “to the provider”, 1 failed.",
            "the slowest had 40.0\u{a0}Mbit/s",
            "<th scope=\"row\">02:00–02:59</th><td>1</td><td>0</td>\
             <td>90.0\u{a0}Mbit/s",
        ] {
            assert!(html.contains(words), "no {words:?} in\n{html}");
        }
    }

    #[test]
    fn a_promise_of_nothing_has_no_share() {
        let mut report = report();
        report.about.download_bps = Some(0.0);
        assert!(!html(&report).contains("inf"));
    }

    #[test]
    fn what_others_wrote_is_text_and_nothing_else() {
        let mut report = report();
        let bad = "<script>alert('1')</script>\"&\u{1b}[2J";
        report.about.line = bad.to_owned();
        report.about.provider = bad.to_owned();
        report.targets[0].name = bad.to_owned();
        report.targets[0].address = bad.to_owned();
        report.targets[0].outages[0].error = Some(bad.to_owned());
        report.tests[0].name = bad.to_owned();
        report.tests[0].server = bad.to_owned();
        report.tests[2].error = Some(bad.to_owned());
        report.omitted.push(bad.to_owned());
        let html = html(&report);
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains('\u{1b}'));
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn a_report_of_nothing_is_a_report_too() {
        let empty = Report {
            about: About::default(),
            targets: Vec::new(),
            tests: Vec::new(),
            omitted: vec!["Of router nothing was measured.".to_owned()],
            ..report()
        };
        let html = html(&empty);
        assert!(html.contains("Of router nothing was measured."));
        assert!(html.contains("No target was asked"), "{html}");
        assert!(html.contains("no target was asked"), "{html}");
    }
}
