//! How many jobs a second: queued, claimed and completed, each durable.

use crate::Outcome;
use job_queue::{NewJob, Queue, open};
use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

const LEASE: Duration = Duration::from_secs(30);
const TIME: Duration = Duration::from_secs(2);

pub fn play(url: &str) -> Outcome {
    let queue = open(url, "lesson08-rates")?;
    println!("rates: {}", queue.describe());
    for workers in [1, 4, 16] {
        let start = Instant::now();
        let jobs: u32 = thread::scope(|scope| {
            let threads: Vec<_> = (0..workers)
                .map(|_| scope.spawn(|| work(&queue, start)))
                .collect();
            let done = threads.into_iter().map(|one| one.join());
            done.map(|jobs| jobs.expect("no worker panics"))
                .sum::<Result<u32, _>>()
        })?;
        let rate = f64::from(jobs) / start.elapsed().as_secs_f64();
        println!("  {workers:2} workers: {rate:.0} jobs/s");
    }

    // What a page with the newest jobs costs, with all these behind it.
    let start = Instant::now();
    let newest = queue.jobs(100)?;
    let micros = start.elapsed().as_micros();
    println!("  the newest {} jobs are listed in {micros} µs\n", newest.len());
    Ok(())
}

/// Queues, claims and completes jobs until the time is over.
fn work(queue: &Arc<dyn Queue>, start: Instant) -> job_queue::Result<u32> {
    let mut jobs = 0;
    while start.elapsed() < TIME {
        queue.enqueue(NewJob::new("report.pdf"))?;
        if let Some(claim) = queue.claim("worker", LEASE, Duration::ZERO)? {
            queue.complete(claim, "printed")?;
            jobs += 1;
        }
    }
    Ok(jobs)
}
