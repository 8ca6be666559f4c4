//! The printer that nobody has to own, as a program.
//!
//! ```console
//! $ cargo run --bin c360
//! $ cargo run --bin c360 -- --listen 127.0.0.1:9100 --tray /tmp/tray
//! ```

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use virtual_c360::{Accounts, Fault, MODEL, Settings, VirtualC360};

/// A bizhub C360 in software: takes jobs on a port, puts PNGs into a tray.
#[derive(Parser)]
struct Arguments {
    /// Where it takes jobs
    #[arg(long, default_value = "127.0.0.1:9100")]
    listen: SocketAddr,
    /// The address of its front panel, a web page
    #[arg(long, default_value = "127.0.0.1:9180")]
    panel: SocketAddr,
    /// Where it takes jobs by LPD, for its queue `Print` [default: nowhere]
    #[arg(long, value_name = "ADDRESS")]
    lpd: Option<SocketAddr>,
    /// The folder for its pages
    #[arg(long, default_value = "c360-tray")]
    tray: PathBuf,
    /// The papers that it says are in its trays, such as A4,A3 [default: it
    /// does not say]
    #[arg(long, value_delimiter = ',', value_name = "PAPERS")]
    papers: Vec<String>,
    /// A JSON file with the departments and the users that may print:
    /// {"departments": {"sales": "PASSWORD"}, "users": {}} [default: everybody
    /// may]
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    /// The fault that it starts with
    #[arg(long, default_value = "none")]
    fault: Fault,
}

fn main() -> ExitCode {
    let Arguments { listen, panel, lpd, tray, papers, accounts, fault } =
        Arguments::parse();
    let accounts = match accounts.map(|file| read(&file)).transpose() {
        Ok(accounts) => accounts.unwrap_or_default(),
        Err(error) => {
            eprintln!("c360: {error}");
            return ExitCode::FAILURE;
        }
    };
    for address in [Some(listen), Some(panel), lpd].into_iter().flatten() {
        // Each port is tried, so that the error names the one that is taken.
        if let Err(error) = TcpListener::bind(address) {
            eprintln!("c360: cannot listen on {address}: {error}");
            return ExitCode::FAILURE;
        }
    }
    let settings = Settings {
        listen,
        panel: Some(panel),
        lpd,
        papers,
        accounts,
        ..Settings::new(&tray)
    };
    let printer = match VirtualC360::start(settings) {
        Ok(printer) => printer,
        Err(error) => {
            eprintln!(
                "c360: cannot start with the tray {}: {error}",
                tray.display()
            );
            return ExitCode::FAILURE;
        }
    };
    printer.set_fault(fault);
    println!("{MODEL}");
    println!("takes jobs at  tcp://{}", printer.address());
    if let Some(lpd) = printer.lpd() {
        println!("and at         lpd://{lpd}/Print");
    }
    println!("front panel    http://{}/", printer.panel().unwrap_or(panel));
    println!("tray           {}", printer.tray().display());
    println!("Ctrl-C switches it off");

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime for one signal");
    match runtime.block_on(tokio::signal::ctrl_c()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("c360: cannot wait for Ctrl-C: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Reads the accounts from their file.
fn read(file: &Path) -> Result<Accounts, String> {
    let text = fs::read_to_string(file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| {
        // Its words may quote a password.
        let (line, column) = (error.line(), error.column());
        format!(
            "{} has a mistake at line {line}, column {column}: see --help for \
             what belongs there",
            file.display()
        )
    })
}
