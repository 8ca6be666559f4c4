//! Lesson 10: a queue that loses nothing.
//!
//! You will see three ways to keep print jobs in Redis, what the first two
//! lose, and what the third leaves for us to do; then our own queue, whose
//! workers are killed in the middle of a job, and which has a lane for each
//! printer. About 25 minutes.
//!
//! ```text
//! cargo run --bin lesson10                all scenes
//! cargo run --bin lesson10 set            one: set, list, streams, kill, lanes
//! cargo run --bin lesson10 kill sqlite    the last two need no Redis
//! cargo run --release --bin lesson10 rates    how fast, on this machine
//! ```
//!
//! A private Redis is started, or set REDIS_URL to use another. TEMPO=10
//! plays ten times faster.

mod scenes;

use std::{
    env,
    error::Error,
    process, thread,
    time::{Duration, Instant},
};

use redis::{Client, Commands};

use scenes::{engines::Engines, kill, lanes, list, rates, streams, worker};

type Outcome = Result<(), Box<dyn Error>>;

/// The scenes, in the order in which they are played; `rates` only when asked
/// for.
const SCENES: [&str; 5] = ["set", "list", "streams", "kill", "lanes"];
const QUEUE: &str = "lesson10:set";

/// What the talk did: file names in a Redis SET, looked at every 5 seconds.
fn set(url: &str) -> Outcome {
    println!("  file names in a SET, asked for now and then");
    let mut redis = Client::open(url)?.get_connection()?;
    let _: () = redis.del(QUEUE)?;

    // Egon and Peter each print a file of their own; both are report.pdf.
    let sent: Vec<String> =
        (1..=199).map(|n| format!("page-{n}.pdf")).collect();
    for name in &sent {
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
    let sent_at = Instant::now();
    thread::sleep(beat(500.0));
    let mut taken: Vec<String> = redis.smembers(QUEUE)?;
    taken.retain(|name| name != "report.pdf");
    let in_order = if taken == sent { "yes" } else { "no" };
    println!("  they come out in the order sent: {in_order}");
    println!("  the first one waited {} ms", sent_at.elapsed().as_millis());
    // ANCHOR_END: poll
    let _: () = redis.del(QUEUE)?;
    Ok(())
}

/// A pause for show, shortened by TEMPO.
fn beat(millis: f64) -> Duration {
    let tempo = env::var("TEMPO").ok().and_then(|tempo| tempo.parse().ok());
    let tempo: f64 = tempo.unwrap_or(1.0_f64).clamp(0.1, 10.0);
    Duration::from_secs_f64(millis / 1000.0 / tempo)
}

fn main() -> Outcome {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        // This program is also its own workers, so that they can be killed.
        ["worker", role, url] => work(role, url),
        // One scene by name, perhaps on one engine, or all of them.
        [scene] => play(scene, &Engines::new(None)?),
        [scene, engine] => play(scene, &Engines::new(Some(engine))?),
        _ => {
            let engines = Engines::new(None)?;
            for scene in SCENES {
                println!("== {scene}");
                play(scene, &engines)?;
            }
            Ok(())
        }
    }
}

fn play(scene: &str, engines: &Engines) -> Outcome {
    match scene {
        "set" => engines.on_redis(set),
        "list" => engines.on_redis(list::play),
        "streams" => engines.on_redis(streams::play),
        "kill" => engines.on_each(kill::play),
        "lanes" => engines.on_each(lanes::play),
        "rates" => engines.on_each(rates::play),
        _ => {
            let scenes = SCENES.join(", ");
            eprintln!("No scene {scene:?}: there are {scenes} and rates.");
            process::exit(2);
        }
    }
}

/// What a worker does, by role.
fn work(role: &str, url: &str) -> Outcome {
    worker::end_with_the_lesson();
    match role {
        "brpop" => list::brpop(url),
        "blmove" => list::blmove(url),
        "xreadgroup" => streams::xreadgroup(url),
        _ => kill::work(role, url),
    }
}
