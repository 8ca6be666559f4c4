//! Four ways to end, and what the parent learns of each.

use std::{io, process::ExitStatus};

use crate::{
    GHOSTBUSTERS,
    ghostbuster::Ghostbuster,
    story::{event, wait},
};

// ANCHOR: exits
pub fn play() -> io::Result<()> {
    let tasks = ["return", "refuse", "panic", "abort"];
    for (name, task) in GHOSTBUSTERS.into_iter().zip(tasks) {
        let (_, status) = Ghostbuster::start(task)?.end()?;
        event(name, format!("{task}: {}", in_words(status)));
        wait(0.5);
    }
    Ok(())
}

fn in_words(status: ExitStatus) -> String {
    match status.code() {
        Some(0) => "success".to_owned(),
        Some(code @ 1..) => format!("exit code {code}"),
        // Unix has a signal instead of a code, Windows a negative code.
        _ => "a crash".to_owned(),
    }
}
// ANCHOR_END: exits
