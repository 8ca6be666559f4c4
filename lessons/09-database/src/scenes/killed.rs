//! A writer is killed: what it was told is kept, what it had not finished is
//! gone, if it was one transaction.

use std::path::Path;

use database::Database;

use crate::{
    Outcome,
    ledger::{LEDGER, Writer, summary},
};

const ENOUGH: usize = 100;

pub fn play(folder: &Path) -> Outcome {
    // ANCHOR: killed
    // It says "kept" after each commit, and dies in the midst of it.
    let file = Database::new(folder.join("many.db"), LEDGER);
    let mut writer = Writer::start("many", file.path())?;
    for _ in 0..ENOUGH {
        writer.line()?;
    }
    let acknowledged = ENOUGH + writer.kill()?;

    // The next to open the file finds its log, and all that was committed.
    let sql = file.open()?;
    let kept: usize =
        sql.query_row("SELECT count(*) FROM printed", [], |row| row.get(0))?;
    let lost = acknowledged.saturating_sub(kept);
    println!("  killed while it wrote: {lost} of what it was told are lost");
    // ANCHOR_END: killed

    // And between two changes that belong together?
    for (role, how) in
        [("torn", "two transactions"), ("whole", "one transaction")]
    {
        let file = Database::new(folder.join(format!("{role}.db")), LEDGER);
        let mut writer = Writer::start(role, file.path())?;
        writer.line()?;
        writer.kill()?;
        println!("  killed half way, {how}: {}", summary(&file.open()?)?);
    }
    Ok(())
}
