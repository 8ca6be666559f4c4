//! The outbox: whoever is killed, wherever they are, paper and records agree.

use std::{fs, path::Path, thread};

use job_queue::State;
use print_records::Filter;

use crate::{
    Outcome,
    office::{Child, OUTBOX, Office, tell},
};

pub fn play(folder: &Path) -> Outcome {
    println!("  killed                          on paper  in the records");
    // Where the worker is killed: after this number of pages, of which this
    // number is confirmed.
    for (place, when) in [
        ("0 0", "before the first page"),
        ("2 2", "after two pages"),
        ("3 2", "after a page that nobody noted"),
        ("3 3", "after the last page"),
        ("ended", "after the end of the job"),
    ] {
        let folder = folder.join(place);
        fs::create_dir(&folder)?;
        let office = Office::open(&folder)?;
        let job = office.ask("ray")?;
        let mut worker = Child::start("worker", place, &folder)?;
        worker.line()?;
        worker.kill()?;

        // ANCHOR: restart
        // The next start: whoever held a job is dead. A job that had not
        // passed its point of no return is in the line again.
        office.queue.declare_dead("")?;
        office.print_all()?;
        show(&office, when)?;
        // ANCHOR_END: restart

        let job = office.queue.job(&job)?.expect("it is there");
        if place == "3 2" && job.state == State::Uncertain {
            // ANCHOR: decide
            // Somebody looks into the tray, and all three are there.
            office.queue.confirm(&job.id, "3")?;
            // ANCHOR_END: decide
            show(&office, "  a person has looked")?;
        }
    }

    // And the ledger itself, between its two steps.
    let office = Office::open(folder)?;
    office.ask("ray")?;
    office.print_all()?;
    let mut ledger = Child::start("ledger", "", folder)?;
    ledger.line()?;
    ledger.kill()?;
    show(&office, "the ledger, half way")
}

/// Lets the ledger take over what is in the outbox, and shows what it knows.
fn show(office: &Office, when: &str) -> Outcome {
    let Office { queue, ledger, tray } = office;
    // ANCHOR: take-over
    ledger.take_over(&**queue, OUTBOX, tell)?;
    let records = ledger.records(&Filter::default())?;
    // ANCHOR_END: take-over
    let paper = tray.pages();
    for record in &records {
        let (pages, state) = (record.pages, record.state.as_str());
        println!("  {when:32}{paper:8}  {pages}, {state}");
    }
    Ok(())
}

/// The worker that is killed: prints a job, and stops at its place.
pub fn work(place: &str, folder: &Path) -> Outcome {
    let office = Office::open(folder)?;
    let claim = office.claim()?.expect("a job is due");
    let Office { queue, tray, .. } = office;
    let stop_at = |here: &str| {
        if here == place {
            println!("here");
            thread::park();
        }
    };
    stop_at("0 0");
    // ANCHOR: worker
    // From here on the job may be on paper, and the queue knows that.
    queue.point_of_no_return(&claim, "0")?;
    for page in 1..=3 {
        tray.print(1)?;
        stop_at(&format!("{page} {}", page - 1));
        // The printer says that a page is out: that is kept.
        queue.progress(&claim, &page.to_string())?;
        stop_at(&format!("{page} {page}"));
    }
    // The end of the job and its milestone: one transaction.
    queue.complete(claim, "3")?;
    // ANCHOR_END: worker
    stop_at("ended");
    Ok(())
}

/// The ledger that is killed: it has the milestones, and they are still in the
/// outbox.
pub fn keep_books(folder: &Path) -> Outcome {
    let Office { queue, ledger, .. } = Office::open(folder)?;
    let milestones = queue.outbox(OUTBOX, 100)?;
    ledger.record(&milestones, tell)?;
    println!("recorded");
    thread::park();
    Ok(())
}
