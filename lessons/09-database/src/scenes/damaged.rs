//! Files that are not as they were written: what is found, and what is not.

use std::{fs, path::Path};

use database::{Database, Error};
use rusqlite::Connection;

use crate::{
    Outcome,
    ledger::{LEDGER, print, summary},
};

pub fn play(folder: &Path) -> Outcome {
    // A ledger of a few pages.
    let file = Database::new(folder.join("ledger.db"), LEDGER);
    let mut sql = file.open()?;
    for number in 1..=100 {
        print(&mut sql, &format!("lease-{number}-{}", "x".repeat(200)), 10)?;
    }
    drop(sql);
    let good = fs::read(file.path())?;
    let (middle, last) = (good.len() / 2, good.len() - 4096);

    // ANCHOR: damages
    let mut overwritten = good.clone();
    overwritten[..100].fill(b'?');
    try_to_open(&file, "its first 100 bytes overwritten", &overwritten)?;

    let mut overwritten = good.clone();
    overwritten[last..last + 100].fill(b'?');
    try_to_open(&file, "100 bytes of its last page overwritten", &overwritten)?;

    try_to_open(&file, "cut in half", &good[..middle])?;
    try_to_open(&file, "0 bytes", &[])?;

    // One letter inside a name: every page is well formed.
    let mut changed = good.clone();
    let name = find(&good, b"lease-50-").ok_or("the name is in the file")?;
    changed[name..name + 5].copy_from_slice(b"peace");
    try_to_open(&file, "one name changed", &changed)?;
    // ANCHOR_END: damages
    let changed = "SELECT substr(document, 1, 8) FROM printed WHERE rowid = 50";
    let name: String = file.open()?.query_row(changed, [], |row| row.get(0))?;
    println!("    and lease-50 is {name} now");

    let other = Database::new(folder.join("other.db"), LEDGER);
    Connection::open(other.path())?
        .execute_batch("CREATE TABLE cake (flour)")?;
    if let Err(error) = other.open() {
        println!("  another program's database:\n    {error}");
    }
    Ok(())
}

/// Puts `bytes` in the file's place, and opens and checks that.
fn try_to_open(file: &Database, what: &str, bytes: &[u8]) -> Outcome {
    fs::write(file.path(), bytes)?;
    match open_and_check(file) {
        Ok(sql) => println!("  {what}:\n    opened, with {}", summary(&sql)?),
        Err(error) => println!("  {what}:\n    {error}"),
    }
    Ok(())
}

fn open_and_check(file: &Database) -> Result<Connection, Error> {
    let sql = file.open()?;
    file.check(&sql)?;
    Ok(sql)
}

fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text)
}
