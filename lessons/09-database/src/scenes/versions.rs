//! Last year's file meets this year's program, and the other way round.

use std::{path::Path, thread};

use database::{Database, Schema, Step};
use rusqlite::Connection;

use crate::{
    Outcome,
    ledger::{LEDGER, Writer, print},
};

// ANCHOR: step
/// The user gets a column of their own; before, the name contained them.
const ADD_THE_USER: Step = |sql| {
    sql.execute_batch(
        "ALTER TABLE printed ADD user TEXT;
         UPDATE printed SET
            user = substr(document, 1, instr(document, '/') - 1),
            document = substr(document, instr(document, '/') + 1);",
    )
};

/// The ledger as it looks this year.
const THIS_YEAR: Schema =
    Schema { steps: &[LEDGER.steps[0], ADD_THE_USER], ..LEDGER };
// ANCHOR_END: step

pub fn play(folder: &Path) -> Outcome {
    let path = folder.join("ledger.db");
    let old = Database::new(&path, LEDGER);
    print(&mut old.open()?, "Peter/lease.txt", 10)?;
    println!("  last year's program: {}", describe(&old)?);

    // ANCHOR: versions
    // This year's is killed in the middle of the step.
    let mut writer = Writer::start("versions", &path)?;
    println!("  this year's program {}", writer.line()?);
    writer.kill()?;
    println!("  killed there, it leaves {}", describe(&old)?);

    // Started again, it begins the step anew.
    let new = Database::new(&path, THIS_YEAR);
    new.open()?;
    println!("  started again: {}", describe(&new)?);

    // And last year's program does not guess what the new column means.
    if let Err(error) = old.open() {
        println!("  last year's program again:\n    {error}");
    }
    // ANCHOR_END: versions
    Ok(())
}

/// "version 1: lease.txt of Peter"
fn describe(file: &Database) -> Result<String, Box<dyn std::error::Error>> {
    let sql = file.open_to_read()?;
    let version = file.version(&sql)?;
    let columns = match version {
        1 => "document",
        _ => "document || ' of ' || user",
    };
    let entry = format!("SELECT {columns} FROM printed");
    let entry: String = sql.query_row(&entry, [], |row| row.get(0))?;
    Ok(format!("version {version}, {entry}"))
}

/// What the writer that is killed does.
pub fn die_in_the_step(file: &str) -> Outcome {
    const HALF: Step = |sql: &Connection| {
        sql.execute_batch("ALTER TABLE printed ADD user TEXT")?;
        println!("has added a column, and is at the next statement");
        thread::park();
        Ok(())
    };
    const STEPS: [Step; 2] = [LEDGER.steps[0], HALF];
    Database::new(file, Schema { steps: &STEPS, ..LEDGER }).open()?;
    Ok(())
}
