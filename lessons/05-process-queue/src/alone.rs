//! All workers are killed. The pool still knows what was not done.

use std::io;

use crate::{
    squad::Squad,
    story::{event, wait},
};

// ANCHOR: alone
pub fn play() -> io::Result<()> {
    let mut squad = Squad::default();
    for ghost in ["Slimer", "Gozer"] {
        squad.pool.put(ghost.to_owned());
    }
    let names = ["Peter Venkman", "Egon Spengler"];
    for name in names {
        squad.hire(name)?;
        wait(0.5);
    }
    for name in names {
        event("main", format!("kills {name}"));
        squad.kill(name)?;
        wait(0.5);
    }
    squad.join()?;
    event("main", "all ghosts are trapped");
    squad.dismiss()
}
// ANCHOR_END: alone
