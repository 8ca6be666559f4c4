//! One worker is killed in the middle of its work. No ghost is lost.

use std::io;

use crate::{
    GHOSTBUSTERS,
    squad::Squad,
    story::{event, wait},
};

// ANCHOR: killed
pub fn play() -> io::Result<()> {
    let mut squad = Squad::default();
    for ghost in ["Slimer", "Gozer", "Zuul", "Vinz Clortho", "Vigo"] {
        squad.pool.put(ghost.to_owned());
    }
    for name in GHOSTBUSTERS {
        squad.hire(name)?;
        wait(0.5);
    }

    // Egon has Gozer in hand, and no time to say so.
    event("main", "kills Egon Spengler");
    squad.kill("Egon Spengler")?;
    squad.join()?;
    event("main", "all ghosts are trapped");
    squad.dismiss()
}
// ANCHOR_END: killed
