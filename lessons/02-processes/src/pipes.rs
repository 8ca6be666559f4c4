//! Two pipes: lines go down one, the answer comes up the other.

use std::io;

use crate::{
    ghostbuster::Ghostbuster,
    story::{event, wait},
};

// ANCHOR: pipes
pub fn play() -> io::Result<()> {
    let mut egon = Ghostbuster::start("count")?;
    for ghost in ["Slimer", "Gozer", "Zuul"] {
        event("main", format!("tells Egon of {ghost}"));
        egon.send(ghost)?;
        wait(0.5);
    }

    // Egon counts until his standard input ends, and only main can end it.
    event("main", "closes the pipe");
    let (answer, _) = egon.finish()?;
    event("Egon Spengler", answer);
    Ok(())
}
// ANCHOR_END: pipes
