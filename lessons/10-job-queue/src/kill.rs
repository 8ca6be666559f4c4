//! The queue that this lesson leaves: a worker is killed, the job is not.

use crate::{Outcome, beat, worker::Worker};
use job_queue::{NewJob, Queue, open};
use std::{
    process,
    sync::Arc,
    time::{Duration, Instant},
};

const PAGES: u32 = 3;

pub fn play(url: &str) -> Outcome {
    let queue = open(url, "lesson10")?;
    let engine = queue.describe();
    println!("kill: {}", engine.split(' ').next().unwrap_or(&engine));
    let id = queue.enqueue(NewJob::new("report.pdf"))?.id;

    // Worker 1 dies in mid job: it cannot say so, nor clean up.
    let mut worker = Worker::start("print", url)?;
    println!("  worker 1 {}", worker.says()?);
    println!("  worker 1 {}", worker.says()?);
    worker.kill()?;
    let killed = Instant::now();
    let job = queue.job(&id)?.ok_or("the job is gone")?;
    println!("  worker 1 is killed; the queue still says: {}", job.state);

    // Its lease runs out, and a blocked claim is woken at that moment.
    let mut worker = Worker::start("print", url)?;
    let took = worker.says()?;
    let waited = killed.elapsed().as_millis();
    println!("  worker 2 {took}, after {waited} ms");
    for _ in 0..PAGES {
        println!("  worker 2 {}", worker.says()?);
    }
    println!("  worker 2 {}", worker.says()?);
    let job = queue.job(&id)?.ok_or("the job is gone")?;
    println!("  the queue says: {}, attempts: {}\n", job.state, job.attempts);
    Ok(())
}

// ANCHOR: worker
/// A worker: takes one job and prints it, page by page.
pub fn print(queue: &Arc<dyn Queue>) -> Outcome {
    let me = format!("process {}", process::id());
    let (lease, wait) = (beat(1000.0), Duration::from_secs(10));
    let Some(claim) = queue.claim(&me, lease, wait)? else {
        return Err("no job came".into());
    };
    println!("takes {}, attempt {}", claim.job.payload, claim.job.attempts);
    for page in 1..=PAGES {
        let note = format!("prints page {page}");
        queue.progress(&claim, &note)?;
        println!("{note}");
        // As long as the work goes on, the lease does.
        queue.renew(&claim, lease)?;
        std::thread::sleep(beat(200.0));
    }
    queue.complete(claim, "printed")?;
    println!("is done");
    Ok(())
}
// ANCHOR_END: worker
