//! How many jobs a second: queued, claimed and completed, each durable.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use job_queue::{NewJob, Queue, State, open};

use crate::Outcome;

const LEASE: Duration = Duration::from_secs(30);
/// How long each number of workers is measured.
const TIME: Duration = Duration::from_secs(2);
/// Jobs whose way to a blocked worker is timed.
const ROUNDS: usize = 101;

pub fn play(url: &str) -> Outcome {
    let queue = open(url, "lesson10-rates")?;
    println!("  {}", queue.describe());
    for workers in [1, 4, 16] {
        let start = Instant::now();
        let jobs: u32 = thread::scope(|scope| {
            let mut threads = Vec::new();
            for _ in 0..workers {
                threads.push(scope.spawn(|| work(&queue, start)));
            }
            let mut jobs = 0;
            for thread in threads {
                jobs += thread.join().expect("no worker panics")?;
            }
            job_queue::Result::Ok(jobs)
        })?;
        let rate = f64::from(jobs) / start.elapsed().as_secs_f64();
        println!("  {workers:2} workers: {rate:.0} jobs/s");
    }

    // How long a job waits for a worker that waits for it.
    println!("  a blocked worker has a new job in {} µs", pick_up(url)?);

    // What a page with the newest jobs costs, with all these behind it.
    let start = Instant::now();
    let newest = queue.jobs(100)?;
    let micros = start.elapsed().as_micros();
    println!("  the newest {} jobs are listed in {micros} µs", newest.len());
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

/// The median time from the enqueue to the claim of a worker that was
/// blocked, in microseconds. The worker has opened the queue for itself, as
/// another process does.
fn pick_up(url: &str) -> job_queue::Result<u128> {
    let (mine, theirs) = (open(url, "pick-up")?, open(url, "pick-up")?);
    let mut times = thread::scope(|scope| {
        let worker = scope.spawn(move || {
            let mut times = Vec::new();
            while times.len() < ROUNDS {
                let claim = theirs.claim("worker", LEASE, LEASE)?;
                times.push(Instant::now());
                if let Some(claim) = claim {
                    theirs.complete(claim, "printed")?;
                }
            }
            job_queue::Result::Ok(times)
        });
        let mut seen = mine.version()?;
        let mut queued = Vec::new();
        for _ in 0..ROUNDS {
            // Give the worker the time to block again.
            thread::sleep(Duration::from_millis(5));
            queued.push(Instant::now());
            let id = mine.enqueue(NewJob::new("report.pdf"))?.id;
            while mine.job(&id)?.is_some_and(|job| job.state != State::Done) {
                seen = mine.wait_for_change(seen, LEASE)?;
            }
        }
        let claimed: Vec<Instant> = worker.join().expect("no panic")?;
        let pairs = claimed.iter().zip(&queued);
        job_queue::Result::Ok(
            pairs
                .map(|(to, from)| (*to - *from).as_micros())
                .collect::<Vec<_>>(),
        )
    })?;
    times.sort();
    Ok(times[ROUNDS / 2])
}
