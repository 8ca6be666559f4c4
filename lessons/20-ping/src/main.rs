//! Lesson 20: does it answer, and how soon?
//!
//! A host's name takes over a shell. Then five hosts are asked, two of which
//! are dead: one after another, in a thread each, as tasks. Then services
//! misbehave and are reported. With hosts of yours it is a program of its own.
//! About 20 minutes.
//!
//! ```text
//! cargo run --bin lesson20                  all scenes
//! cargo run --bin lesson20 tasks            one of them
//! cargo run --bin lesson20 -- localhost 127.0.0.2 --count 5
//! cargo run --bin lesson20 -- localhost --json
//! ```
//!
//! Nothing leaves this machine, unless you name a host that does.

mod arguments;
mod scenes;
mod table;

use std::error::Error;
use std::process::{Command, ExitCode};

use clap::Parser;
use ping::{ErrorKind, Report, Settings, Target, pass};
use tokio::runtime::{self, Runtime};

use arguments::Arguments;
use scenes::{checks, one_by_one, tasks, threads};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 5] = ["shell", "one-by-one", "threads", "tasks", "checks"];

/// A line that somebody has written into the list of hosts.
const HOST: &str = "127.0.0.1 && echo all your files are gone";

/// The shell and its option for a command.
const SHELL: [&str; 2] =
    if cfg!(windows) { ["cmd", "/C"] } else { ["sh", "-c"] };

type Outcome = Result<(), Box<dyn Error>>;

fn shell() -> Outcome {
    println!("the host: {HOST}");

    // The talk's way, with `echo` in front so that nothing is sent.
    println!("\npasted into a line for the shell:");
    // ANCHOR: pasted
    let line = format!("echo ping -c2 {HOST}");
    let output = Command::new(SHELL[0]).args([SHELL[1], &line]).output()?;
    // ANCHOR_END: pasted
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        println!("  {}", line.trim_end());
    }

    // The cure: the whole string is the name of a host, and no shell reads it.
    println!("\ngiven to the part as a host:");
    for host in [HOST, "-f"] {
        let targets = [Target::new(host)];
        let reports = runtime()?.block_on(pass(&targets, &Settings::default()));
        println!("  {}", reports[0].error.as_deref().unwrap_or("alive"));
    }
    println!();
    Ok(())
}

/// An executor on the thread that calls it.
fn runtime() -> std::io::Result<Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
}

/// The program: asks the hosts, and fails if one did not answer.
fn ping_hosts(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let targets: Vec<Target> =
        arguments.hosts.iter().map(Target::new).collect();
    let reports = runtime()?.block_on(pass(&targets, &arguments.settings()));
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&reports)?);
    } else {
        table::print(&reports);
    }
    if let [report] = reports.as_slice()
        && report.fault == Some(ErrorKind::Unresolved)
    {
        let (host, scenes) = (&report.host, SCENES.join(", "));
        eprintln!("Nor is {host:?} a scene: there are {scenes}.");
    }
    let all_answered = reports.iter().all(Report::is_alive);
    Ok(if all_answered { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();
    // Hosts, one scene by its name, or all scenes.
    match arguments.hosts.as_slice() {
        [scene] if SCENES.contains(&scene.as_str()) => play(scene)?,
        [] => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene)?;
            }
        }
        _ => return ping_hosts(&arguments),
    }
    Ok(ExitCode::SUCCESS)
}

fn play(scene: &str) -> Outcome {
    match scene {
        "shell" => shell(),
        "one-by-one" => one_by_one::play(),
        "threads" => threads::play(),
        "tasks" => tasks::play(),
        "checks" => checks::play(),
        _ => unreachable!("only scenes are played"),
    }
}
