//! The queue that this lesson leaves: workers are killed, jobs are not lost,
//! and nothing is printed twice unless somebody says so.

use std::{
    process, thread,
    time::{Duration, Instant},
};

use job_queue::{NewJob, open};

use super::worker::{Worker, work_for_ever};
use crate::{Outcome, beat};

const PAGES: u32 = 3;
const QUEUE: &str = "lesson10";
/// How long a worker waits for a job.
const WAIT: Duration = Duration::from_secs(10);

pub fn play(url: &str) -> Outcome {
    let queue = open(url, QUEUE)?;
    let about = queue.describe();
    println!("  on {}", about.split(' ').next().unwrap_or(&about));

    // Worker 1 dies before the first page: it cannot say so, nor clean up.
    let id = queue.enqueue(NewJob::new("report.pdf"))?.id;
    let mut worker = Worker::start("dies-before-the-first-page", url)?;
    println!("  worker 1 {}", worker.line()?);
    worker.kill()?;
    let killed = Instant::now();
    let job = queue.job(&id)?.ok_or("the job is gone")?;
    println!("  worker 1 is killed; the queue still says: {}", job.state);

    // Its lease runs out, and a blocked claim is woken at that moment.
    let mut worker = Worker::start("prints", url)?;
    let took = worker.line()?;
    let waited = killed.elapsed().as_millis();
    println!("  worker 2 {took}, after {waited} ms");
    for _ in 0..PAGES {
        println!("  worker 2 {}", worker.line()?);
    }
    println!("  worker 2 {}", worker.line()?);
    let job = queue.job(&id)?.ok_or("the job is gone")?;
    println!("  the queue says: {}, attempts: {}", job.state, job.attempts);

    // Worker 3 dies with a page out. Printing again would be a guess.
    let id = queue.enqueue(NewJob::new("manual.pdf"))?.id;
    let mut worker = Worker::start("dies-after-the-first-page", url)?;
    println!("  worker 3 {}", worker.line()?);
    println!("  worker 3 {}", worker.line()?);
    worker.kill()?;
    println!("  worker 3 is killed");
    let wait = beat(1500.0);
    if queue.claim("worker 4", wait, wait)?.is_none() {
        println!("  worker 4 gets nothing");
    }
    let job = queue.job(&id)?.ok_or("the job is gone")?;
    println!("  the queue says: {}, attempts: {}", job.state, job.attempts);
    Ok(())
}

/// A worker that is killed stops before it has printed the first page, or
/// after.
pub fn work(role: &str, url: &str) -> Outcome {
    let queue = open(url, QUEUE)?;
    // ANCHOR: worker
    let me = format!("process {}", process::id());
    let lease = beat(1000.0);
    let Some(claim) = queue.claim(&me, lease, WAIT)? else {
        return Err("no job came".into());
    };
    println!("takes {}, attempt {}", claim.job.payload, claim.job.attempts);
    if role == "dies-before-the-first-page" {
        work_for_ever();
    }

    // Until here, another worker may begin anew. From here on, paper may be
    // out, and a person must look.
    queue.point_of_no_return(&claim, "sends the first page")?;
    for page in 1..=PAGES {
        let note = format!("prints page {page}");
        queue.progress(&claim, &note)?;
        println!("{note}");
        if role == "dies-after-the-first-page" {
            work_for_ever();
        }
        // As long as the work goes on, the lease does.
        queue.renew(&claim, lease)?;
        thread::sleep(beat(200.0));
    }
    queue.complete(claim, "printed")?;
    println!("is done");
    // ANCHOR_END: worker
    Ok(())
}
