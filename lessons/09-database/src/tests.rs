//! What a database file promises, tried on files that are in order, old, new,
//! damaged, empty, somebody else's, or full.

use std::{fs, path::Path, thread};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::{Database, Error, Schema, Step};

const STEPS: [Step; 3] = [
    |sql| sql.execute_batch("CREATE TABLE printed (document TEXT) STRICT"),
    |sql| sql.execute_batch("ALTER TABLE printed ADD pages INTEGER"),
    |sql| sql.execute_batch("UPDATE printed SET pages = 1"),
];

/// The ledger as a program of this version knows it.
fn schema(version: usize) -> Schema {
    Schema {
        content: "a ledger",
        application_id: i32::from_be_bytes(*b"Ledg"),
        steps: &STEPS[..version],
        elsewhere: "name another file",
        recovery: "Bring it back from a backup",
    }
}

fn ledger(folder: &TempDir, version: usize) -> Database {
    Database::new(folder.path().join("ledger.db"), schema(version))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn print(sql: &Connection, document: &str) -> rusqlite::Result<usize> {
    sql.execute("INSERT INTO printed (document) VALUES (?1)", [document])
}

fn count(sql: &Connection) -> i64 {
    sql.query_row("SELECT count(*) FROM printed", [], |row| row.get(0))
        .expect("counted")
}

#[test]
fn a_new_file_is_made_and_found_again() {
    let folder = folder();
    let ledger = ledger(&folder, 3);
    print(&ledger.open().expect("made"), "lease.txt").expect("written");
    let sql = ledger.open().expect("found");
    assert_eq!(count(&sql), 1);
    assert_eq!(ledger.version(&sql), Ok(3));
    ledger.check(&sql).expect("it is sound");
}

#[cfg(unix)]
#[test]
fn a_new_file_and_its_log_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let ledger = ledger(&folder, 1);
    let sql = ledger.open().expect("made");
    print(&sql, "lease.txt").expect("written");
    for file in fs::read_dir(folder.path()).expect("the folder") {
        let file = file.expect("a file");
        let mode = file.metadata().expect("its rights").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
    }
}

#[test]
fn an_old_file_is_brought_forward_and_keeps_what_it_has() {
    let folder = folder();
    let old = ledger(&folder, 1);
    print(&old.open().expect("made"), "lease.txt").expect("written");
    let ledger = ledger(&folder, 3);
    let reader = ledger.open_to_read().expect("read");
    assert_eq!(ledger.version(&reader), Ok(1));
    let sql = ledger.open().expect("brought forward");
    assert_eq!(ledger.version(&sql), Ok(3));
    let pages: i64 = sql
        .query_row("SELECT pages FROM printed", [], |row| row.get(0))
        .expect("the entry");
    assert_eq!(pages, 1);
}

#[test]
fn a_step_that_fails_leaves_the_file_as_it_was() {
    let folder = folder();
    let old = ledger(&folder, 1);
    print(&old.open().expect("made"), "lease.txt").expect("written");
    let steps: &[Step] =
        &[STEPS[0], STEPS[1], |sql| sql.execute_batch("no such thing")];
    let schema = Schema { steps, ..schema(1) };
    let broken = Database::new(old.path(), schema);
    let error = broken.open().expect_err("the third step fails");
    assert!(matches!(error, Error::Sqlite { .. }), "{error}");
    let sql = old.open().expect("as before");
    assert_eq!(old.version(&sql), Ok(1));
    assert_eq!(count(&sql), 1);
    assert!(sql.prepare("SELECT pages FROM printed").is_err());
}

#[test]
fn many_threads_may_make_the_file_and_bring_it_forward_at_once() {
    let folder = folder();
    for version in [1, 3] {
        thread::scope(|scope| {
            for _ in 0..8 {
                let ledger = ledger(&folder, version);
                scope.spawn(move || {
                    print(&ledger.open().expect("opened"), "lease.txt")
                        .expect("written")
                });
            }
        });
    }
    assert_eq!(count(&ledger(&folder, 3).open().expect("opened")), 16);
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let folder = folder();
    drop(ledger(&folder, 3).open().expect("made"));
    let old = ledger(&folder, 2);
    for error in [old.open(), old.open_to_read()].map(|it| it.err()) {
        let error = error.expect("refused");
        let said = error.to_string();
        assert!(matches!(error, Error::Newer { found: 3, known: 2, .. }));
        assert!(said.contains("newer") && said.contains("install"), "{said}");
    }
    ledger(&folder, 3).open().expect("as before");
}

