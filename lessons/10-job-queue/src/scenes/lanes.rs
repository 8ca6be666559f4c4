//! A lane for each printer: a line of its own in the same queue, which one
//! worker serves at a time. A jam at one printer stops no other.

use std::time::Duration;

use job_queue::{NewJob, open};

use crate::Outcome;

const QUEUE: &str = "lesson10-lanes";
/// The lease of a worker that is lost.
const SHORT: Duration = Duration::from_secs(1);
/// Longer than the scene takes.
const LEASE: Duration = Duration::from_secs(60);
const NOW: Duration = Duration::ZERO;

pub fn play(url: &str) -> Outcome {
    let queue = open(url, QUEUE)?;
    let about = queue.describe();
    println!("  on {}", about.split(' ').next().unwrap_or(&about));

    // ANCHOR: lanes
    // Two printers, two lanes, and one queue: numbers, keys and the list of
    // all jobs are the same.
    let (hall, attic) = (queue.lane("hall"), queue.lane("attic"));
    hall.enqueue(NewJob::new("report.pdf"))?;
    let manual = hall.enqueue(NewJob::new("manual.pdf"))?.id;
    attic.enqueue(NewJob::new("photo.pdf"))?;
    for job in queue.jobs(3)?.iter().rev() {
        println!("  job {} for the {}: {}", job.id, job.lane, job.payload);
    }

    // A printer takes one document at a time, whoever brings it.
    let report = hall.claim("worker 1", SHORT, NOW)?.ok_or("no job")?;
    println!("  worker 1 takes {}", report.job.payload);
    let other = hall.claim("worker 2", LEASE, NOW)?;
    println!("  worker 2 gets a job of the hall: {}", other.is_some());
    let photo = attic.claim("worker 2", LEASE, NOW)?.ok_or("no job")?;
    println!("  worker 2 takes {} to the attic", photo.job.payload);
    attic.complete(photo, "printed")?;

    // Worker 1 is lost with its machine. With its lease ends its right to
    // the lane.
    let report = hall.claim("worker 2", LEASE, LEASE)?.ok_or("no job")?;
    println!("  worker 1 is lost, worker 2 takes {}", report.job.payload);

    // The paper jams: the hall stands still. What waits there may be moved.
    hall.hand_back(report, "paper jam")?;
    hall.halt("paper jam")?;
    let none = hall.claim("worker 2", LEASE, NOW)?.is_none();
    println!("  a jam in the hall, and no more jobs from there: {none}");
    queue.move_to(&manual, "attic")?;
    let moved = attic.claim("worker 2", LEASE, NOW)?.ok_or("no job")?;
    println!("  worker 2 takes {} to the attic", moved.job.payload);
    attic.complete(moved, "printed")?;
    // ANCHOR_END: lanes

    // The paper is out, and the last job is done.
    hall.resume()?;
    let report = hall.claim("worker 2", LEASE, NOW)?.ok_or("no job")?;
    println!("  the hall goes on with {}", report.job.payload);
    hall.complete(report, "printed")?;
    Ok(())
}
