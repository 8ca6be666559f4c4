//! The times of planned work.

use maud::{Markup, html};

use crate::Report;
use crate::format::{count, duration, minute};
use crate::html::table::Column::{Figure, Text};
use crate::html::table::table;

/// The most windows that are listed, the newest of them: some work is planned
/// for every night.
const MOST: usize = 60;

/// A table of the planned work, in the order of time.
pub fn section(report: &Report) -> Markup {
    if report.windows.is_empty() {
        return html! {};
    }
    let older = report.windows.len().saturating_sub(MOST);
    let columns = [
        Text("From"),
        Text("To"),
        Figure("Duration"),
        Text("What"),
        Text("For"),
    ];
    let rows = report.windows[older..].iter().map(|window| {
        let targets = match window.targets.as_slice() {
            [] => "all targets".to_owned(),
            targets => targets.join(", "),
        };
        html! {
            th.time scope="row" { (minute(window.from, &report.zone)) }
            td.words.time { (minute(window.to, &report.zone)) }
            td { (duration(window.to - window.from)) }
            td.words { (window.name) }
            td.words { (targets) }
        }
    });
    html! {
        h2 { "Planned work" }
        p {
            "In this time the targets were allowed to be away. It is left out "
            "of their availability, whether they were or not."
        }
        (table(&columns, rows))
        @if older > 0 {
            p.soft { "Before these there were " (count(older as u64)) " more." }
        }
    }
}
