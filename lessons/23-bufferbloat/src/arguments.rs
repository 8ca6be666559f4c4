//! The program's arguments.

use std::path::PathBuf;

use clap::Parser;

/// Latency at rest and under load, and a grade from A to F
#[derive(Parser)]
#[command(name = "lesson23")]
pub struct Arguments {
    /// A speed-test server; without one, the lesson's two lines are measured
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// Print the report as JSON; an error too
    #[arg(long, requires = "server")]
    pub json: bool,
    /// The longest time that each direction is loaded
    #[arg(long, value_name = "SECONDS", default_value_t = 12,
        requires = "server",
        value_parser = clap::value_parser!(u64).range(3..=600))]
    pub seconds: u64,
    /// The most bytes that are moved, both directions together
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 2_000_000_000,
        requires = "server"
    )]
    pub bytes: u64,
    /// Draw latency over time into this file; the lesson draws its two lines
    /// into two files, with the buffer in their names
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}
