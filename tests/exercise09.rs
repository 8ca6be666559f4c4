//! The check of exercise 09: numbers without a gap, a total that is the sum,
//! whoever else writes, and whoever is killed.

#[macro_use]
mod program;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rusqlite::Connection;
use tempfile::TempDir;

#[test]
fn documents_are_numbered_one_after_the_other() {
    let (_folder, ledger) = ledger();
    let output = program::output_of(program!("09"), &[&text(&ledger), "3"]);
    assert_eq!(output, "kept number 1\nkept number 2\nkept number 3\n");
    let output = program::output_of(program!("09"), &[&text(&ledger), "1"]);
    assert_eq!(output, "kept number 4\n", "the numbers go on");
    assert_eq!(
        Books::of(&ledger),
        Books { documents: 4, pages: 40, total: 40 }
    );
}

#[test]
fn programs_that_write_at_once_leave_no_gap_and_nothing_half_done() {
    const EACH: i64 = 25;
    let (_folder, ledger) = ledger();
    // The file is there before they start.
    program::output_of(program!("09"), &[&text(&ledger), "1"]);
    let mut programs: Vec<Child> =
        (0..4).map(|_| start(&ledger, EACH)).collect();
    // Whoever looks, at any moment, sees both changes or neither.
    while programs.iter_mut().any(|it| it.try_wait().is_ok_and(|s| s.is_none()))
    {
        let books = Books::of(&ledger);
        assert_eq!(
            books.pages, books.total,
            "somebody who looks sees a document whose pages are not in the \
             total: the two changes belong into one transaction"
        );
    }
    for program in programs {
        let output = program.wait_with_output().expect("its end");
        assert!(
            output.status.success(),
            "of four programs that write at once, one ended with\n{}\nThe \
             last number must be read where nobody can write any more: in a \
             transaction that begins as a writer",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let documents = 4 * EACH + 1;
    let pages = documents * 10;
    let wanted = Books { documents, pages, total: pages };
    assert_eq!(Books::of(&ledger), wanted);
}

#[test]
fn a_killed_program_has_lost_nothing_that_it_acknowledged() {
    let (_folder, ledger) = ledger();
    let mut program = start(&ledger, 100_000);
    let stdout = program.stdout.take().expect("a pipe");
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let acknowledged = lines.by_ref().take(20).count();
    // If it has ended by itself, its own words say why.
    program.kill().expect("it can be ended");
    let end = program.wait_with_output().expect("its end");
    assert_eq!(
        acknowledged,
        20,
        "it stopped by itself:\n{}",
        String::from_utf8_lossy(&end.stderr)
    );
    let acknowledged = 20 + i64::try_from(lines.count()).expect("a few");
    let books = Books::of(&ledger);
    assert!(
        books.documents >= acknowledged,
        "{acknowledged} were said to be kept, {} are: commit before you \
         return",
        books.documents
    );
    assert_eq!(books.pages, books.total);
    let output = program::output_of(program!("09"), &[&text(&ledger), "1"]);
    assert_eq!(output, format!("kept number {}\n", books.documents + 1));
}

fn ledger() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ledger.db");
    (folder, file)
}

fn text(file: &Path) -> String {
    file.to_str().expect("a name in UTF-8").to_owned()
}

fn start(ledger: &Path, documents: i64) -> Child {
    Command::new(program!("09"))
        .arg(ledger)
        .arg(documents.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// A ledger's figures at one moment.
#[derive(Debug, PartialEq)]
struct Books {
    documents: i64,
    /// The sum over all documents.
    pages: i64,
    /// The total that was kept beside them.
    total: i64,
}

impl Books {
    fn of(ledger: &Path) -> Books {
        let sql = Connection::open(ledger).expect("the ledger");
        sql.query_row(
            "SELECT count(*), coalesce(sum(printed.pages), 0),
                (SELECT pages FROM total)
             FROM printed",
            [],
            |row| {
                let (documents, pages) = (row.get(0)?, row.get(1)?);
                Ok(Books { documents, pages, total: row.get(2)? })
            },
        )
        .expect("the ledger has two tables")
    }
}
