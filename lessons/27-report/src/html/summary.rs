//! A few sentences for a reader who reads nothing else.

use maud::{Markup, html};

use crate::format::{count, duration, plural, share, speed};
use crate::html::speed::of_promised;
use crate::speeds::Speeds;
use crate::{Gap, Outage, Report};

pub fn section(report: &Report) -> Markup {
    let mut text = targets(report);
    let names = report.test_names();
    for name in &names {
        // One test needs no name.
        let which = match names.len() {
            1 => String::new(),
            _ => format!(" “{name}”"),
        };
        text += &tests(report, name, &which);
    }
    html! {
        p.short { (text) }
        @for omitted in &report.omitted {
            p.soft { (omitted) }
        }
    }
}

/// How often targets did not answer, and how long nothing was asked.
fn targets(report: &Report) -> String {
    let mut probes = 0;
    let mut failed = 0;
    let mut outages: Vec<&Outage> = Vec::new();
    for target in &report.targets {
        probes += target.probes();
        failed += target.failed();
        outages.extend(&target.outages);
    }
    let all = outages.len();
    outages.retain(|outage| !outage.is_excused(report.to));
    let length = |outage: &&Outage| outage.length(report.to);
    let longest = outages.iter().map(length).max().unwrap_or_default();
    let longest = duration(longest);

    let period = duration(report.to - report.from);
    let mut text = format!("In these {period} ");
    text += &match outages.len() {
        0 if probes == 0 => "no target was asked".to_owned(),
        0 => "no outage was seen".to_owned(),
        1 => format!("one outage was seen, of {longest}"),
        number => {
            let number = count(number as u64);
            format!("{number} outages were seen, the longest of {longest}")
        }
    };
    text += &excused(report, all - outages.len());
    if probes > 0 {
        let part = share(failed as f64 / probes as f64);
        text += &format!("; {part} of {} probes were lost", count(probes));
        let off: i64 = report.gaps().iter().map(Gap::length).sum();
        if off > 0 {
            text += &format!("; nothing was asked for {}", duration(off));
        }
    }
    text + "."
}

/// The outages that nobody is to be blamed for.
fn excused(report: &Report, number: usize) -> String {
    let outages = match number {
        0 => return String::new(),
        1 => "one".to_owned(),
        more => count(more as u64),
    };
    let is_planned = |outage: &Outage| outage.planned > 0;
    let is_behind = |outage: &Outage| outage.unreachable > 0;
    let mut all = report.targets.iter().flat_map(|target| &target.outages);
    let planned = all.clone().any(is_planned);
    match (planned, all.any(is_behind)) {
        (true, false) => {
            format!(" outside of planned work, and {outages} in it")
        }
        (false, _) => {
            format!(", and {outages} of targets behind others that were away")
        }
        (true, true) => format!(
            ", and {outages} in planned work or behind others that were away"
        ),
    }
}

/// What the tests of one name show. Tests with another name have another
/// server, and their speeds are not mixed with these.
fn tests(report: &Report, name: &str, which: &str) -> String {
    let tests = report.tests_named(name);
    let number = plural(tests.len(), "speed test");
    let failed = match tests.iter().filter(|test| test.failed()).count() {
        0 => "none".to_owned(),
        failed => count(failed as u64),
    };
    let mut text = format!(" Of {number}{which}, {failed} failed.");
    let downloads = tests.iter().filter_map(|test| test.download_bps);
    if let Some(Speeds { median, worst }) = Speeds::of(downloads) {
        let (half, slowest) = (speed(Some(median)), speed(Some(worst)));
        text += &format!(" Half of the downloads were slower than {half}");
        let promised = report.about.download_bps;
        if let Some(part) = of_promised(median, promised) {
            let promised = speed(promised);
            text += &format!(", which is {part} of the promised {promised}");
        }
        text += &format!("; the slowest had {slowest}.");
    }
    text
}
