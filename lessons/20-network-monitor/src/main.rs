//! Lesson 20: the network monitor, whole.
//!
//! You see it measure a line of known speed, notice that a service is away,
//! tell somebody, and tell again when it is back. About 25 minutes.
//!
//!     cargo run --bin lesson20
//!
//! The monitor that an administrator keeps running:
//!
//!     cargo run --bin network-monitor

mod office;

use network_monitor::history::Sample;
use network_monitor::now;
use office::{Follower, Monitor, Service, Telephone};
use speedtest::link::Link;
use speedtest::serve::{ServeOptions, Server};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    // ANCHOR: set-up
    // A line of 20 Mbit/s and 40 ms, and a speed-test server at its end.
    let far = Server::start(&ServeOptions::default())?;
    let line = Link::start(&"20mbit,40ms".parse()?, far.address())?;

    // A service that the office needs, and somebody who wants to hear of it.
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
        every = "200ms"
        timeout = "200ms"

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
    println!("monitor    http://{}/", monitor.address());
    // ANCHOR_END: set-up

    // The page follows these events, and so do we.
    let mut events = Follower::of(&monitor)?;
    let is_failed = |sample: &Sample| sample.value.is_none();

    // The first speed test is due at once. Nothing else asks meanwhile.
    let rate = |sample: &Sample| sample.value.unwrap_or_default() / 1e6;
    let down = events.sample("download", |_| true)?;
    let up = events.sample("upload", |_| true)?;
    println!("line       {:.1} Mbit/s down", rate(&down));
    println!("           {:.1} Mbit/s up", rate(&up));

    // ANCHOR: break
    // The service answers. Then somebody stumbles over its cable.
    events.sample("check", |sample| !is_failed(sample))?;
    println!("wiki       answers");
    let begun = now();
    let port = service.close();
    let missed = events.sample("check", is_failed)?;
    println!("wiki       {}", missed.error.unwrap_or_default());

    // Once is bad luck. Three in a row are told, and told once.
    println!("telephone  {}", telephone.rings()?);

    // And once more when it is over.
    let service = Service::open_at(port)?;
    println!("telephone  {}", telephone.rings()?);
    // ANCHOR_END: break

    // What will still be there next year.
    let samples = monitor.samples("check", "wiki", begun, now())?;
    let missing = samples.iter().filter(|sample| is_failed(sample)).count();
    println!("history    at least 3 are missing: {}", missing >= 3);
    drop(service);
    monitor.stop()
}
