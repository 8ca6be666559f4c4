//! What the talk did: file names in a Redis SET, looked at every 5 seconds.

use crate::{Outcome, beat};
use redis::{Client, Commands};
use std::{thread, time::Instant};

const QUEUE: &str = "lesson10:set";

pub fn play(url: &str) -> Outcome {
    println!("set: file names in a SET, asked for now and then");
    let mut redis = Client::open(url)?.get_connection()?;
    let _: () = redis.del(QUEUE)?;

    // Egon and Peter each print a file of their own; both are report.pdf.
    let sent: Vec<String> =
        (1..=199).map(|n| format!("page-{n}.pdf")).collect();
    for name in sent.iter().map(String::as_str) {
        let _: () = redis.sadd(QUEUE, name)?;
    }
    for _user in ["Egon", "Peter"] {
        let _: () = redis.sadd(QUEUE, "report.pdf")?;
    }
    let kept: usize = redis.scard(QUEUE)?;
    println!("  {} files were sent, {kept} are queued", sent.len() + 2);
    println!("  Egon's report.pdf and Peter's are one job");

    // ANCHOR: poll
    // The engine sleeps, looks, sleeps. A set has no first and no last.
    let asked = Instant::now();
    thread::sleep(beat(500.0));
    let taken: Vec<String> = redis.smembers(QUEUE)?;
    let taken: Vec<_> =
        taken.iter().filter(|name| *name != "report.pdf").collect();
    let order = if taken.iter().copied().eq(&sent) { "yes" } else { "no" };
    println!("  they come out in the order sent: {order}");
    println!("  the first one waited {} ms\n", asked.elapsed().as_millis());
    // ANCHOR_END: poll
    let _: () = redis.del(QUEUE)?;
    Ok(())
}
