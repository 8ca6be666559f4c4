//! Lesson 22: how fast is a network, and how would you know?
//!
//! A link whose speed is known, and two speed tests: the talk's, which is
//! wrong, and one that is right and tells when it is not sure. About 20
//! minutes.
//!
//! ```console
//! $ cargo run --bin lesson22
//! $ cargo run --bin lesson22 -- --link 20mbit,40ms
//! ```
//!
//! What it leaves are a server and a client. In two terminals:
//!
//! ```console
//! $ cargo run --bin lesson22 serve
//! $ cargo run --bin lesson22 -- --server http://127.0.0.1:8700
//! ```

mod client;
mod pyspeedtest;

use clap::{Parser, Subcommand};
use client::mbit;
use link::{Link, LinkSettings};
use speedtest::serve::{ServeOptions, Server};
use speedtest::{Settings, measure};
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Measures a network, and says how sure it is
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    serve: Option<Serve>,
    #[command(flatten)]
    client: client::Options,
}

#[derive(Debug, Subcommand)]
enum Serve {
    /// Be a server for speed tests of four families
    Serve {
        /// Where to listen, for TCP and UDP
        #[arg(long, default_value = "127.0.0.1:8700", value_name = "ADDRESS")]
        listen: SocketAddr,
        /// A certificate chain in a PEM file: then the server speaks HTTPS
        #[arg(long, value_name = "FILE", requires = "key")]
        certificate: Option<PathBuf>,
        /// The certificate's private key in a PEM file
        #[arg(long, value_name = "FILE", requires = "certificate")]
        key: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match (&arguments.serve, &arguments.client.server) {
        (Some(options), _) => serve(options),
        (None, Some(server)) => arguments.client.run(server),
        (None, None) => story(arguments.client.link),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lesson22: {error}");
            ExitCode::FAILURE
        }
    }
}

// ANCHOR: story
fn story(link: Option<LinkSettings>) -> Result<(), Box<dyn Error>> {
    // A server, and in front of it a link whose speed we know. Of 1,500 bytes
    // on the wire 1,448 are data; the rest are the headers of IP and TCP.
    let server = Server::start(&ServeOptions::default())?;
    let settings = link.unwrap_or("100mbit,20ms,buffer=50ms".parse()?);
    let truth = settings.rate as f64 * 1448.0 / 1500.0;
    let line = Link::start(&settings, server.address())?;
    println!("a link of {settings}");
    println!("which lets {} of data through\n", mbit(truth as u64));

    // The talk's speed test: a fixed number of bytes, and a stop-watch.
    let claimed = pyspeedtest::megabits(line.address())?;
    println!("the talk's way: 10.4 MB down, 1.25 MB up");
    for (direction, claim) in ["download", "upload"].iter().zip(claimed) {
        let error = (claim * 1e6 / truth - 1.0) * 100.0;
        println!("  {direction:<9} {claim:>6.2} Mbps    {error:+.1} %");
    }

    // Ours: load the link until the rate is steady.
    let ours = measure(&to(&line), &mut |_| {})?;
    let settled = if ours.stable { "" } else { ", not settled" };
    println!("\nuntil it is steady: {:.1} s{settled}", ours.seconds);
    for (direction, bps) in
        [("download", ours.download_bps), ("upload", ours.upload_bps)]
    {
        let error = (bps as f64 / truth - 1.0) * 100.0;
        println!("  {direction:<9} {:>13}  {error:+.1} %", mbit(bps));
    }

    // The same link, but one packet in a hundred gets lost. With two flows
    // the rate is low; with as many as help it is the link's again.
    let settings = LinkSettings { loss: 0.01, ..settings };
    let line = Link::start(&settings, server.address())?;
    println!("\nthe same link, and 1 % of the packets get lost");
    for most_flows in [2, 32] {
        let settings = Settings { most_flows, ..to(&line) };
        let report = measure(&settings, &mut |_| {})?;
        let flows = report.flows;
        println!("  {flows:>2} flows  {:>13}", mbit(report.download_bps));
    }
    Ok(())
}
// ANCHOR_END: story

/// Settings for a test through the link, short enough for a lesson.
fn to(line: &Link) -> Settings {
    let most_seconds = Duration::from_secs(5);
    let server = format!("http://{}", line.address());
    Settings { most_seconds, ..Settings::new(server) }
}

fn serve(options: &Serve) -> Result<(), Box<dyn Error>> {
    let Serve::Serve { listen, certificate, key } = options;
    let tls = certificate.clone().zip(key.clone());
    let options = ServeOptions { listen: *listen, tls, ..Default::default() };
    let server = Server::start(&options)
        .map_err(|error| format!("cannot serve at {listen}: {error}"))?;
    println!("speed tests at {}; Ctrl-C stops", server.url());
    server.wait();
    Ok(())
}
