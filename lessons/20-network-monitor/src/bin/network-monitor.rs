//! The network monitor.
//!
//!     cargo run --bin network-monitor
//!
//! watches this machine and its router until a file says what else:
//!
//!     cargo run --bin network-monitor -- --config monitor.toml

use clap::Parser;
use daemon::Daemon;
use daemon::config::{self, Loaded};
use network_monitor::watch::SECTIONS;
use network_monitor::{Options, Running, run};
use std::process::ExitCode;

/// Watches a network: pings, checks, speed tests, and what became of them
#[derive(Parser)]
#[command(name = "network-monitor", version)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    match config::load::<Arguments>(SECTIONS) {
        Ok(Loaded { arguments: Arguments { options }, file }) => {
            let daemon = options.daemon.clone();
            Daemon::run("network-monitor", &daemon, |daemon| {
                run(daemon, options, file, introduce)
            })
        }
        Err(error) => error.report(),
    }
}

fn introduce(running: &Running) {
    println!("network monitor");
    println!("  page:    {}", running.link);
    println!("  watches: {}", list(running));
    println!("  data:    {}", running.data.display());
    println!("The link signs one browser in, once.");
}

fn list(running: &Running) -> String {
    let targets = running.watch.targets.iter().map(|it| it.name.as_str());
    let tests = running.watch.speed.iter().map(|it| it.name.as_str());
    let names: Vec<&str> = targets.chain(tests).collect();
    match names.len() {
        0 => "nothing".to_owned(),
        ..=5 => names.join(", "),
        more => format!("{} and {} more", names[..4].join(", "), more - 4),
    }
}
