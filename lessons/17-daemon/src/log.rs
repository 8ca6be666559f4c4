//! The log: text for people or JSON for programs, on standard error or in a
//! file that is rotated.
//!
//! The program logs with the macros of `tracing`. Trouble with the log never
//! ends the program.

mod journal;
mod rotated;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use clap::{Args, ValueEnum};
use journal::Journal;
use rotated::Rotated;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{MakeWriter, fmt};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::panics;

/// What a person can choose about the log.
#[derive(Debug, Clone, Args)]
#[group(id = "log")]
pub struct LogOptions {
    /// How much is logged: error, warn, info, debug or trace; or for each
    /// part, as in info,hyper=warn
    #[arg(long, default_value = "info", value_parser = level,
        value_name = "LEVEL")]
    pub log_level: String,

    /// How a line of the log looks
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub log_format: Format,

    /// Log to a file [default: to standard error]
    #[arg(long, value_name = "FILE")]
    pub log_file: Option<PathBuf>,

    /// How large the file may become before a new one is begun, in megabytes
    #[arg(long, default_value = "10", value_parser = megabytes,
        value_name = "MEGABYTES")]
    pub log_size: f64,

    /// How many old files are kept
    #[arg(long, default_value = "5", value_parser = count,
        value_name = "COUNT")]
    pub log_keep: usize,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The log that was started.
#[derive(Clone)]
pub struct LogGuard(Sink);

/// Starts the log: from now on `tracing`'s macros write where the options say,
/// and panics are logged too.
///
/// # Errors
/// The file cannot be opened, or a log was started before.
pub fn start(options: &LogOptions) -> io::Result<LogGuard> {
    let sink = match &options.log_file {
        None => Sink::Stderr,
        Some(path) => {
            let most = (options.log_size * 1024.0 * 1024.0) as u64;
            let file = Rotated::open(path, most, options.log_keep);
            let file = file.map_err(|error| {
                let path = path.display();
                let message = format!("cannot log to {path}: {error}");
                io::Error::new(error.kind(), message)
            })?;
            Sink::File(Arc::new(Mutex::new(file)))
        }
    };
    let filter: Targets =
        options.log_level.parse().map_err(io::Error::other)?;
    // The filter above decides; this one would let no debug line pass.
    let log = fmt().with_max_level(LevelFilter::TRACE);
    let log = log.with_writer(sink.clone());
    let log = log.with_ansi(false).log_internal_errors(false);
    match options.log_format {
        Format::Text if options.log_file.is_none() && journal::listens() => {
            let log = log.event_format(Journal::new()).finish();
            log.with(filter).try_init()
        }
        Format::Text => log.finish().with(filter).try_init(),
        Format::Json => {
            let log = log.json().flatten_event(true).finish();
            log.with(filter).try_init()
        }
    }
    .map_err(io::Error::other)?;
    panics::to_the_log();
    Ok(LogGuard(sink))
}

impl LogGuard {
    /// Opens the file again, in case somebody has moved it away.
    pub fn reopen(&self) {
        if let Sink::File(file) = &self.0 {
            file.lock().unwrap_or_else(PoisonError::into_inner).close();
        }
    }
}

/// Where lines go.
#[derive(Clone)]
enum Sink {
    Stderr,
    File(Arc<Mutex<Rotated>>),
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = &'a Sink;

    fn make_writer(&'a self) -> &'a Sink {
        self
    }
}

impl Write for &Sink {
    /// Always takes the whole line. One that cannot be written is lost.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = one_line(line);
        match self {
            // Perhaps nobody reads it any more: the work goes on.
            Sink::Stderr => drop(io::stderr().lock().write_all(&text)),
            Sink::File(file) => {
                file.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .write_line(&text);
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The text with its inner line ends escaped: what somebody else chose, such
/// as a file's name, must not look like another line of the log.
fn one_line(line: &[u8]) -> Vec<u8> {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let mut one = Vec::with_capacity(line.len());
    for byte in text {
        match byte {
            b'\n' => one.extend(b"\\n"),
            b'\r' => one.extend(b"\\r"),
            byte => one.push(*byte),
        }
    }
    one.extend(&line[text.len()..]);
    one
}

fn level(text: &str) -> Result<String, String> {
    let levels = text.parse::<Targets>();
    levels.map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// A number of old files. Each rotation renames all of them.
fn count(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|count| *count <= 1000)
        .ok_or_else(|| "say a number of files, 0 to 1000".to_owned())
}

fn megabytes(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|size| (0.001..=1_000_000.0).contains(size))
        .ok_or_else(|| "say a number of megabytes, 0.001 or more".to_owned())
}
