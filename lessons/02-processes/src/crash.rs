//! A crash that would take every thread of a process takes one process.

use std::io;

use crate::{
    ghostbuster::{GHOSTBUSTERS, Ghostbuster},
    story::{event, wait},
};

// ANCHOR: crash
pub fn play() -> io::Result<()> {
    let mut pool = vec!["Slimer", "Gozer", "Zuul", "Vinz Clortho"];
    let mut first_attempt = true;
    while !pool.is_empty() {
        // A process for each ghost. Main remembers who hunts what.
        let mut hunts = Vec::new();
        for (me, ghost) in GHOSTBUSTERS.into_iter().zip(pool.drain(..)) {
            // Whoever hunts Zuul first has an accident.
            let accident = first_attempt && ghost == "Zuul";
            let task = if accident { "trip" } else { "trap" };
            event(me, format!("hunts {ghost}"));
            hunts.push((me, ghost, Ghostbuster::start(task)?));
            wait(0.5);
        }
        first_attempt = false;

        // Unless a process ended with success, its ghost may still be free.
        for (me, ghost, child) in hunts {
            let (outcome, status) = child.finish()?;
            if status.success() {
                event(me, format!("{ghost} {outcome}"));
            } else {
                event("main", format!("{me} is out, {ghost} goes back"));
                pool.push(ghost);
            }
        }
    }
    event("main", "the pool is empty");
    Ok(())
}
// ANCHOR_END: crash
