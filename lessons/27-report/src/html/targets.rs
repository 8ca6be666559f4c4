//! What was asked whether it answers: availability, outages, gaps, latency.

use std::cmp::Reverse;

use maud::{Markup, html};

use crate::bins::merge;
use crate::chart::{key, latency_chart};
use crate::format::{self, count, duration, minute, moment, share};
use crate::html::table::Column::{Figure, Text};
use crate::html::table::table;
use crate::{Availability, Outage, Report, TargetReport};

/// The most gaps that are listed, the longest of them: a computer that sleeps
/// every night has many.
const MOST_GAPS: usize = 60;

/// A table of targets: what part of the time they answered.
pub fn availability(report: &Report) -> Markup {
    if report.targets.is_empty() {
        return html! {};
    }
    let columns = [
        Text("Target"),
        Figure("Measured"),
        Figure("Probes"),
        Figure("Lost"),
        Figure("Available, of the measured time"),
        Figure("Of the whole period"),
    ];
    let rows = report.targets.iter().map(|target| {
        let (probes, failed) = (target.probes(), target.failed());
        let lost = match probes {
            0 => "–".to_owned(),
            _ => share(failed as f64 / probes as f64),
        };
        let found = Availability::of(target, report.from, report.to);
        let available = found.map(|it| share(it.measured));
        html! {
            th scope="row" {
                (target.name) br;
                span.soft { (target.kind) ", " (target.address) }
            }
            td { (duration(target.measured)) }
            td { (count(probes)) }
            td { (lost) }
            td {
                (available.as_deref().unwrap_or("–"))
                @for more in found.map(|it| apart(target, it)).unwrap_or_default() {
                    br;
                    span.soft { (more) }
                }
            }
            td { (found.map_or("–".to_owned(), whole_period)) }
        }
    });
    html! {
        h2 { "Availability" }
        (table(&columns, rows))
    }
}

/// What is counted apart from a target's availability, in words.
fn apart(target: &TargetReport, found: Availability) -> Vec<String> {
    let mut words = Vec::new();
    if found.planned > 0 {
        words.push(format!(
            "with planned work ({}) {}",
            duration(found.planned),
            share(found.with_planned)
        ));
    }
    if let (true, Some(behind)) = (found.unreachable > 0, &target.behind) {
        let time = duration(found.unreachable);
        words.push(format!("unreachable for {time} behind {behind}"));
    }
    words
}

/// `99.21 %`, or with gaps `95.02 % to 99.25 %`.
fn whole_period(found: Availability) -> String {
    let (least, most) = (share(found.at_least), share(found.at_most));
    if least == most { least } else { format!("{least} to {most}") }
}

/// A table of the outages of all targets, in the order of time.
pub fn outages(report: &Report) -> Markup {
    let mut all: Vec<(&TargetReport, &Outage)> = Vec::new();
    for target in &report.targets {
        all.extend(target.outages.iter().map(|outage| (target, outage)));
    }
    all.sort_by_key(|(_, outage)| outage.from);
    if all.is_empty() {
        let none = match report.targets.iter().all(|it| it.probes() == 0) {
            true => "No target was asked, so none could be seen.",
            false => "None was seen.",
        };
        return html! {
            h2 { "Outages" }
            p { (none) }
        };
    }
    let columns = [
        Text("From"),
        Text("To"),
        Figure("Duration"),
        Text("Target"),
        Figure("Probes lost"),
        Text("Why"),
    ];
    let rows = all.iter().map(|(target, outage)| {
        let time = |at: i64| match outage.off_by {
            0 => moment(at, &report.zone),
            _ => format!("about {}", minute(at, &report.zone)),
        };
        let end = match outage.to {
            Some(to) if outage.answered => time(to),
            Some(to) => format!("{}, then nothing was asked", time(to)),
            None => "not before the end of this report".to_owned(),
        };
        // ANCHOR: row
        html! {
            th.time scope="row" { (time(outage.from)) }
            td.words.time { (end) }
            td.bad { (duration(outage.length(report.to))) }
            td.words { (target.name) }
            td { (count(outage.failed)) }
            td.words { (why(target, outage, report.to)) }
        }
        // ANCHOR_END: row
    });
    html! {
        h2 { "Outages" }
        (table(&columns, rows))
    }
}

/// Why a target did not answer, as far as that is known.
fn why(target: &TargetReport, outage: &Outage, end: i64) -> String {
    let error = outage.error.as_deref().unwrap_or("no answer");
    if let Some(window) = &outage.window {
        let part = match outage.is_excused(end) {
            true => "planned",
            false => "partly planned",
        };
        return format!("{part}: {window} ({error})");
    }
    match &target.behind {
        Some(behind) if outage.unreachable > 0 => {
            format!("unreachable: {behind} did not answer either ({error})")
        }
        _ => error.to_owned(),
    }
}

/// A table of the time in which nothing was asked, in the order of time.
pub fn gaps(report: &Report) -> Markup {
    let mut gaps = report.gaps();
    if gaps.is_empty() {
        return html! {};
    }
    gaps.sort_by_key(|gap| Reverse(gap.length()));
    let shorter = gaps.len().saturating_sub(MOST_GAPS);
    gaps.truncate(MOST_GAPS);
    gaps.sort_by_key(|gap| gap.from);
    let columns = [Text("From"), Text("To"), Figure("Duration")];
    let rows = gaps.iter().map(|gap| {
        html! {
            th.time scope="row" { (minute(gap.from, &report.zone)) }
            td.words.time { (minute(gap.to, &report.zone)) }
            td { (duration(gap.length())) }
        }
    });
    html! {
        h2 { "Not measured" }
        p {
            "In this time nothing was asked, because the monitor or its "
            "computer was off. Nobody knows whether the targets would have "
            "answered, so it is neither an outage nor measured time."
        }
        (table(&columns, rows))
        @if shorter > 0 {
            p.soft { "There were " (count(shorter as u64)) " shorter ones." }
        }
    }
}

/// The round trips of each target: a table, and a chart over time.
pub fn latency(report: &Report) -> Markup {
    let answered = |target: &&TargetReport| !target.bins.is_empty();
    let targets: Vec<_> = report.targets.iter().filter(answered).collect();
    if targets.is_empty() {
        return html! {};
    }
    let columns = [
        Text("Target"),
        Figure("Fastest"),
        Figure("Median"),
        Figure("95 % below"),
        Figure("Slowest"),
    ];
    let rows = targets.iter().map(|target| {
        let figures = merge(&target.bins).figures;
        let figure = |at: usize| format::latency(figures.map(|it| it[at]));
        html! {
            th scope="row" { (target.name) }
            @for at in [0, 2, 4, 5] {
                td { (figure(at)) }
            }
        }
    });
    html! {
        h2 { "Latency" }
        (table(&columns, rows))
        ul.legend {
            li { (key("all", "M0 2h24v8h-24z")) "fastest to slowest, cut off at the top" }
            li { (key("middle", "M0 2h24v8h-24z")) "middle half" }
            li { (key("median", "M0 5h24v2h-24z")) "median" }
            li { (key("lost", "M0 2h24v8h-24z")) "lost: the taller, the more" }
            @if !report.windows.is_empty() {
                li { (key("planned", "M0 2h24v8h-24z")) "planned work" }
            }
        }
        @for target in &targets {
            figure {
                h3 { (target.name) }
                (latency_chart(report, target))
            }
        }
    }
}