#[test]
fn another_programs_database_is_refused_and_left_alone() {
    let folder = folder();
    let ledger = ledger(&folder, 1);
    let other = Connection::open(ledger.path()).expect("made");
    other.execute_batch("CREATE TABLE cake (flour)").expect("written");
    let error = ledger.open().expect_err("refused");
    assert!(matches!(error, Error::NotOurs { .. }), "{error}");
    assert!(error.to_string().contains("name another file"), "{error}");
    let mode: String = other
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .expect("asked");
    assert_eq!(mode, "delete", "nothing about it was changed");
    other.pragma_update(None, "application_id", 5).expect("written");
    other.pragma_update(None, "user_version", 1).expect("written");
    let error = ledger.open().expect_err("refused");
    assert!(matches!(error, Error::NotOurs { .. }), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_said_to_be_damaged() {
    let folder = folder();
    let ledger = ledger(&folder, 1);
    fs::write(ledger.path(), "%PDF-1.7 this is no ledger").expect("written");
    let error = ledger.open().expect_err("refused");
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("from a backup"), "{error}");
    assert_eq!(fs::read(ledger.path()).expect("there").len(), 26);
}

/// A new file appears with its content, whenever its maker is killed: an empty
/// one has lost what it had.
#[test]
fn an_empty_file_is_damaged() {
    let folder = folder();
    let ledger = ledger(&folder, 1);
    fs::write(ledger.path(), "").expect("written");
    let reader = ledger.open_to_read().expect("read");
    assert_eq!(ledger.version(&reader), Ok(0));
    let error = ledger.open().expect_err("refused");
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("0 bytes"), "{error}");
}

#[test]
fn a_new_file_appears_only_with_its_content() {
    let folder = folder();
    let path = folder.path().join("ledger.db");
    let seen = path.clone();
    let watch = thread::spawn(move || {
        loop {
            if let Ok(file) = fs::metadata(&seen) {
                return file.len();
            }
            thread::yield_now();
        }
    });
    drop(Database::new(&path, schema(3)).open().expect("made"));
    assert!(watch.join().expect("seen") > 0);
    let left = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 1, "nothing else is left");
}

/// A ledger as a crash leaves it: some of its changes are in the log.
fn crashed(ledger: &Database) -> Vec<u8> {
    let sql = ledger.open().expect("made");
    for number in 0..40 {
        print(&sql, &format!("lease-{number}.txt")).expect("written");
    }
    let log = fs::read(ledger.beside("-wal")).expect("a log");
    std::mem::forget(sql);
    log
}

#[test]
fn a_log_with_changed_bits_is_said_to_be_damaged() {
    // In the header, in a frame's header, in pages, in several of them.
    for places in [&[2][..], &[18], &[40], &[5_000], &[9_000, 70_000]] {
        let folder = folder();
        let ledger = ledger(&folder, 1);
        let mut log = crashed(&ledger);
        for place in places {
            log[*place] ^= 0x10;
        }
        let copy = Database::new(folder.path().join("copy.db"), schema(1));
        fs::copy(ledger.path(), copy.path()).expect("copied");
        fs::write(copy.beside("-wal"), &log).expect("written");
        let error = copy.open().expect_err("its changes are lost");
        assert!(matches!(error, Error::Damaged { .. }), "{places:?}: {error}");
        assert!(error.to_string().contains("-wal"), "{error}");
    }
}

#[test]
fn a_log_that_a_crash_has_cut_off_is_no_damage() {
    let folder = folder();
    let ledger = ledger(&folder, 1);
    let log = crashed(&ledger);
    for cut in [log.len(), log.len() - 1, log.len() - 4_000, 32, 10, 0] {
        let copy = folder.path().join(format!("copy-{cut}.db"));
        let copy = Database::new(copy, schema(1));
        fs::copy(ledger.path(), copy.path()).expect("copied");
        fs::write(copy.beside("-wal"), &log[..cut]).expect("written");
        copy.open().unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
    }
}

