//! A stream with a consumer group knows who has what, since when, and how
//! many times it was handed out. All else is up to us.

use redis::{
    Client, Commands, Connection,
    streams::{
        StreamPendingCountReply, StreamRangeReply, StreamReadOptions,
        StreamReadReply,
    },
};

use super::worker::{Worker, work_for_ever};
use crate::Outcome;

const STREAM: &str = "lesson10:stream";
const GROUP: &str = "workers";
/// How long a worker waits for a job, in milliseconds.
const WAIT: usize = 5000;

pub fn play(url: &str) -> Outcome {
    println!("  a STREAM with a consumer group");
    let mut redis = Client::open(url)?.get_connection()?;
    let _: () = redis.del(STREAM)?;
    let _: () = redis.xgroup_create_mkstream(STREAM, GROUP, "0")?;
    let _: String = redis.xadd(STREAM, "*", &[("file", "report.pdf")])?;

    // ANCHOR: claim
    // What was handed out stays pending until it is acknowledged.
    let mut worker = Worker::start("xreadgroup", url)?;
    println!("  worker 1 took {}, and is killed", worker.line()?);
    worker.kill()?;
    let entry = show_pending(&mut redis)?;

    // Another worker claims the same entry, in place: the count goes on.
    let claimed: StreamRangeReply = redis::cmd("XCLAIM")
        .arg(&[STREAM, GROUP, "worker 2", "0", &entry])
        .query(&mut redis)?;
    println!("  worker 2 claims it: {} entry", claimed.ids.len());
    show_pending(&mut redis)?;
    // ANCHOR_END: claim

    // Adding it again would look like a new job: the count begins anew.
    let _: usize = redis.xack(STREAM, GROUP, &[&entry])?;
    let _: String = redis.xadd(STREAM, "*", &[("file", "report.pdf")])?;
    println!("  it is acknowledged, and added again instead");
    let mut worker = Worker::start("xreadgroup", url)?;
    worker.line()?;
    worker.kill()?;
    show_pending(&mut redis)?;
    println!("  which worker is dead, when to retry, when to give up: ours");
    let _: () = redis.del(STREAM)?;
    Ok(())
}

// ANCHOR: worker
/// Worker 1: the next entry that was handed to nobody (`>`) is pending under
/// its name from now on.
pub fn xreadgroup(url: &str) -> Outcome {
    let mut redis = Client::open(url)?.get_connection()?;
    let one = StreamReadOptions::default()
        .group(GROUP, "worker 1")
        .count(1)
        .block(WAIT);
    let reply: StreamReadReply =
        redis.xread_options(&[STREAM], &[">"], &one)?;
    let stream = reply.keys.first().ok_or("no job came")?;
    let entry = stream.ids.first().ok_or("no job came")?;
    let job: String = entry.get("file").ok_or("a job without a file")?;
    println!("{job}");
    work_for_ever()
}
// ANCHOR_END: worker

/// Prints what is pending, and returns its entry's id.
fn show_pending(redis: &mut Connection) -> redis::RedisResult<String> {
    let pending: StreamPendingCountReply =
        redis.xpending_count(STREAM, GROUP, "-", "+", 10)?;
    for one in &pending.ids {
        println!(
            "  pending: held by {}, deliveries: {}",
            one.consumer, one.times_delivered
        );
    }
    Ok(pending.ids.into_iter().map(|one| one.id).next().unwrap_or_default())
}
