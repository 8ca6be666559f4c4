//! Lesson 23: what a busy line does to a call.
//!
//! You see one line twice, once with a long buffer and once with a short one:
//! the speed is the same, but one wait spoils a call, and the other nobody
//! notices.
//! About 20 minutes.
//!
//! ```text
//! cargo run --bin lesson23
//! ```
//!
//! To measure a line of yours, with a picture of it:
//!
//! ```text
//! cargo run --bin lesson23 -- --server http://HOST:8700 --svg line.svg
//! ```

mod arguments;

use std::error::Error;
use std::fs;
use std::io::{IsTerminal, Write, stderr};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use bufferbloat::{Phase, Progress, Report, Settings, measure};
use clap::Parser;
use link::Link;
use serde_json::json;
use speedtest::serve::{ServeOptions, Server};

use arguments::Arguments;

// ANCHOR: lesson
fn lesson(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    // A server, and no network at all between it and us ...
    let server = Server::start(&ServeOptions::default())?;

    // ... but a line of 20 Mbit/s, whose far end is 20 ms away. In front of
    // it is a buffer: a long one first, of 300 ms, then a short one.
    for buffer in ["300ms", "20ms"] {
        let line = format!("20mbit,20ms,buffer={buffer}");
        let link = Link::start(&line.parse()?, server.address())?;
        println!("a buffer of {buffer}");

        // The same measurement both times.
        let settings = Settings::new(format!("http://{}", link.address()));
        let report = measure(&settings, &mut show_progress)?;
        for line in report.to_string().lines() {
            println!("  {line}");
        }
        if let Some(reason) = report.not_measured() {
            eprintln!("{reason}");
        }
        if let Some(file) = &arguments.svg {
            draw(&report, &file.with_extension(format!("{buffer}.svg")))?;
        }
    }
    Ok(())
}
// ANCHOR_END: lesson

fn draw(report: &Report, file: &Path) -> Result<(), String> {
    fs::write(file, report.svg())
        .map_err(|error| format!("{}: {error}", file.display()))
}

/// Writes one line again and again, where a person watches.
fn show_progress(now: &Progress) {
    if !stderr().is_terminal() {
        return;
    }
    let latency = match now.latency_ms {
        Some(ms) => format!("{ms:.0} ms"),
        None => "no answer".to_owned(),
    };
    let rate = match now.phase {
        Phase::Idle | Phase::Pause => String::new(),
        _ => format!("{:.1} Mbit/s", now.bps / 1e6),
    };
    // If the terminal is gone, the result still counts.
    let _ = write!(
        stderr(),
        "\r\x1b[K{:4.0} s  {:9} {latency:12} {rate}\r",
        now.seconds,
        now.phase.name()
    );
}

/// The program: measures the line to a server.
fn measure_line(
    server: &str,
    arguments: &Arguments,
) -> Result<(), Box<dyn Error>> {
    let settings = Settings {
        most_seconds: Duration::from_secs(arguments.seconds),
        most_bytes: arguments.bytes,
        ..Settings::new(server)
    };
    let measured = measure(&settings, &mut show_progress);
    if arguments.json {
        let json = match &measured {
            Ok(report) => serde_json::to_value(report)?,
            Err(error) => {
                json!({ "error": error.to_string(), "fault": error.fault() })
            }
        };
        println!("{json:#}");
    }
    let report = measured?;
    if let Some(reason) = report.not_measured() {
        eprintln!("{reason}");
    }
    if let Some(file) = &arguments.svg {
        draw(&report, file)?;
    }
    if !arguments.json {
        println!("{report}");
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.server {
        Some(server) => measure_line(server, &arguments),
        None => lesson(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lesson23: {error}");
            ExitCode::FAILURE
        }
    }
}
