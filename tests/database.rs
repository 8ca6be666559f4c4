//! A database file that several processes write, and that are killed with -9.
//!
//! The processes are lesson 09 itself, which can be its own writer.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use database::{Database, Schema};
use harness::{program, scratch};
use rusqlite::Connection;

/// The lesson's ledger, as a program that only reads it opens it.
fn ledger(path: &Path) -> Database {
    let schema = Schema {
        content: "the office's ledger",
        application_id: i32::from_be_bytes(*b"Ledg"),
        steps: &[|_| Ok(()), |_| Ok(())],
        elsewhere: "name another file",
        recovery: "Bring it back from a backup",
    };
    Database::new(path, schema)
}

#[test]
fn a_writer_killed_again_and_again_loses_nothing_that_it_acknowledged() {
    let folder = scratch();
    let path = folder.path().join("ledger.db");
    let mut acknowledged = 0;
    for round in 1..=10 {
        let mut writer = Writer::start("many", &path);
        for _ in 0..5 * round {
            assert_eq!(writer.line().as_deref(), Some("kept"));
            acknowledged += 1;
        }
        acknowledged += writer.kill();
        let sql = ledger(&path).open_to_read().expect("it opens");
        let (kept, difference) = count(&sql);
        assert!(kept >= acknowledged, "{kept} of {acknowledged}");
        assert_eq!(difference, 0, "a document without its pages");
        // Documents that were kept and not yet acknowledged count, too.
        acknowledged = kept;
    }
    let sql = Connection::open(&path).expect("it opens");
    ledger(&path).check(&sql).expect("it is sound");
}

#[test]
fn a_backup_of_a_file_that_another_process_writes_is_whole() {
    let folder = scratch();
    let path = folder.path().join("ledger.db");
    let copy = folder.path().join("copy.db");
    let mut writer = Writer::start("many", &path);
    let mut before = 0;
    for _ in 0..5 {
        for _ in 0..10 {
            assert_eq!(writer.line().as_deref(), Some("kept"));
            before += 1;
        }
        ledger(&path).back_up(&copy).expect("copied");
        let sql = ledger(&copy).open_to_read().expect("the copy opens");
        ledger(&copy).check(&sql).expect("it is sound");
        let (kept, difference) = count(&sql);
        assert!(kept >= before, "{kept} of {before}");
        assert_eq!(difference, 0, "a document without its pages");
    }
}

#[test]
fn a_process_killed_while_it_brings_a_file_forward_leaves_the_old_version() {
    let folder = scratch();
    let path = folder.path().join("ledger.db");
    let mut writer = Writer::start("many", &path);
    writer.line().expect("one entry");
    writer.kill();
    let before = count(&ledger(&path).open_to_read().expect("it opens"));

    let mut writer = Writer::start("versions", &path);
    writer.line().expect("it is in the middle of the step");
    writer.kill();
    let sql = ledger(&path).open_to_read().expect("it opens");
    assert_eq!(ledger(&path).version(&sql), Ok(1));
    assert!(sql.prepare("SELECT user FROM printed").is_err());
    assert_eq!(count(&sql), before);
}

#[test]
fn processes_that_start_at_once_make_one_file_and_share_it() {
    let folder = scratch();
    let path = folder.path().join("ledger.db");
    let mut writers: Vec<Writer> =
        (0..6).map(|_| Writer::start("many", &path)).collect();
    let mut acknowledged = 0;
    for writer in &mut writers {
        assert_eq!(writer.line().as_deref(), Some("kept"));
    }
    for writer in writers {
        acknowledged += 1 + writer.kill();
    }
    let sql = ledger(&path).open_to_read().expect("it opens");
    let (kept, difference) = count(&sql);
    assert!(kept >= acknowledged, "{kept} of {acknowledged}");
    assert_eq!(difference, 0, "a document without its pages");
}

/// How many documents there are, and by how many pages the total is wrong.
fn count(sql: &Connection) -> (usize, i64) {
    sql.query_row(
        "SELECT count(*), coalesce(sum(printed.pages), 0) -
            (SELECT pages FROM total)
         FROM printed",
        [],
        |row| Ok((row.get::<_, u32>(0)? as usize, row.get(1)?)),
    )
    .expect("the ledger can be read")
}

/// Lesson 09 as a process that writes.
struct Writer {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Writer {
    fn start(role: &str, path: &Path) -> Writer {
        let mut child = Command::new(program("lesson09"))
            .args(["writer", role])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the lesson starts");
        let stdout = child.stdout.take().expect("a pipe");
        Writer { child, lines: BufReader::new(stdout).lines() }
    }

    fn line(&mut self) -> Option<String> {
        self.lines.next()?.ok()
    }

    /// `kill -9`; returns how many lines it had still printed.
    fn kill(mut self) -> usize {
        self.child.kill().expect("it was running");
        self.child.wait().expect("its end");
        self.lines.by_ref().map_while(Result::ok).count()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
