//! A crash that would take every thread of a process takes one process.

use std::{io, mem};

use crate::{
    GHOSTBUSTERS,
    ghostbuster::Ghostbuster,
    story::{event, wait},
};

// ANCHOR: crash
pub fn play() -> io::Result<()> {
    let mut pool = vec!["Slimer", "Gozer", "Zuul", "Vinz Clortho"];
    let mut unlucky = Some("Zuul");
    while !pool.is_empty() {
        // A process for each ghost. Main remembers who hunts what.
        let mut hunts = Vec::new();
        for (me, ghost) in GHOSTBUSTERS.into_iter().zip(mem::take(&mut pool)) {
            let accident = unlucky.take_if(|it| *it == ghost).is_some();
            let task = if accident { "trip" } else { "trap" };
            event(me, format!("hunts {ghost}"));
            hunts.push((me, ghost, Ghostbuster::start(task)?));
            wait(0.5);
        }

        // A process that ended without success has done nothing for sure.
        for (me, ghost, child) in hunts {
            let (words, status) = child.end()?;
            if status.success() {
                event(me, format!("{ghost} {words}"));
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
