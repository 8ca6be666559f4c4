//! Lesson 23: what a busy line does to a call.
//!
//! You see one line twice, once with a long buffer and once with a short one:
//! the same speed, and a wait that spoils a call beside one nobody notices.
//! About 20 minutes.
//!
//!     cargo run --bin lesson23
//!
//! To measure a line of yours, with a picture of it:
//!
//!     cargo run --bin lesson23 -- --server http://HOST:8700 --svg line.svg

use bufferbloat::{Phase, Progress, Report, Settings, measure};
use clap::Parser;
use link::Link;
use serde_json::json;
use speedtest::serve::{ServeOptions, Server};
use std::error::Error;
use std::fs;
use std::io::{IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Latency at rest and under load, and a grade from A to F
#[derive(Parser)]
#[command(name = "lesson23")]
struct Arguments {
    /// A speed-test server; without one, the lesson is told
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Print the report as JSON; a failure too
    #[arg(long, requires = "server")]
    json: bool,
    /// The longest that each direction may be kept busy
    #[arg(long, value_name = "N", default_value_t = 12, requires = "server",
        value_parser = clap::value_parser!(u64).range(3..=600))]
    seconds: u64,
    /// The most bytes that may be moved, both directions together
    #[arg(
        long,
        value_name = "N",
        default_value_t = 2_000_000_000,
        requires = "server"
    )]
    bytes: u64,
    /// Draw latency over time into this file; the lesson draws its two lines
    /// into two files, with the buffer in their names
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let told = match &arguments.server {
        Some(server) => one_line(server, &arguments),
        None => lesson(&arguments),
    };
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lesson23: {error}");
            ExitCode::FAILURE
        }
    }
}

// ANCHOR: lesson
fn lesson(options: &Arguments) -> Result<(), Box<dyn Error>> {
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
        let report = measure(&settings, &mut show)?;
        tell(&report);
        if let Some(file) = &options.svg {
            draw(&report, &file.with_extension(format!("{buffer}.svg")))?;
        }
    }
    Ok(())
}
// ANCHOR_END: lesson

fn tell(report: &Report) {
    for line in report.to_string().lines() {
        println!("  {line}");
    }
}

/// A line of somebody's, and all there is to say about it.
fn one_line(server: &str, options: &Arguments) -> Result<(), Box<dyn Error>> {
    let settings = Settings {
        most_seconds: Duration::from_secs(options.seconds),
        most_bytes: options.bytes,
        ..Settings::new(server)
    };
    let measured = measure(&settings, &mut show);
    if options.json {
        let json = match &measured {
            Ok(report) => serde_json::to_value(report)?,
            Err(error) => {
                json!({ "error": error.to_string(), "fault": error.fault() })
            }
        };
        println!("{json:#}");
    }
    let report = measured?;
    if let Some(file) = &options.svg {
        draw(&report, file)?;
    }
    if !options.json {
        println!("{report}");
    }
    Ok(())
}

fn draw(report: &Report, file: &Path) -> Result<(), String> {
    fs::write(file, report.svg())
        .map_err(|error| format!("{}: {error}", file.display()))
}

/// A line that lives, for people who watch.
fn show(now: &Progress) {
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
        now.phase.word()
    );
}
