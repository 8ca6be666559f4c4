//! A stream with a consumer group knows who has what, since when, and how
//! many times it was handed out. All else is up to us.

use crate::{Outcome, worker::Worker};
use redis::{
    Client, Commands, Connection,
    streams::{StreamPendingCountReply, StreamRangeReply},
};

pub const LINE: &str = "lesson10:stream";
pub const GROUP: &str = "workers";

pub fn play(url: &str) -> Outcome {
    println!("streams: a STREAM with a consumer group");
    let mut redis = Client::open(url)?.get_connection()?;
    let _: () = redis.del(LINE)?;
    let _: () = redis.xgroup_create_mkstream(LINE, GROUP, "0")?;
    let _: String = redis.xadd(LINE, "*", &[("file", "report.pdf")])?;

    // ANCHOR: claim
    // What was handed out stays pending until it is acknowledged.
    let mut worker = Worker::start("xreadgroup", url)?;
    println!("  worker 1 took {}, and is killed", worker.says()?);
    worker.kill()?;
    let entry = show_pending(&mut redis)?;

    // Another worker claims the same entry, in place: the count goes on.
    let claimed: StreamRangeReply = redis::cmd("XCLAIM")
        .arg(&[LINE, GROUP, "worker 2", "0", &entry])
        .query(&mut redis)?;
    println!("  worker 2 claims it: {} entry", claimed.ids.len());
    show_pending(&mut redis)?;

    // ANCHOR_END: claim

    // Adding it again would look like a new job: the count begins anew.
    let _: usize = redis.xack(LINE, GROUP, &[&entry])?;
    let _: String = redis.xadd(LINE, "*", &[("file", "report.pdf")])?;
    println!("  it is acknowledged, and added again instead");
    let mut worker = Worker::start("xreadgroup", url)?;
    worker.says()?;
    worker.kill()?;
    show_pending(&mut redis)?;
    println!("  who is dead, when to retry, when to give up: that is ours\n");
    let _: () = redis.del(LINE)?;
    Ok(())
}

/// Prints what is pending, and returns its entry's id.
fn show_pending(redis: &mut Connection) -> redis::RedisResult<String> {
    let pending: StreamPendingCountReply =
        redis.xpending_count(LINE, GROUP, "-", "+", 10)?;
    for one in &pending.ids {
        println!(
            "  pending: held by {}, deliveries: {}",
            one.consumer, one.times_delivered
        );
    }
    Ok(pending.ids.into_iter().map(|one| one.id).next().unwrap_or_default())
}
