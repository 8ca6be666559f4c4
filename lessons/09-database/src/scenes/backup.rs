//! A copy of a ledger that is in use.

use std::{fs, path::Path, sync::mpsc, thread};

use database::Database;

use crate::{
    Outcome,
    ledger::{LEDGER, print, summary},
};

pub fn play(folder: &Path) -> Outcome {
    let file = Database::new(folder.join("ledger.db"), LEDGER);
    print(&mut file.open()?, "monday.txt", 10)?;
    let mut sql = file.open()?;
    print(&mut sql, "tuesday.txt", 10)?;
    println!("  the ledger holds {}", summary(&sql)?);

    // ANCHOR: cp
    // What is new is in the log, and `cp` copies the file alone.
    let copied = Database::new(folder.join("cp.db"), LEDGER);
    fs::copy(file.path(), copied.path())?;
    println!("  copied with cp: {}", summary(&copied.open()?)?);
    // ANCHOR_END: cp

    // ANCHOR: backup
    // The backup sees one moment, while somebody writes without a pause.
    let backup = Database::new(folder.join("backup.db"), LEDGER);
    let (started, start) = mpsc::channel();
    let (done, stop) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while stop.try_recv() != Err(mpsc::TryRecvError::Disconnected) {
                print(&mut sql, "wednesday.txt", 10).expect("it is kept");
                let _ = started.send(());
            }
        });
        start.recv()?;
        let copied = file.back_up(backup.path());
        drop(done);
        copied.map_err(Box::<dyn std::error::Error>::from)
    })?;
    // ANCHOR_END: backup

    let sql = backup.open()?;
    backup.check(&sql)?;
    let is_whole: bool = sql.query_row(
        "SELECT sum(printed.pages) = (SELECT pages FROM total) FROM printed",
        [],
        |row| row.get(0),
    )?;
    let is_whole = if is_whole { "is" } else { "is not" };
    println!(
        "  backed up meanwhile: its total {is_whole} the sum of its pages"
    );
    Ok(())
}
