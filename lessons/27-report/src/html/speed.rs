//! What speed tests found: over time, by the hour of the day, and why some
//! failed.

use maud::{Markup, html};

use crate::chart::{key, line_key, speed_chart};
use crate::format::{count, latency, moment, percent, plural, speed};
use crate::html::table::Column::{Figure, Text};
use crate::html::table::table;
use crate::speeds::{Speeds, by_hour};
use crate::{Report, TestReport};

/// A chart and a table for the tests of each name.
pub fn section(report: &Report) -> Markup {
    if report.tests.is_empty() {
        return html! {};
    }
    html! {
        h2 { "Speed" }
        @for name in report.test_names() {
            @let tests = report.tests_named(name);
            figure {
                h3 { (name) }
                p.soft { (latencies(&tests)) }
                (speed_chart(report, &tests))
                ul.legend {
                    li { (line_key("download")) "download" }
                    li { (line_key("upload")) "upload" }
                    li { (key("cross", "m8 2 8 8m0-8-8 8")) "test failed" }
                }
            }
            h4 { "By hour of the day" }
            (hours(report, &tests))
        }
    }
}

/// What the tests of one name say of latency.
fn latencies(tests: &[&TestReport]) -> String {
    let median = |value: fn(&TestReport) -> Option<f64>| {
        statistics::median(tests.iter().filter_map(|test| value(test)))
    };
    let mut text = plural(tests.len(), "test");
    let mut servers = tests.iter().map(|test| test.server.as_str());
    if let Some(server) = servers.rfind(|server| !server.is_empty()) {
        text += &format!(" with {server}");
    }
    if let Some(idle) = median(|test| test.idle_latency_ms) {
        let idle = latency(Some(idle));
        text += &format!("; a round trip took {idle} at rest");
        if let Some(loaded) = median(|test| test.loaded_latency_ms) {
            let loaded = latency(Some(loaded));
            text += &format!(" and {loaded} while the line was busy");
        }
        text += " (medians)";
    }
    let unsteady = tests.iter().filter(|it| !it.failed() && !it.stable);
    let unsteady = unsteady.count();
    if unsteady > 0 {
        text += &format!("; in {unsteady} the rate was not steady at the end");
    }
    text + "."
}

/// A table of the hours of the day.
fn hours(report: &Report, tests: &[&TestReport]) -> Markup {
    let about = &report.about;
    let columns = [
        Text("Hour of the day"),
        Figure("Tests"),
        Figure("Failed"),
        Figure("Download, median"),
        Figure("Download, worst"),
        Figure("Upload, median"),
        Figure("Upload, worst"),
    ];
    let hours = by_hour(tests, &report.zone);
    let rows = hours.iter().map(|found| {
        let hour = format!("{0:02}:00–{0:02}:59", found.hour);
        html! {
            th scope="row" { (hour) }
            td { (count(found.tests as u64)) }
            td {
                @if found.failed == 0 { "0" }
                @else { span.bad { (found.failed) } }
            }
            (median_and_worst(found.download, about.download_bps))
            (median_and_worst(found.upload, about.upload_bps))
        }
    });
    table(&columns, rows)
}

/// The share of a promised speed, if one was promised.
pub fn of_promised(bps: f64, promised: Option<f64>) -> Option<String> {
    let promised = promised.filter(|promised| *promised > 0.0)?;
    Some(percent(bps / promised))
}

/// Two cells, each with its share of the promised speed.
fn median_and_worst(found: Option<Speeds>, promised: Option<f64>) -> Markup {
    let Some(Speeds { median, worst }) = found else {
        return html! { td { "–" } td { "–" } };
    };
    html! {
        @for bps in [median, worst] {
            td {
                (speed(Some(bps)))
                @if let Some(part) = of_promised(bps, promised) {
                    br;
                    span.soft { (part) }
                }
            }
        }
    }
}

/// Each failed test with its reason: a failure is not a speed of 0.
pub fn failed_tests(report: &Report) -> Markup {
    let failed = report.tests.iter().filter(|test| test.failed());
    let failed: Vec<&TestReport> = failed.collect();
    if failed.is_empty() {
        return html! {};
    }
    let rows = failed.iter().map(|test| {
        html! {
            th.time scope="row" { (moment(test.at, &report.zone)) }
            td.words { (test.name) }
            td.words {
                (test.error.as_deref().unwrap_or("there was no result"))
            }
        }
    });
    html! {
        h2 { "Speed tests that failed" }
        (table(&[Text("When"), Text("Test"), Text("Why")], rows))
    }
}
