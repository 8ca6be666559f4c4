//! Lesson 22: how fast is a network, and how would you know?
//!
//! A link whose speed is known, and two speed tests: the talk's, which is
//! wrong, and one that is right and says when it is not sure. About 20
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
//! $ cargo run --bin lesson22 -- --server http://127.0.0.1:8700 \
//!       --link 20mbit,40ms
//! ```

mod client;
mod pyspeedtest;
mod server;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use link::{Link, LinkSettings};
use speedtest::serve::{ServeOptions, Server};
use speedtest::{Settings, Starvation, measure};

use client::mbit;

/// The link of the lesson.
const LINK: &str = "100mbit,20ms,buffer=50ms";

// ANCHOR: story
fn story(link: Option<LinkSettings>) -> Result<(), Box<dyn Error>> {
    // A server, and in front of it a link whose speed we know. Of 1,500 bytes
    // on the wire 1,448 are data; the rest are the headers of IP and TCP.
    let watch = Starvation::watch();
    let server = Server::start(&ServeOptions::default())?;
    let settings = link.unwrap_or(LINK.parse()?);
    let truth = settings.rate as f64 * 1448.0 / 1500.0;
    let line = Link::start(&settings, server.address())?;
    println!("a link of {settings}");
    println!("which lets {} of data through\n", mbit(truth as u64));

    // The talk's speed test: a fixed number of bytes, and a stop-watch.
    println!("the talk's way: 10.4 MB down, 1.25 MB up");
    let down = pyspeedtest::download(line.address())?;
    claimed("download", &down, truth);
    for (cause, percent) in down.causes(truth) {
        println!("    {percent:>+5.1} %  {cause}");
    }
    claimed("upload", &pyspeedtest::upload(line.address())?, truth);

    // Ours: load the link until the rate is steady.
    let ours = measure(&to(&line), &mut |_| {})?;
    println!("\nuntil it is steady: {:.1} s", ours.seconds);
    for (direction, bps) in
        [("download", ours.download_bps), ("upload", ours.upload_bps)]
    {
        let bps = bps.ok_or("no figure")?;
        let error = (bps as f64 / truth - 1.0) * 100.0;
        println!("  {direction:<9} {:>13}  {error:+.1} %", mbit(bps));
    }
    if let Some(why) = &ours.unsettled {
        println!("  not settled: {why}");
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
        let bps = report.download_bps.ok_or("no figure")?;
        println!("  {flows:>2} flows  {:>13}", mbit(bps));
    }
    if let Some(reason) = watch.reason() {
        eprintln!("not measured: {reason}");
    }
    Ok(())
}
// ANCHOR_END: story

/// What pyspeedtest says, and by how much it is wrong.
fn claimed(direction: &str, timed: &pyspeedtest::Timed, truth: f64) {
    let claim = timed.claim();
    let error = (claim * 1e6 / truth - 1.0) * 100.0;
    println!("  {direction:<9} {claim:>6.2} Mbps    {error:+.1} %");
}

/// Settings for a test through the link: a slow one gets the seconds that it
/// needs.
fn to(line: &Link) -> Settings {
    Settings::new(format!("http://{}", line.address()))
}

/// Measures a network, and says how sure it is
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    serve: Option<server::Options>,
    #[command(flatten)]
    client: client::Options,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match (&arguments.serve, &arguments.client.server) {
        (Some(options), _) => options.serve(),
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
