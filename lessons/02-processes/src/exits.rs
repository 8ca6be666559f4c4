//! Four ways to end, and what the parent learns of each.

use std::{io, process::ExitStatus};

use crate::{
    ghostbuster::{GHOSTBUSTERS, Ghostbuster},
    story::{event, wait},
};

// ANCHOR: exits
pub fn play() -> io::Result<()> {
    let tasks = ["return", "refuse", "panic", "abort"];
    for (name, task) in GHOSTBUSTERS.into_iter().zip(tasks) {
        let (_, status) = Ghostbuster::start(task)?.finish()?;
        event(name, format!("{task}: {}", outcome(status)));
        wait(0.5);
    }
    Ok(())
}

fn outcome(status: ExitStatus) -> String {
    match status.code() {
        Some(0) => "success".to_owned(),
        Some(code @ 1..) => format!("exit code {code}"),
        // On Unix there is a signal and no code, on Windows a negative code.
        _ => "a crash".to_owned(),
    }
}
// ANCHOR_END: exits
