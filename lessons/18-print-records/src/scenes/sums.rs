//! The sums: a question to a database, and no arithmetic of one's own.

use std::path::Path;

use print_records::{By, Filter};

use crate::{
    Outcome,
    office::{OUTBOX, Office, tell},
};

pub fn play(folder: &Path) -> Outcome {
    let office = Office::open(folder)?;
    for user in ["ray", "egon", "ray", "venkman", "ray"] {
        office.ask(user)?;
    }
    office.print_all()?;
    office.ledger.take_over(&*office.queue, OUTBOX, tell)?;

    // ANCHOR: sums
    let all = Filter::default();
    for sum in office.ledger.sums(&all, By::User)? {
        println!("  {}: jobs: {}, pages: {}", sum.of, sum.jobs, sum.pages);
    }
    let of_ray = Filter { user: Some("ray".into()), ..all };
    let records = office.ledger.records(&of_ray)?;
    println!("  the records of ray, newest first:");
    for record in records {
        println!("    job {}: {} pages", record.job, record.pages);
    }
    // ANCHOR_END: sums
    Ok(())
}
