//! Exercise 10: a worker that gives up neither too early nor too late.
//!
//! Three documents wait to be printed. The report jams the printer twice; the
//! manual is long; the photo is broken and will never print. Two workers run
//! the loop that you write: every document that can be printed shall be
//! printed once, and the broken one shall end as a dead letter.
//!
//! ```text
//! cargo run --bin exercise10
//! cargo test --test exercise10
//! ```
//!
//! About 10 minutes.

#![allow(dead_code, unused_variables, reason = "until the loop is written")]

use job_queue::{Job, NewJob, Queue, Result, Signal, open};
use std::{sync::Arc, thread, time::Duration};

/// The manual takes longer to print than this.
const LEASE: Duration = Duration::from_secs(1);
/// A worker goes home when no job came for this long.
const WAIT: Duration = Duration::from_secs(2);

fn main() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder for the queue");
    let file = folder.path().join("queue.db");
    let queue = open(&format!("sqlite:{}", file.display()), "printer")?;
    for document in ["report.pdf", "manual.pdf", "photo.pdf"] {
        let job = NewJob::new(document).max_attempts(3);
        queue.enqueue(job.first_retry(Duration::from_millis(100)))?;
    }

    // Two workers share the queue; the paper shows what each has printed.
    let workers = ["Egon", "Peter"].map(|name| {
        let queue = Arc::clone(&queue);
        thread::spawn(move || work(queue.as_ref(), name))
    });
    for worker in workers {
        worker.join().expect("the worker has not panicked")?;
    }

    // What the queue says when all is over.
    for job in queue.jobs(10)?.iter().rev() {
        let reason = job.reason.as_deref().unwrap_or("no complaint");
        let (name, state) = (&job.payload, job.state);
        println!("{name}: {state}, attempts: {}, {reason}", job.attempts);
    }
    Ok(())
}

/// Takes jobs and prints them until none has come for [`WAIT`].
fn work(queue: &dyn Queue, name: &str) -> Result<()> {
    // Claim a job for LEASE, waiting for WAIT; go home if none came.
    // Print it: `print` calls you after each page, so that you can renew the
    // lease. Complete what was printed; retry, with its reason, what was not.
    todo!("claim, print and renew, then complete or retry; and again")
}

/// Prints a job. After each page it calls `page_done`, and stops with an
/// error if that returns one.
fn print(
    job: &Job,
    mut page_done: impl FnMut() -> Result<Signal>,
) -> std::result::Result<(), String> {
    let pages = match (job.payload.as_str(), job.attempts) {
        ("report.pdf", 1 | 2) => return Err("paper jam".to_owned()),
        ("photo.pdf", _) => return Err("not a picture".to_owned()),
        ("manual.pdf", _) => 15,
        _ => 1,
    };
    for _ in 0..pages {
        thread::sleep(Duration::from_millis(100));
        page_done().map_err(|error| error.to_string())?;
    }
    println!("paper: {}, attempt {}", job.payload, job.attempts);
    Ok(())
}
