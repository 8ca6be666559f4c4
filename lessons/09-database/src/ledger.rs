//! The office's ledger: what was printed, and how many pages in all. And a
//! process that writes it, which the scenes can kill.

use std::{
    env, io,
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

use database::{Database, Schema, Step};
use rusqlite::Connection;

use crate::{Outcome, scenes::versions};

const FIRST: Step = |sql| {
    sql.execute_batch(
        "CREATE TABLE printed (document TEXT, pages INTEGER) STRICT;
         CREATE TABLE total (pages INTEGER) STRICT;
         INSERT INTO total VALUES (0);",
    )
};

// ANCHOR: schema
/// The ledger as it looked first.
pub const LEDGER: Schema = Schema {
    content: "the office's ledger",
    application_id: i32::from_be_bytes(*b"Ledg"),
    steps: &[FIRST],
    elsewhere: "name another file",
    recovery: "Bring it back from a backup",
};
// ANCHOR_END: schema

/// Notes a document and adds its pages to the total: both or neither.
pub fn print(
    sql: &mut Connection,
    document: &str,
    pages: u32,
) -> rusqlite::Result<()> {
    let entry = sql.transaction()?;
    entry.execute("INSERT INTO printed VALUES (?1, ?2)", (document, pages))?;
    entry.execute("UPDATE total SET pages = pages + ?1", [pages])?;
    entry.commit()
}

/// "2 documents of 20 pages; the total says 20"
pub fn summary(sql: &Connection) -> rusqlite::Result<String> {
    let (documents, pages, total): (u32, u32, u32) = sql.query_row(
        "SELECT count(*), coalesce(sum(printed.pages), 0),
            (SELECT pages FROM total)
         FROM printed",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let plural = if documents == 1 { "" } else { "s" };
    let documents = format!("{documents} document{plural} of {pages} pages");
    Ok(format!("{documents}; the total says {total}"))
}

/// This program again, as a process that writes to a ledger.
pub struct Writer {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Writer {
    pub fn start(role: &str, file: &Path) -> io::Result<Writer> {
        let mut child = Command::new(env::current_exe()?)
            .args(["writer", role])
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().expect("it was asked for");
        Ok(Writer { child, lines: BufReader::new(stdout).lines() })
    }

    /// Waits for its next line.
    pub fn line(&mut self) -> io::Result<String> {
        let end = || io::Error::other("the writer ended too soon");
        self.lines.next().unwrap_or_else(|| Err(end()))
    }

    /// `kill -9`. Returns how many lines it had still printed.
    pub fn kill(mut self) -> io::Result<usize> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(self.lines.by_ref().map_while(Result::ok).count())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The other side: what the process does, by role.
pub fn write(role: &str, file: &str) -> Outcome {
    // When the lesson ends, however it ends, so does its writer.
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(1);
    });
    if role == "versions" {
        return versions::die_in_the_step(file);
    }
    let mut sql = Database::new(file, LEDGER).open()?;
    match role {
        // ANCHOR: roles
        "many" => loop {
            print(&mut sql, "lease.txt", 10)?;
            println!("kept");
            // SQLite's lock has no queue: without a pause, another writer
            // may wait for ever.
            thread::sleep(Duration::from_millis(1));
        },
        "torn" => {
            // Each statement is a transaction of its own.
            sql.execute("INSERT INTO printed VALUES ('lease.txt', 10)", [])?;
            println!("half");
            thread::park();
            sql.execute("UPDATE total SET pages = pages + 10", [])?;
        }
        "whole" => {
            let entry = sql.transaction()?;
            entry
                .execute("INSERT INTO printed VALUES ('lease.txt', 10)", [])?;
            println!("half");
            thread::park();
            entry.execute("UPDATE total SET pages = pages + 10", [])?;
            entry.commit()?;
        }
        // ANCHOR_END: roles
        _ => return Err(format!("no writer plays {role}").into()),
    }
    Ok(())
}
