//! Lesson 20: does it answer, and how soon?
//!
//! Five hosts are asked, two of which are dead: one after another, in a thread
//! each, as tasks. Before that a host's name takes over a shell, and after it
//! services misbehave and are reported. Then it is a program of its own, which
//! asks any number of hosts. About 20 minutes.
//!
//! ```text
//! cargo run --bin lesson20                  all scenes
//! cargo run --bin lesson20 tasks            one of them
//! cargo run --bin lesson20 -- localhost 127.0.0.2 --count 5
//! cargo run --bin lesson20 -- localhost --json
//! ```
//!
//! `shell`, `one-by-one`, `threads`, `tasks` and `checks` are the scenes.
//! Nothing leaves this machine, unless you name a host that does.

mod checks;
mod hosts;
mod one_by_one;
mod shell;
mod tasks;
mod threads;

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use ping::{ProbeKind, Report, Settings, Target, pass};
use tokio::runtime;

/// Asks hosts whether they answer, all at once.
#[derive(Parser)]
struct Arguments {
    /// Names or addresses; or a scene of the lesson. None: all scenes.
    hosts: Vec<String>,
    /// How many probes each host gets.
    #[arg(long, default_value_t = 2,
        value_parser = clap::value_parser!(u32).range(1..=65_535))]
    count: u32,
    /// How long an answer may take, in milliseconds.
    #[arg(long, default_value_t = 1000)]
    timeout: u64,
    /// Connects to this port instead of sending echo requests.
    #[arg(long, value_name = "PORT")]
    tcp: Option<u16>,
    /// Prints the reports as JSON.
    #[arg(long)]
    json: bool,
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

type Scene = (&'static str, fn() -> Outcome);

const SCENES: [Scene; 5] = [
    ("shell", shell::play),
    ("one-by-one", one_by_one::play),
    ("threads", threads::play),
    ("tasks", tasks::play),
    ("checks", checks::play),
];

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();

    // The lesson: all scenes, or the one that was named.
    let wanted = match arguments.hosts.as_slice() {
        [] => Some(None),
        [name] if SCENES.iter().any(|it| it.0 == name) => Some(Some(name)),
        _ => None,
    };
    if let Some(wanted) = wanted {
        for (name, play) in SCENES {
            if wanted.is_none_or(|wanted| wanted == name) {
                println!("== {name}");
                play()?;
            }
        }
        return Ok(ExitCode::SUCCESS);
    }

    // The program: it has failed if one host did not answer.
    let reports = runtime()?.block_on(ask(&arguments));
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&reports)?);
    } else {
        table(&reports);
    }
    let all = reports.iter().all(Report::is_alive);
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

// ANCHOR: ask
async fn ask(arguments: &Arguments) -> Vec<Report> {
    let settings = Settings {
        count: arguments.count,
        timeout: Duration::from_millis(arguments.timeout),
        probe: arguments.tcp.map_or(ProbeKind::Auto, |_| ProbeKind::Tcp),
        port: arguments.tcp.unwrap_or(80),
        ..Settings::default()
    };
    let targets: Vec<Target> =
        arguments.hosts.iter().map(Target::new).collect();
    pass(&targets, &settings).await
}
// ANCHOR_END: ask

fn table(reports: &[Report]) {
    println!(
        "{:<20} {:<8} {:>9} {:>6} {:>9} {:>9} {:>9} {:>9}",
        "host",
        "method",
        "answered",
        "loss",
        "min ms",
        "median",
        "p95",
        "jitter"
    );
    for report in reports {
        let Report { host, method, sent, received, .. } = report;
        let number = |figure: Option<f64>| {
            figure.map_or("-".to_owned(), |ms| format!("{ms:.3}"))
        };
        println!(
            "{host:<20} {method:<8} {received:>4} of {sent:<2} {:>5.0}% \
             {:>9} {:>9} {:>9} {:>9}",
            report.loss * 100.0,
            number(report.minimum_ms),
            number(report.median_ms),
            number(report.p95_ms),
            number(report.jitter_ms),
        );
        if let Some(error) = &report.error {
            println!("    {error}");
        }
    }
}

/// An executor on the thread that calls it.
fn runtime() -> std::io::Result<runtime::Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
}
