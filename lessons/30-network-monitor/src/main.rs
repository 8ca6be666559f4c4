//! Lesson 30: the network monitor, whole.
//!
//! You see it measure a line of known speed, notice that a service is away,
//! tell somebody, and tell again when it is back. About 25 minutes.
//!
//!     cargo run --bin lesson30
//!
//! The monitor that an administrator keeps running:
//!
//!     cargo run --bin network-monitor

mod office;

use history::Sample;
use link::Link;
use network_monitor::now;
use office::{Follower, Monitor, Service, Telephone, tell};
use speedtest::serve::{ServeOptions, Server};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    // ANCHOR: set-up
    // A line of 20 Mbit/s and 40 ms, and a speed-test server at its end.
    let far = Server::start(&ServeOptions::default())?;
    let line = "20mbit,40ms,buffer=20ms".parse()?;
    let line = Link::start(&line, far.address())?;

    // A service that the office needs, and somebody who wants to hear of it:
    // a telephone, which the monitor rings by webhook.
    let service = Service::open()?;
    let telephone = Telephone::open()?;

    // What to watch, whom to tell, and when.
    let monitor = Monitor::start(&format!(
        r#"
        [[target]]
        name = "wiki"
        kind = "tcp"
        host = "127.0.0.1"
        port = {wiki}
        every = "1s"
        timeout = "500ms"

        [[alert]]
        name = "wiki away"
        target = "wiki"
        after = 3
        notify = ["telephone"]

        [[notify]]
        name = "telephone"
        webhook = "http://{telephone}/"

        [[speed]]
        name = "line"
        server = "http://{line}"
        every = "4h"
        "#,
        wiki = service.port(),
        telephone = telephone.address(),
        line = line.address(),
    ))?;
    tell("monitor", &format!("http://{}/", monitor.address()));
    // ANCHOR_END: set-up

    // The page follows these events, and so do we.
    let mut events = Follower::of(&monitor)?;
    let is_failed = |sample: &Sample| sample.value.is_none();

    // The first speed test is due at once. Nothing else asks meanwhile.
    let rate = |sample: &Sample| {
        format!("{:.1} Mbit/s", sample.value.unwrap_or_default() / 1e6)
    };
    let down = events.sample("download", |_| true)?;
    let up = events.sample("upload", |_| true)?;
    tell("line", &format!("{} down, {} up", rate(&down), rate(&up)));

    // ANCHOR: break
    // The service answers. Then somebody stumbles over its cable.
    events.sample("check", |sample| !is_failed(sample))?;
    tell("wiki", "answers");
    let begun = now();
    let port = service.close();
    let missed = events.sample("check", is_failed)?;
    tell("wiki", &missed.error.unwrap_or_default());

    // Once is bad luck. Three in a row are told, and told once.
    tell("telephone", &telephone.rings()?);

    // And once more when it is over.
    let service = Service::open_at(port)?;
    tell("telephone", &telephone.rings()?);
    // ANCHOR_END: break

    // What will still be there next year.
    let samples = monitor.samples("check", "wiki", begun, now())?;
    let missing = samples.iter().filter(|sample| is_failed(sample)).count();
    if missing < 3 {
        return Err("the history has lost an answer that did not come".into());
    }
    tell("history", "keeps every answer that did not come, and why");
    drop(service);
    monitor.stop()
}
