//! Prints files on the print server, as `lpr` does.
//!
//!     cargo run --bin print-client -- report.pdf 2-3 --copies 2 --duplex
//!     man -Tpdf ls | cargo run --bin print-client -- -
//!     cargo run --bin print-client -- jobs

mod arguments;
mod connection;
mod lists;
mod outcome;
mod printing;

use std::error::Error;
use std::process::ExitCode;

use crate::arguments::{Arguments, Command};
use crate::connection::Connected;
use crate::outcome::Outcome;

fn main() -> ExitCode {
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    match run(&arguments) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            eprintln!("print-client: {error}");
            Outcome::of_error(&*error).into()
        }
    }
}

fn run(arguments: &Arguments) -> Result<Outcome, Box<dyn Error>> {
    let connected = Connected::new(&arguments.connection)?;
    let (client, json) = (&connected.client, arguments.connection.json);
    let listed = match &arguments.command {
        None => return printing::print(&connected, &arguments.print, json),
        Some(Command::Cancel(wanted)) => {
            return Ok(lists::cancel(&connected, wanted, json));
        }
        Some(Command::Jobs(wanted)) => lists::jobs(client, wanted, json),
        Some(Command::Printers) => lists::printers(client, json),
    };
    Ok(match listed {
        Ok(()) => Outcome::Done,
        Err(error) => {
            eprintln!("print-client: {}", connected.words(&error));
            Outcome::of_error(&error)
        }
    })
}
