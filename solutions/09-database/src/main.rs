//! Solution 09: two printers, one ledger.
//!
//! Each document gets a number, one after the other, and its pages are added
//! to the total. Several programs do this to one file at the same time, and
//! any of them may be killed at any moment.

use std::{env, error::Error, process};

use database::{Database, Schema};
use rusqlite::{Connection, TransactionBehavior};

const LEDGER: Schema = Schema {
    content: "a ledger with numbers",
    application_id: i32::from_be_bytes(*b"Numb"),
    steps: &[|sql| {
        sql.execute_batch(
            "CREATE TABLE printed (
                number INTEGER PRIMARY KEY, document TEXT, pages INTEGER
             ) STRICT;
             CREATE TABLE total (pages INTEGER) STRICT;
             INSERT INTO total VALUES (0);",
        )
    }],
    elsewhere: "name another file",
    recovery: "Bring it back from a backup",
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, documents] = arguments.as_slice() else {
        eprintln!("usage: solution09 FILE DOCUMENTS");
        process::exit(2);
    };
    let ledger = Database::new(file, LEDGER);
    let mut sql = ledger.open()?;
    for _ in 0..documents.parse()? {
        let number = keep(&mut sql, "lease.txt", 10)
            .map_err(|error| ledger.explain(error))?;
        println!("kept number {number}");
    }
    Ok(())
}

/// Keeps a document under the number after the last one, adds its pages to the
/// total, and returns the number once all is kept.
fn keep(
    sql: &mut Connection,
    document: &str,
    pages: u32,
) -> rusqlite::Result<u32> {
    // The highest number so far: SELECT max(number) FROM printed, or 0.
    // The table `printed` takes a row, and `total` has one row to be changed.
    let entry =
        sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let last: u32 = entry.query_row(
        "SELECT coalesce(max(number), 0) FROM printed",
        [],
        |row| row.get(0),
    )?;
    let number = last + 1;
    let row = (number, document, pages);
    entry.execute("INSERT INTO printed VALUES (?1, ?2, ?3)", row)?;
    entry.execute("UPDATE total SET pages = pages + ?1", [pages])?;
    entry.commit()?;
    Ok(number)
}
