//! Lesson 09, database: what SQLite promises, and what it does not.
//!
//! You will see what is on the disk when a change is committed; a writer that
//! is killed, a disk that is full, a file that is damaged, one that is a year
//! old, and a backup while others write. About 20 minutes.
//!
//! ```text
//! cargo run --bin lesson09            all scenes
//! cargo run --bin lesson09 killed     one: commit, killed, full, damaged,
//!                                     versions or backup
//! ```

mod ledger;
mod scenes;

use std::{
    env,
    error::Error,
    fs, io,
    path::Path,
    process,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use ledger::{LEDGER, print, summary};
use scenes::{backup, damaged, full, killed, versions};

type Outcome = Result<(), Box<dyn Error>>;

/// The scenes, in the order in which they are played.
const SCENES: [&str; 6] =
    ["commit", "killed", "full", "damaged", "versions", "backup"];
/// Commits that are timed.
const COMMITS: usize = 200;

/// What a commit is: the moment at which others see it, and the disk has it.
fn commit(folder: &Path) -> Outcome {
    // ANCHOR: commit
    let file = database::Database::new(folder.join("ledger.db"), LEDGER);
    let mut writer = file.open()?;
    let reader = file.open_to_read()?;

    // Both changes belong together, so they are one transaction.
    let entry = writer.transaction()?;
    entry.execute("INSERT INTO printed VALUES ('lease.txt', 10)", [])?;
    entry.execute("UPDATE total SET pages = pages + 10", [])?;
    println!("  before the commit, a reader sees {}", summary(&reader)?);
    entry.commit()?;
    println!("  after it, the reader sees {}", summary(&reader)?);
    // ANCHOR_END: commit

    // What was committed is in the log; later it is moved into the file.
    println!("  the folder holds {}", files(folder)?);
    let durable = median_commit(&mut writer, "FULL")?;
    let delayed = median_commit(&mut writer, "NORMAL")?;
    println!("  a commit that waits for the disk takes {durable:.1?}");
    println!("  one that leaves the waiting to a later one: {delayed:.1?}");
    // Whoever is the last to close it moves the log into the file. A reader
    // may not.
    drop(reader);
    drop(writer);
    println!("  closed by all, the folder holds {}", files(folder)?);
    Ok(())
}

/// The time that a commit takes.
fn median_commit(
    sql: &mut Connection,
    synchronous: &str,
) -> rusqlite::Result<Duration> {
    sql.pragma_update(None, "synchronous", synchronous)?;
    let mut times = Vec::new();
    for _ in 0..COMMITS {
        let start = Instant::now();
        print(sql, "timed.txt", 1)?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times[COMMITS / 2])
}

/// The names of the files in the folder.
fn files(folder: &Path) -> io::Result<String> {
    let mut names = Vec::new();
    for file in fs::read_dir(folder)? {
        names.push(file?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names.join(", "))
}

fn main() -> Outcome {
    let arguments: Vec<String> = env::args().skip(1).collect();
    // This program is also its own writer, so that it can be killed.
    if let [writer, role, file] = arguments.as_slice()
        && writer == "writer"
    {
        return ledger::write(role, file);
    }
    // One scene by name, or all of them.
    match arguments.first() {
        Some(scene) => play(scene)?,
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene)?;
            }
        }
    }
    Ok(())
}

fn play(scene: &str) -> Outcome {
    // Each scene has an empty folder, which is gone at its end.
    let folder = tempfile::tempdir()?;
    match scene {
        "commit" => commit(folder.path()),
        "killed" => killed::play(folder.path()),
        "full" => full::play(folder.path()),
        "damaged" => damaged::play(folder.path()),
        "versions" => versions::play(folder.path()),
        "backup" => backup::play(folder.path()),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
