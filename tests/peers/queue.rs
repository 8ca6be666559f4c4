//! The job queue's rate on both engines, beside the ceiling of what each
//! stands on: how often Redis answers PING, and how often the disk syncs.
//! README.md says how to run it and what it means.

mod apt;

use std::{
    env,
    error::Error,
    fs::File,
    io::Write,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use job_queue::{NewJob, Queue};
use ping::statistics::median;
use private_redis::PrivateRedis;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(1);
const BATCH: usize = 16;
const LEASE: Duration = Duration::from_secs(30);

/// The step that a worker repeats; returns how much it got done.
type Work<'a> = Box<dyn FnMut() -> Result<usize> + Send + 'a>;

fn main() -> Result<()> {
    apt::need("redis-server", "redis-server")?;
    let redis = PrivateRedis::start()?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("queue.db");
    let sqlite =
        job_queue::open(&format!("sqlite:{}", file.display()), "peer")?;
    let streams = job_queue::open(&redis.url(), "peer")?;
    println!("{}\n{}", sqlite.describe(), streams.describe());
    println!("jobs/s: enqueue, claim, complete; median of {ROUNDS} rounds\n");

    // One engine alone, if its name is given.
    let word = env::args().skip(1).find(|word| !word.starts_with('-'));
    let chosen = |row: usize| match word.as_deref() {
        Some("sqlite") => row < 3,
        Some("redis") => row >= 3,
        _ => true,
    };

    // All rows take their turn in each round: a busy moment hits them all.
    for workers in [1, 4, 16] {
        let mut rows = [
            ("disk: write and sync", Vec::new()),
            ("SQLite", Vec::new()),
            ("SQLite, batches of 16", Vec::new()),
            ("Redis: PING", Vec::new()),
            ("Redis", Vec::new()),
            ("Redis, batches of 16", Vec::new()),
        ];
        for _ in 0..ROUNDS {
            let rows = rows.iter_mut().enumerate();
            for (row, (_, rates)) in rows.filter(|(row, _)| chosen(*row)) {
                let work = |worker: usize| match row {
                    0 => syncs(folder.path(), worker),
                    1 => Ok(one_by_one(&*sqlite, worker)),
                    2 => Ok(batches(&*sqlite, worker)),
                    3 => pings(&redis.url()),
                    4 => Ok(one_by_one(&*streams, worker)),
                    _ => Ok(batches(&*streams, worker)),
                };
                rates.push(rate(workers, work)?);
            }
        }
        println!("{workers} workers");
        let mut ceiling = 1.0;
        let rows = rows.iter_mut().enumerate();
        for (row, (name, rates)) in rows.filter(|(row, _)| chosen(*row)) {
            let median = median(rates.iter().copied()).unwrap_or(0.0);
            if row % 3 == 0 {
                ceiling = median;
            }
            println!("  {name:22} {median:9.0}/s  x {:.2}", median / ceiling);
        }
    }
    Ok(())
}

/// How much all workers get done in a second.
fn rate<'a>(
    workers: usize,
    work: impl Fn(usize) -> Result<Work<'a>>,
) -> Result<f64> {
    let works: Vec<Work> = (0..workers).map(work).collect::<Result<_>>()?;
    let start = Instant::now();
    let done = thread::scope(|threads| {
        let running: Vec<_> = works
            .into_iter()
            .map(|mut work| {
                threads.spawn(move || {
                    let mut done = 0;
                    while start.elapsed() < ROUND {
                        done += work()?;
                    }
                    Ok::<_, Box<dyn Error + Send + Sync>>(done)
                })
            })
            .collect();
        let ends = running.into_iter().map(|t| t.join().expect("no panic"));
        ends.sum::<Result<usize>>()
    })?;
    Ok(done as f64 / start.elapsed().as_secs_f64())
}

/// A job's whole life, call by call.
fn one_by_one(queue: &dyn Queue, worker: usize) -> Work<'_> {
    let name = format!("worker-{worker}");
    Box::new(move || {
        queue.enqueue(NewJob::new("a job"))?;
        match queue.claim(&name, LEASE, ROUND)? {
            Some(claim) => queue.complete(claim, "")?,
            None => return Err("a job is missing".into()),
        }
        Ok(1)
    })
}

/// The same with the calls made for many jobs.
fn batches(queue: &dyn Queue, worker: usize) -> Work<'_> {
    let name = format!("worker-{worker}");
    Box::new(move || {
        queue.enqueue_all(vec![NewJob::new("a job"); BATCH])?;
        let mut claim = queue.claim(&name, LEASE, ROUND)?;
        let mut done = 0;
        while let Some(this) = claim {
            done += 1;
            if done == BATCH {
                queue.complete(this, "")?;
                break;
            }
            claim = queue.complete_and_claim(this, "", &name, LEASE)?;
        }
        Ok(done)
    })
}

/// Redis answers, and does nothing else.
fn pings(url: &str) -> Result<Work<'static>> {
    let mut redis = redis::Client::open(url)?.get_connection()?;
    Ok(Box::new(move || {
        let () = redis::cmd("PING").query(&mut redis)?;
        Ok(1)
    }))
}

/// The disk takes a page, and does nothing else.
fn syncs(folder: &Path, worker: usize) -> Result<Work<'static>> {
    let mut file = File::create(folder.join(format!("sync-{worker}")))?;
    Ok(Box::new(move || {
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        Ok(1)
    }))
}
