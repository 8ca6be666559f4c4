//! The same link for one connection and for eight, without loss and with it.

use std::error::Error;
use std::io::Read;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use link::{Link, LinkSettings};

use crate::{say_if_not_measured, serve};

const LINK: &str = "20mbit,100ms";
/// One packet in a hundred.
const LOSS: f64 = 0.01;
/// How long each of them runs, by the link's clock.
const RUN: Duration = Duration::from_secs(3);

pub fn play() -> Result<(), Box<dyn Error>> {
    for loss in [0.0, LOSS] {
        for connections in [1, 8] {
            run(loss, connections)?;
        }
    }
    Ok(())
}

// ANCHOR: loss
fn run(loss: f64, connections: usize) -> Result<(), Box<dyn Error>> {
    let settings = LinkSettings { loss, ..LINK.parse()? };
    let link = Link::start(&settings, serve(u64::MAX)?)?;
    for _ in 0..connections {
        let mut stream = TcpStream::connect(link.address())?;
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(1..) = stream.read(&mut buffer) {}
        });
    }

    // What has been carried when the link's clock says so.
    while link.counters().clock < RUN {
        thread::sleep(Duration::from_millis(10));
    }
    let counters = link.counters();
    let bits = counters.download.carried.bytes as f64 * 8.0;
    let mbit = bits / counters.clock.as_secs_f64() / 1e6;
    let percent = loss * 100.0;
    println!("{connections} at once, {percent} % lost: {mbit:>5.2} Mbit/s");
    say_if_not_measured(&counters);
    Ok(())
}
// ANCHOR_END: loss
