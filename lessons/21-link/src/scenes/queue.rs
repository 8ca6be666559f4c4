//! Six packets come to a link at the same moment, and its buffer holds three.

use std::error::Error;
use std::time::Duration;

use link::{LinkSettings, Pipe};

/// A packet of full size is on this wire for 1 ms.
const LINK: &str = "12mbit,40ms,buffer=4500B";
const SIZE: usize = 1500;

// ANCHOR: queue
pub fn play() -> Result<(), Box<dyn Error>> {
    let settings: LinkSettings = LINK.parse()?;
    println!("a link of {settings}");

    // No sockets, no threads, no waiting: the time is a number.
    let mut pipe = Pipe::new(&settings, settings.seed);
    let mut now = Duration::ZERO;
    for packet in 1..=6 {
        match pipe.offer(packet, SIZE, now) {
            Ok(()) => println!("packet {packet} queues"),
            Err(_) => println!("packet {packet} is dropped"),
        }
    }
    while let Some(arrival) = pipe.next_due() {
        now = arrival;
        while let Some(packet) = pipe.due(now) {
            println!("packet {packet} arrives after {} ms", now.as_millis());
        }
    }
    Ok(())
}
// ANCHOR_END: queue
