//! A host's name that is more than a name.

use std::process::Command;

use ping::{Settings, Target, pass};

use crate::{Outcome, runtime};

/// What somebody has written into the list of hosts.
const HOST: &str = "127.0.0.1 && echo all your files are gone";

pub fn play() -> Outcome {
    println!("the host: {HOST}");

    // The talk's way, with `echo` in front so that nothing is sent.
    println!("\npasted into a line for the shell:");
    // ANCHOR: pasted
    let line = format!("echo ping -c2 {HOST}");
    let said = Command::new(SHELL[0]).args([SHELL[1], &line]).output()?;
    // ANCHOR_END: pasted
    for line in String::from_utf8_lossy(&said.stdout).lines() {
        println!("  {}", line.trim_end());
    }

    // The cure: what is a host stays one, and no shell is asked.
    println!("\ngiven to the part as a host:");
    for host in [HOST, "-f"] {
        // ANCHOR: typed
        let targets = [Target::new(host)];
        let reports = runtime()?.block_on(pass(&targets, &Settings::default()));
        // ANCHOR_END: typed
        println!("  {}", reports[0].error.as_deref().unwrap_or("alive"));
    }
    println!();
    Ok(())
}

const SHELL: [&str; 2] =
    if cfg!(windows) { ["cmd", "/C"] } else { ["sh", "-c"] };
