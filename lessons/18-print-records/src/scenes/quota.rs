//! A quota, and five jobs that come before the first is on paper.

use std::path::Path;

use crate::{
    Outcome,
    office::{OUTBOX, Office, PAGES, tell},
};

/// Pages that a person may print in a month.
const QUOTA: u32 = 10;

pub fn play(folder: &Path) -> Outcome {
    let office = Office::open(folder)?;
    for user in ["ray", "ray", "ray", "ray", "egon"] {
        // ANCHOR: quota
        // What was queued before counts, so the ledger must know of it.
        office.ledger.take_over(&*office.queue, OUTBOX, tell)?;
        let allowance = office.ledger.allowance(user, QUOTA)?;
        let (printed, left) = (allowance.printed, allowance.left());
        if left < u64::from(PAGES) {
            println!("  {user}: refused, {left} left, {printed} on paper");
            continue;
        }
        office.ask(user)?;
        println!("  {user}: queued, {left} were left, {printed} on paper");
        // ANCHOR_END: quota
    }
    office.print_all()?;
    println!("  {} pages are printed", office.tray.pages());
    Ok(())
}
