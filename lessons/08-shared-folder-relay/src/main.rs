//! Lesson 08, shared-folder-relay: the talk's Version 1, and how it fails.
//!
//! A client puts a document into a shared folder and its name into Redis. A
//! server on the other side of the folder looks into Redis now and then, sends
//! what it finds to the printer and marks it printed. You see it work
//! (`works`), then fail in three ways, each with its cure: `half-written`,
//! `same-name` and `vanished`. About 20 minutes.
//!
//! ```text
//! cargo run --bin lesson08              all four, one after the other
//! cargo run --bin lesson08 same-name    one of them
//! ```
//!
//! It starts a private Redis, and a small TCP listener that stands in for
//! the printer. Both end with it. Where no Redis is installed, it shows the
//! same scenes as they were recorded. `TEMPO=10` makes the waits ten times
//! shorter.

mod document;
mod office;
mod recorded;
mod scenes;

use std::{
    env,
    error::Error,
    fmt, process, thread,
    time::{Duration, Instant},
};

use private_redis::PrivateRedis;

use document::Document;
use office::Office;
use scenes::{half_written, same_name, vanished};

type Outcome = Result<(), Box<dyn Error>>;

/// The scenes, in the order in which they are played.
const SCENES: [&str; 4] = ["works", "half-written", "same-name", "vanished"];
/// The talk's server slept 5 s between two looks; a lesson is impatient.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// The happy path: one document, and a server that looks now and then.
fn works(office: &mut Office) -> Outcome {
    let lease = Document::new("Peter", "lease.txt", 10);

    // ANCHOR: works
    thread::scope(|threads| {
        // The server looks, finds nothing, sleeps, and looks again.
        let mut server = office.server()?;
        let server = threads.spawn(move || {
            while server.print_waiting().map_err(|e| e.to_string())? == 0 {
                thread::sleep(tempo(BETWEEN_LOOKS));
            }
            Ok::<(), String>(())
        });

        // The client copies, then announces.
        office.copy(&lease)?;
        say("client", "copied lease.txt into the shared folder");
        office.announce(&lease)?;
        let announced = Instant::now();
        say("client", "SADD File_Queue lease.txt");

        // The paper comes out when the server has slept enough.
        say("printer", office.paper()?);
        let after = announced.elapsed().as_millis();
        say("printer", format!("that took {after} ms"));
        server.join().expect("the server does not panic")?;
        let status = office.fact("lease.txt", "printed_status")?;
        say("redis", format!("lease.txt: printed_status {status}"));
        Ok(())
    })
    // ANCHOR_END: works
}

/// One line of the story: whose it is, and what happened.
fn say(name: &str, what: impl fmt::Display) {
    println!("{name:8} {what}");
}

/// `time`, shortened by the factor in the environment variable TEMPO.
fn tempo(time: Duration) -> Duration {
    let factor = env::var("TEMPO").ok().and_then(|tempo| tempo.parse().ok());
    time.div_f64(factor.filter(|f| *f > 0.0).unwrap_or(1.0))
}

fn main() -> Outcome {
    // One scene by name, or all of them.
    let wanted = env::args().nth(1);
    if let Some(scene) = &wanted
        && !SCENES.contains(&scene.as_str())
    {
        eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
        process::exit(2);
    }
    let redis = PrivateRedis::start();
    if let Err(missing) = &redis {
        println!("{missing}\n{}", recorded::MARK);
    }
    let redis = redis.ok();
    match wanted {
        Some(scene) => play(&scene, redis.as_ref())?,
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene, redis.as_ref())?;
            }
        }
    }
    Ok(())
}

fn play(scene: &str, redis: Option<&PrivateRedis>) -> Outcome {
    let Some(redis) = redis else {
        print!("{}", recorded::scene(scene));
        return Ok(());
    };
    // Each scene has an office of its own: empty Redis, folder and tray.
    let office = &mut Office::open(redis.url())?;
    match scene {
        "works" => works(office),
        "half-written" => half_written::play(office),
        "same-name" => same_name::play(office),
        _ => vanished::play(office),
    }
}
