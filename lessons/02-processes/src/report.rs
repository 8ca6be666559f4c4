//! The four report and board, as in lesson 01, in four processes.

use std::io;

use crate::{
    GHOSTBUSTERS,
    ghostbuster::Ghostbuster,
    story::{event, wait},
};

// ANCHOR: report
pub fn play() -> io::Result<()> {
    // Each process says that it is there. Half a second later, the next one.
    event("main", "calls the four");
    let mut children = Vec::new();
    for name in GHOSTBUSTERS {
        let mut child = Ghostbuster::start("board")?;
        event(name, child.hear()?);
        children.push((name, child));
        wait(0.5);
    }

    // Then it says that it is aboard, and ends.
    event("main", "waits for the four");
    for (name, mut child) in children {
        event(name, child.hear()?);
        child.end()?;
    }
    event("main", "drives off");
    Ok(())
}
// ANCHOR_END: report
