//! Lesson 27: a report that a provider believes.
//!
//! A week of an office's line is made up, with an outage, with planned work,
//! and with a gap in which the monitor was off. You see how all are found
//! again, and what availability the week had. `report.html` says it to the
//! provider. About 15 minutes.
//!
//! ```console
//! $ cargo run --bin lesson27
//! $ cargo run --bin lesson27 report.html
//! ```
//!
//! Without a name, the report is written into a new temporary folder.

mod week;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use history::{History, Retention};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use report::format::{count, duration, share};
use report::{Availability, Report, TargetReport};

fn main() -> Result<(), Box<dyn Error>> {
    // ANCHOR: report
    // A week of samples, as a monitor would have recorded them.
    let data = tempfile::tempdir()?;
    let history = History::open(data.path(), &Retention::default())?;
    week::record(&history)?;

    // What they show is read into a report, and the report is written.
    let (start, end) = (week::START, week::END);
    let (targets, windows) = (week::targets(), week::windows());
    let about = week::about();
    let mut report =
        Report::read(&history, &targets, &windows, start, end, about)?;
    report.zone = TimeZone::UTC;
    let file = file_name()?;
    fs::write(&file, report::html(&report))
        .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    // ANCHOR_END: report

    for target in &report.targets {
        print(target, &report);
    }
    println!("The whole report, for a browser: {}", file.display());
    Ok(())
}

/// What the report says of a target.
fn print(target: &TargetReport, report: &Report) {
    let (name, kind) = (&target.name, target.kind);
    println!("{name}, {kind} every {} s", target.every / 1000);

    let lost = target.failed() as f64 / target.probes() as f64;
    let probes = count(target.probes());
    println!("  probes   {probes}, of which {} were lost", share(lost));
    for outage in &target.outages {
        let end = outage.to.unwrap_or(report.to);
        let length = duration(outage.length(report.to));
        let planned = match outage.is_excused(report.to) {
            true => ", planned",
            false => "",
        };
        println!("  outage   {}, {length}{planned}", from_to(outage.from, end));
    }
    for window in &target.windows {
        let length = duration(window.to - window.from);
        let (time, name) = (from_to(window.from, window.to), &window.name);
        println!("  planned  {time}, {length}: {name}");
    }
    for gap in &target.gaps {
        let length = duration(gap.length());
        println!("  gap      {}, {length}", from_to(gap.from, gap.to));
    }
    let measured = duration(target.measured);
    let period = duration(report.to - report.from);
    println!("  measured {measured} of {period}");

    let found = Availability::of(target, report.from, report.to);
    if let Some(found) = found {
        let (least, most) = (share(found.at_least), share(found.at_most));
        println!("  available");
        println!("    of the measured time: {}", share(found.measured));
        if found.planned > 0 {
            let all = share(found.with_planned);
            println!("    with planned work:    {all}");
        }
        println!("    of the whole period:  {least} to {most}");
    }
}

/// Two times of the week, such as `Wed 02:13:20 to Wed 03:40:10`.
fn from_to(from: i64, to: i64) -> String {
    let time = |at: i64| {
        let at = Timestamp::from_millisecond(at).unwrap_or_default();
        at.strftime("%a %H:%M:%S").to_string()
    };
    format!("{} to {}", time(from), time(to))
}

/// Where the report is written: the file that was named, or a new one.
fn file_name() -> Result<PathBuf, Box<dyn Error>> {
    if let Some(name) = env::args().nth(1) {
        return Ok(name.into());
    }
    let folder = tempfile::Builder::new().prefix("lesson27-").tempdir()?;
    Ok(folder.keep().join("report.html"))
}
