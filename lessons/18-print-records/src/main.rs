//! Lesson 18, print records: who printed what, and how that is never lost.
//!
//! You will see a record and its paper come apart under `kill -9`, an outbox
//! that keeps them together at every such moment, the sums of a month's
//! printing, the name of a document that a spreadsheet would run, and a quota
//! that five jobs at once cannot slip through. About 20 minutes.
//!
//! ```text
//! cargo run --bin lesson18           all scenes
//! cargo run --bin lesson18 outbox    one: afterwards, outbox, sums, csv or
//!                                    quota
//! ```

mod office;
mod scenes;

use std::{env, error::Error, fs, io, path::Path, process, thread};

use office::{Child, PAGES, Tray};
use scenes::{csv, outbox, quota, sums};

type Outcome = Result<(), Box<dyn Error>>;

/// The scenes, in the order in which they are played.
const SCENES: [&str; 5] = ["afterwards", "outbox", "sums", "csv", "quota"];

/// What becomes of a record that is written after the printing, or before it,
/// when somebody kills the printing program between the two.
fn afterwards(folder: &Path) -> Outcome {
    for order in ["paper-first", "record-first"] {
        // ANCHOR: afterwards
        let office = folder.join(order);
        fs::create_dir(&office)?;
        let mut printing = Child::start(order, "", &office)?;
        printing.line()?; // "between the two"
        printing.kill()?;

        let paper = Tray::in_folder(&office).pages();
        let recorded = recorded(&office);
        println!("  {order}: {paper} on paper, {recorded} in the records");
        // ANCHOR_END: afterwards
    }
    Ok(())
}

/// The child's part of it.
fn print(order: &str, office: &Path) -> Outcome {
    // ANCHOR: orders
    let paper = || Tray::in_folder(office).print(PAGES);
    let record = || fs::write(office.join("records"), PAGES.to_string());
    let (first, second): (&Step, &Step) = match order {
        "paper-first" => (&paper, &record),
        _ => (&record, &paper),
    };
    first()?;
    println!("between the two");
    thread::park(); // here it is killed
    second()?;
    // ANCHOR_END: orders
    Ok(())
}

type Step<'a> = dyn Fn() -> io::Result<()> + 'a;

/// The pages that the records know of.
fn recorded(office: &Path) -> u32 {
    let text = fs::read_to_string(office.join("records"));
    text.ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn main() -> Outcome {
    let arguments: Vec<String> = env::args().skip(1).collect();
    // This program also starts itself, as one that can be killed.
    if let [child, role, place, folder] = arguments.as_slice()
        && child == "child"
    {
        return play_child(role, place, folder.as_ref());
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

fn play_child(role: &str, place: &str, folder: &Path) -> Outcome {
    // When the lesson ends, however it ends, so does its child.
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        process::exit(1);
    });
    match role {
        "worker" => outbox::work(place, folder),
        "ledger" => outbox::keep_books(folder),
        order => print(order, folder),
    }
}

fn play(scene: &str) -> Outcome {
    // Each scene has an empty folder, which is gone at its end.
    let folder = tempfile::tempdir()?;
    match scene {
        "afterwards" => afterwards(folder.path()),
        "outbox" => outbox::play(folder.path()),
        "sums" => sums::play(folder.path()),
        "csv" => csv::play(),
        "quota" => quota::play(folder.path()),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
