//! The print server.
//!
//!     cargo run --bin print-server
//!
//! prints on a virtual C360 until you name a real one:
//!
//!     cargo run --bin print-server -- --printer tcp://192.0.2.9:9100
//!
//! or write it into a file, which can hold every option:
//!
//!     cargo run --bin print-server -- --config print-server.toml

use clap::{Parser, Subcommand};
use daemon::config::{self, ConfigFile, Loaded};
use daemon::{Daemon, Unit};
use print_server::{Options, Running, run};
use std::io;
use std::process::ExitCode;

const NAME: &str = "print-server";

/// A print server for printers without a driver: PDF in by HTTP, paper out
///
/// Without a command it runs until it is asked to end. Its page and its API
/// want the key that it keeps in its data folder; the link that it prints at
/// the start signs a browser in, once. POST /upload, the talk's own protocol,
/// wants no key on a loopback address; on others it does, unless
/// --open-upload is given.
#[derive(Parser)]
#[command(name = NAME, version)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Read the configuration, and say what is wrong in it
    Check,
    /// Print a unit file, with which systemd runs the server
    Unit,
}

fn main() -> ExitCode {
    // A process that renders a document for us starts here too.
    driver::isolated::child();
    let loaded = match config::load::<Arguments>(&[]) {
        Ok(loaded) => loaded,
        Err(error) => return error.report(),
    };
    let Loaded { arguments: Arguments { options, command }, file } = loaded;
    match command {
        None => {
            let daemon = options.daemon.clone();
            Daemon::run(NAME, &daemon, |daemon| run(daemon, options, introduce))
        }
        Some(Command::Check) => {
            println!("all is well");
            ExitCode::SUCCESS
        }
        Some(Command::Unit) => match print_unit(&options, &file) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{NAME}: {error}");
                ExitCode::FAILURE
            }
        },
    }
}

fn introduce(running: &Running) {
    println!("print server");
    println!("  page:    {}", running.link);
    println!("  queue:   {}", running.queue);
    println!("  printer: {}", running.printer);
    if let Some(panel) = &running.panel {
        println!("  panel:   {panel}");
    }
    if let Some(tray) = &running.tray {
        println!("  tray:    {}", tray.display());
    }
    println!("The link signs one browser in, once.");
    if running.virtual_printer.is_some() {
        println!(
            "No printer was named, so a virtual one prints PNG pages into \
             its tray.\nName a real one with --printer tcp://HOST:9100"
        );
    }
}

fn print_unit(options: &Options, file: &ConfigFile) -> io::Result<()> {
    let mut unit = Unit::new(NAME, "Print server");
    unit.deadline = options.daemon.stop_deadline;
    if let Some(path) = file.path() {
        let path = path.canonicalize()?;
        unit.arguments = vec!["--config".into(), path.display().to_string()];
    }
    print!("{}", unit.text()?);
    Ok(())
}