#[test]
fn a_log_without_its_file_is_damage() {
    let folder = folder();
    let ledger = ledger(&folder, 1);
    let log = crashed(&ledger);
    let gone = Database::new(folder.path().join("gone.db"), schema(1));
    fs::write(gone.beside("-wal"), log).expect("written");
    let error = gone.open().expect_err("refused");
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    gone.set_aside().expect("the way out");
    drop(gone.open().expect("a new one"));
}

#[cfg(unix)]
#[test]
fn a_file_that_is_removed_while_it_is_open_is_noticed() {
    for ending in ["", "-wal"] {
        let folder = folder();
        let ledger = ledger(&folder, 1);
        let sql = ledger.open().expect("made");
        print(&sql, "lease.txt").expect("written");
        let identity = ledger.identity();
        identity.check().expect("as it was");
        fs::remove_file(ledger.beside(ending)).expect("removed");
        let error = identity.check().expect_err("noticed");
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("removed"), "{error}");
    }
}

#[test]
fn a_value_that_cannot_be_is_said_to_be_damage() {
    let folder = folder();
    let ledger = ledger(&folder, 3);
    let sql = ledger.open().expect("made");
    sql.execute("INSERT INTO printed VALUES ('lease.txt', -7)", [])
        .expect("written");
    let error = sql
        .query_row("SELECT pages FROM printed", [], |row| row.get::<_, u64>(0))
        .expect_err("no number of pages");
    let error = ledger.explain(error);
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("from a backup"), "{error}");
}

/// A ledger of some pages, and its bytes.
fn large(ledger: &Database) -> Vec<u8> {
    let sql = ledger.open().expect("made");
    let long = "x".repeat(3000);
    for _ in 0..20 {
        print(&sql, &long).expect("written");
    }
    drop(sql);
    fs::read(ledger.path()).expect("the file")
}

#[test]
fn overwritten_pages_and_a_missing_end_are_found() {
    let folder = folder();
    let ledger = ledger(&folder, 1);
    let bytes = large(&ledger);
    let mut holed = bytes.clone();
    holed[bytes.len() - 4096..][..200].fill(b'?');
    let half = bytes[..bytes.len() / 2].to_vec();
    for bad in [holed, half] {
        fs::write(ledger.path(), bad).expect("written");
        let error = match ledger.open() {
            Ok(sql) => ledger.check(&sql).expect_err("found"),
            Err(error) => error,
        };
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
    }
}

#[test]
fn a_damaged_file_is_not_brought_forward() {
    let folder = folder();
    let old = ledger(&folder, 1);
    let bytes = large(&old);
    let mut bad = bytes.clone();
    bad[bytes.len() - 4096..][..200].fill(b'?');
    fs::write(old.path(), &bad).expect("written");
    let error = ledger(&folder, 3).open().expect_err("refused");
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    let sql = old.open_to_read().expect("read");
    assert_eq!(old.version(&sql), Ok(1));
}

#[test]
fn a_full_disk_is_said_to_be_full_and_loses_nothing() {
    let folder = folder();
    let ledger = ledger(&folder, 1);
    let sql = ledger.open().expect("made");
    let limit = |pages: u32| {
        // As small as a full disk would make it.
        let limit = format!("PRAGMA max_page_count = {pages}");
        sql.query_row(&limit, [], |_| Ok(())).expect("limited");
    };
    limit(20);
    let long = "x".repeat(3000);
    let mut kept = 0;
    let error = loop {
        match print(&sql, &long) {
            Ok(_) => kept += 1,
            Err(error) => break ledger.explain(error),
        }
    };
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert!(error.to_string().contains("make room"), "{error}");
    assert!(kept > 0);
    assert_eq!(count(&sql), kept);
    limit(1000);
    print(&sql, &long).expect("there is room again");
}

