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
//!     cargo run --bin print-server sample > print-server.toml
//!     cargo run --bin print-server -- --config print-server.toml

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use daemon::config::{self, ConfigFile, Loaded};
use daemon::{Daemon, ShowCertificate, Unit, UsersCommand, print_line};
use print_server::roles::ROLES;
use print_server::{Options, RecordsCommand, Running, RunningPrinter, run};

const NAME: &str = "print-server";
/// The tables of the configuration, besides the options.
const TABLES: [&str; 2] = ["printers", "folders"];

/// A print server for printers without a driver: PDF in by HTTP, paper out
///
/// Without a command it runs until it is asked to end. Its page and its API
/// need the key of an account; the link that it prints at the start signs a
/// browser in, once, as the administrator, whose key is in its data folder.
/// The option --open names those that may print without a key: at first the
/// programs of this machine, as the talk's own client does.
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
    /// Show the certificate that clients see, and its fingerprint
    Certificate(ShowCertificate),
    /// Print a configuration file to begin with: every option with its default,
    /// and an example of every table, all of it commented out
    Sample,
    /// Print a unit file, with which systemd runs the server
    Unit,
    /// Say who printed what, and how much. The server may run meanwhile
    Records(RecordsCommand),
    /// Make, list, change and revoke accounts. The server may run meanwhile
    Users(UsersCommand),
    /// Rename a damaged queue, so that the next start makes a new one. Its
    /// jobs and its documents stay where they are
    SetAside,
}

fn main() -> ExitCode {
    // The child process that renders a document starts here as well.
    driver::isolated::serve_if_child();
    let loaded = match config::load::<Arguments>(&TABLES) {
        Ok(loaded) => loaded,
        Err(error) => return error.report(),
    };
    let Loaded { arguments, file } = loaded;
    let Arguments { mut options, command } = arguments;
    let read = options.read_printers(&file);
    if let Err(error) = read.and_then(|()| options.read_folders(&file)) {
        // As for any other mistake in the configuration.
        eprintln!("{NAME}: {error}");
        return ExitCode::from(2);
    }
    match command {
        None => {
            let daemon = options.daemon.clone();
            Daemon::run(NAME, &daemon, |daemon| {
                if let Some(file) = file.path() {
                    tracing::info!("the configuration is {}", file.display());
                }
                let before = options.clone();
                daemon.on_reload(move || {
                    let message = changes(&file, &before);
                    async { message }
                });
                run(daemon, options, introduce)
            })
        }
        Some(Command::Check) => match options.daemon.tls.check() {
            Ok(()) => {
                print_line("all is well");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{NAME}: {error}");
                ExitCode::FAILURE
            }
        },
        Some(Command::Certificate(show)) => {
            match show.run(NAME, &options.daemon) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("{NAME}: {error}");
                    ExitCode::FAILURE
                }
            }
        }
        Some(Command::Sample) => {
            print_line(print_server::sample().trim_end());
            ExitCode::SUCCESS
        }
        Some(Command::Unit) => match print_unit(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{NAME}: {error}");
                ExitCode::FAILURE
            }
        },
        Some(Command::Records(wish)) => {
            match print_server::print_records(&options, &wish) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("{NAME}: {error}");
                    ExitCode::FAILURE
                }
            }
        }
        Some(Command::Users(users)) => {
            let scheme = options.daemon.tls.scheme(options.listen);
            let base = format!("{scheme}://{}", options.listen);
            match users.run(NAME, &options.daemon, ROLES, &base) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("{NAME}: {error}");
                    ExitCode::FAILURE
                }
            }
        }
        Some(Command::SetAside) => match print_server::set_aside(&options) {
            Ok(renamed) => {
                print_line(format!("renamed to {}", renamed.display()));
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{NAME}: {error}");
                ExitCode::FAILURE
            }
        },
    }
}

/// The options that the file now sets otherwise than at the start. None of them
/// can change while the server runs.
fn changes(file: &ConfigFile, before: &Options) -> Result<String, String> {
    let newer = config::load::<Arguments>(&TABLES);
    let newer = newer.map_err(|error| error.to_string())?;
    let mut options = newer.arguments.options;
    options.read_printers(&newer.file)?;
    options.read_folders(&newer.file)?;
    let mut changed = file.changed_flags(&newer.file);
    if options.printers != before.printers {
        changed.push("printers".to_owned());
    }
    if options.folders != before.folders {
        changed.push("folders".to_owned());
    }
    Ok(match (file.path(), changed.is_empty()) {
        (None, _) => "there is no file, and nothing has changed".to_owned(),
        (_, true) => "nothing has changed".to_owned(),
        (_, false) => format!("{}: only after a restart", changed.join(", ")),
    })
}

fn introduce(running: &Running) {
    print_line("print server");
    print_line(format!("  page:    {}", running.link));
    if let Some(ipp) = &running.ipp {
        print_line(format!("  ipp:     {ipp}"));
    }
    print_line(format!("  queue:   {}", running.queue));
    let several = running.printers.len() > 1;
    for printer in &running.printers {
        let RunningPrinter { name, printer, panel, tray, .. } = printer;
        match several {
            true => print_line(format!("  printer: {name}, {printer}")),
            false => print_line(format!("  printer: {printer}")),
        }
        if let Some(panel) = panel {
            print_line(format!("  panel:   {panel}"));
        }
        if let Some(tray) = tray {
            print_line(format!("  tray:    {}", tray.display()));
        }
    }
    print_line("The link signs one browser in, once.");
    let first = running.printers.first();
    let is_virtual = first.is_some_and(|it| it.virtual_printer.is_some());
    if is_virtual && !several {
        print_line(
            "No printer was named, so a virtual one prints PNG pages into \
             its tray.\nName a real one with --printer tcp://HOST:9100",
        );
    }
}

fn print_unit(options: &Options) -> Result<(), Box<dyn Error>> {
    let mut unit = Unit::new(NAME, "Print server");
    unit.apply_options(&options.daemon)?;
    let folders = options.folders.iter().map(|folder| folder.path.clone());
    unit.writable.extend(folders);
    unit.arguments = config::service_arguments::<Arguments>(&TABLES)?;
    Ok(unit.print()?)
}
