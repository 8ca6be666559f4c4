//! A list keeps the order. What it does with a job in a dead worker's hands
//! depends on how the worker took it.

use redis::{Client, Commands, Direction};

use super::worker::{Worker, work_for_ever};
use crate::Outcome;

const QUEUE: &str = "lesson10:list";
const TAKEN: &str = "lesson10:list:taken";
/// How long a worker waits for a job, in seconds.
const WAIT: f64 = 5.0;

pub fn play(url: &str) -> Outcome {
    println!("  a LIST keeps the order");
    let mut redis = Client::open(url)?.get_connection()?;
    let _: () = redis.del(&[QUEUE, TAKEN])?;
    let _: () = redis.lpush(QUEUE, "report.pdf")?;
    let _: () = redis.lpush(QUEUE, "manual.pdf")?;

    // ANCHOR: list
    // BRPOP hands the job over, and Redis has nothing left of it.
    let mut worker = Worker::start("brpop", url)?;
    println!("  worker 1 took {} with BRPOP, and is killed", worker.line()?);
    worker.kill()?;
    let left: Vec<String> = redis.lrange(QUEUE, 0, -1)?;
    println!("  left in the queue: {}; the other job is lost", left.join(" "));

    // BLMOVE leaves a copy in a second list until the worker removes it.
    let mut worker = Worker::start("blmove", url)?;
    println!("  worker 2 took {} with BLMOVE, and is killed", worker.line()?);
    worker.kill()?;
    let taken: Vec<String> = redis.lrange(TAKEN, 0, -1)?;
    println!("  left in the list of jobs taken: {}", taken.join(" "));
    // ANCHOR_END: list

    // But is its worker dead, or only slow? The list does not say.
    let back: String =
        redis.lmove(TAKEN, QUEUE, Direction::Right, Direction::Right)?;
    println!("  a person puts {back} back; a list knows of no leases");
    let _: () = redis.del(&[QUEUE, TAKEN])?;
    Ok(())
}

// ANCHOR: workers
/// Worker 1: takes the oldest job off the list.
pub fn brpop(url: &str) -> Outcome {
    let mut redis = Client::open(url)?.get_connection()?;
    let (_list, job): (String, String) = redis.brpop(QUEUE, WAIT)?;
    println!("{job}");
    work_for_ever()
}

/// Worker 2: moves the oldest job to a second list, in one step.
pub fn blmove(url: &str) -> Outcome {
    let mut redis = Client::open(url)?.get_connection()?;
    let (from, to) = (Direction::Right, Direction::Left);
    let job: String = redis.blmove(QUEUE, TAKEN, from, to, WAIT)?;
    println!("{job}");
    work_for_ever()
}
// ANCHOR_END: workers