#[test]
fn whoever_holds_the_file_locked_is_to_be_found() {
    let folder = folder();
    let ledger = ledger(&folder, 1);
    let (first, second) = (ledger.open(), ledger.open());
    let (first, second) = (first.expect("opened"), second.expect("opened"));
    second.busy_timeout(std::time::Duration::ZERO).expect("set");
    first.execute_batch("BEGIN IMMEDIATE").expect("begun");
    let error = print(&second, "lease.txt").expect_err("locked");
    let error = ledger.explain(error);
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    assert_eq!(count(&second), 0, "a reader does not wait");
}

#[test]
fn a_missing_file_or_folder_is_named() {
    let folder = folder();
    let ledger = ledger(&folder, 1);
    let error = ledger.open_to_read().expect_err("missing");
    assert!(matches!(error, Error::Missing { .. }), "{error}");
    assert!(!ledger.path().exists(), "reading makes no file");
    let nowhere = folder.path().join("no such folder/ledger.db");
    let error = Database::new(nowhere, schema(1)).open().expect_err("refused");
    assert!(matches!(error, Error::Unusable { .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains("no such folder"), "{said}");
    assert!(said.contains("does not exist"), "{said}");
}

#[test]
fn a_database_in_memory_is_refused() {
    let error = Database::new(":memory:", schema(1)).open();
    let error = error.expect_err("refused");
    assert!(matches!(error, Error::Unusable { .. }), "{error}");
    assert!(!Path::new(":memory:").exists());
}

#[test]
fn a_backup_made_while_others_write_is_whole_and_of_one_moment() {
    let folder = folder();
    let ledger = ledger(&folder, 1);
    let sql = ledger.open().expect("made");
    sql.execute_batch("CREATE TABLE copied (document TEXT)").expect("made");
    let copy = folder.path().join("copy.db");
    thread::scope(|scope| {
        let (done, stop) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || {
            use std::sync::mpsc::TryRecvError::Disconnected;
            // Two rows a transaction: never one without the other.
            while stop.try_recv() != Err(Disconnected) {
                sql.execute_batch(
                    "BEGIN;
                     INSERT INTO printed VALUES ('lease.txt');
                     INSERT INTO copied VALUES ('lease.txt');
                     COMMIT",
                )
                .expect("written");
            }
        });
        for _ in 0..10 {
            ledger.back_up(&copy).expect("copied");
        }
        drop(done);
    });
    let copied = Database::new(&copy, schema(1));
    let sql = copied.open().expect("a ledger");
    copied.check(&sql).expect("it is sound");
    let others: i64 = sql
        .query_row("SELECT count(*) FROM copied", [], |row| row.get(0))
        .expect("counted");
    assert_eq!(count(&sql), others);
}

#[test]
fn a_backup_that_fails_leaves_the_older_one() {
    let folder = folder();
    let ledger = ledger(&folder, 1);
    print(&ledger.open().expect("made"), "lease.txt").expect("written");
    let copy = folder.path().join("copy.db");
    ledger.back_up(&copy).expect("copied");
    let before = fs::read(&copy).expect("the copy");
    fs::write(ledger.path(), "?".repeat(8192)).expect("written");
    ledger.back_up(&copy).expect_err("the file is damaged");
    assert_eq!(fs::read(&copy).expect("the copy"), before);
}

#[test]
fn a_file_is_set_aside_with_its_log_and_the_next_start_makes_a_new_one() {
    let folder = folder();
    let ledger = ledger(&folder, 1);
    let sql = ledger.open().expect("made");
    print(&sql, "lease.txt").expect("written");
    // As after a crash: its log is still there.
    std::mem::forget(sql);
    let aside = ledger.set_aside().expect("renamed");
    let name = aside.file_name().expect("a name").to_string_lossy();
    assert!(name.starts_with("ledger-aside-20"), "{name}");
    assert!(name.ends_with(".db"), "{name}");
    assert_eq!(count(&ledger.open().expect("made")), 0);
    assert_ne!(ledger.set_aside().expect("renamed"), aside);
    let error = ledger.set_aside().expect_err("nothing is there");
    assert!(matches!(error, Error::Missing { .. }), "{error}");
    let old = Database::new(&aside, schema(1)).open().expect("still sound");
    assert_eq!(count(&old), 1);
}
