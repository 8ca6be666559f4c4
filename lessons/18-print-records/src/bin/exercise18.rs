//! Exercise 18: every page once.
//!
//! The ledger gets milestones, an argument each: their number, the job, which run
//! of the job they tell of, and how many pages came out in that run.
//!
//! - The ledger may have been killed before it emptied the outbox. Then
//!   milestones come again, which it has already; some may be older than what
//!   it knows of the job.
//! - A later milestone of the same run corrects what was known of that run: a
//!   person has looked into the tray.
//! - A job that was sent again prints in another run. Those pages are on paper
//!   as well.
//!
//! Write the function that takes one milestone over.
//!
//! ```text
//! cargo run --bin exercise18 '1 7 1 2' '2 7 2 3'
//! cargo test --test exercise18
//! ```
//!
//! About 10 minutes.

#![allow(dead_code, unused, reason = "until the todo!() is replaced")]

use std::{collections::BTreeMap, env, error::Error};

/// What the queue tells of a job.
struct Milestone {
    /// Grows from one milestone to the next.
    number: u64,
    job: u64,
    /// Grows from one run of the job to the next.
    run: u64,
    /// The pages that came out in this run.
    pages: u32,
}

/// What the ledger knows of a job.
#[derive(Default)]
struct Record {
    /// The number of the last milestone that is in here.
    milestone: u64,
    /// The run that it told of, and the pages of that run.
    run: u64,
    run_pages: u32,
    /// The pages of all runs.
    pages: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut ledger = BTreeMap::new();
    for argument in env::args().skip(1) {
        take_over(&mut ledger, &milestone(&argument)?);
    }
    for (job, record) in &ledger {
        println!("job {job}, pages: {}", record.pages);
    }
    Ok(())
}

/// Writes what the milestone says into the record of its job.
fn take_over(ledger: &mut BTreeMap<u64, Record>, milestone: &Milestone) {
    let record = ledger.entry(milestone.job).or_default();
    todo!("leave out what is known, correct the same run, add another one")
}

/// A milestone as text: `NUMBER JOB RUN PAGES`.
fn milestone(text: &str) -> Result<Milestone, Box<dyn Error>> {
    let mut words = text.split(' ');
    let mut next = || words.next().ok_or("four numbers make a milestone");
    Ok(Milestone {
        number: next()?.parse()?,
        job: next()?.parse()?,
        run: next()?.parse()?,
        pages: next()?.parse()?,
    })
}
