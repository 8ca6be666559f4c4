//! The print server.
//!
//!     cargo run --bin print-server
//!
//! prints on a virtual C360 until you name a real one:
//!
//!     cargo run --bin print-server -- --printer tcp://192.0.2.9:9100

use clap::Parser;
use print_server::{Options, PrinterChoice, Server};
use std::process::ExitCode;

/// A print server for printers without a driver: PDF in by HTTP, paper out
#[derive(Parser)]
#[command(name = "print-server", version)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    // A process that renders a document for us starts here too.
    driver::isolated::child();
    let Arguments { options } = Arguments::parse();
    let server = match Server::start(&options) {
        Ok(server) => server,
        Err(error) => {
            eprintln!("print-server: {error}");
            return ExitCode::FAILURE;
        }
    };
    introduce(&server, &options);
    wait_for_the_end();
    println!(
        "stopping: the job in hand is finished first; Ctrl-C again stops at \
         once"
    );
    server.stop();
    ExitCode::SUCCESS
}

fn introduce(server: &Server, options: &Options) {
    println!("print server");
    println!("  page:    http://{}/", server.address());
    println!("  queue:   {}", server.queue());
    println!("  printer: {}", server.printer());
    if let Some(panel) = server.panel() {
        println!("  panel:   {panel}");
    }
    if let Some(tray) = server.tray() {
        println!("  tray:    {}", tray.display());
    }
    if matches!(options.printer, PrinterChoice::Virtual) {
        println!(
            "No printer was named, so a virtual one prints PNG pages into \
             its tray.\nName a real one with --printer tcp://HOST:9100"
        );
    }
}

/// Waits for Ctrl-C, or for SIGTERM as a service manager sends it. Whoever
/// says it twice does not want to wait for the job in hand.
fn wait_for_the_end() {
    let (told, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime for two signals");
        runtime.block_on(signalled());
        // The receiver waits below.
        let _ = told.send(());
        runtime.block_on(signalled());
        eprintln!("stopped at once: the job in hand is uncertain now");
        std::process::exit(1);
    });
    // An error means that the thread is gone: then it is the end as well.
    let _ = asked.recv();
}

#[cfg(unix)]
async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate =
        signal(SignalKind::terminate()).expect("SIGTERM can be caught");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signalled() {
    tokio::signal::ctrl_c().await.expect("Ctrl-C can be caught");
}
