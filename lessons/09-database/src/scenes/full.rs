//! A full disk: nothing that was kept is lost, and it goes on by itself when
//! there is room.

use std::path::Path;

use database::Database;
use rusqlite::Connection;

use crate::{
    Outcome,
    ledger::{LEDGER, print, summary},
};

pub fn play(folder: &Path) -> Outcome {
    let file = Database::new(folder.join("ledger.db"), LEDGER);
    let mut sql = file.open()?;
    // ANCHOR: full
    // SQLite's own limit stands in for the disk: the error is the same.
    set_limit(&sql, 20)?;
    let long_name = "x".repeat(3000);
    loop {
        if let Err(error) = print(&mut sql, &long_name, 10) {
            println!("  {}", file.explain(error));
            break;
        }
    }
    println!("  kept: {}", summary(&sql)?);

    // Somebody has made room.
    set_limit(&sql, 1000)?;
    print(&mut sql, &long_name, 10)?;
    println!("  with room again: {}", summary(&sql)?);
    // ANCHOR_END: full
    Ok(())
}

/// How many pages of 4 KiB the file may have.
fn set_limit(sql: &Connection, pages: u32) -> rusqlite::Result<()> {
    let limit = format!("PRAGMA max_page_count = {pages}");
    sql.query_row(&limit, [], |_| Ok(()))
}
