//! One host after another, one probe after another.

use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::scenes::five_hosts::{COUNT, Host, INTERVAL, TIMEOUT, print};

pub fn play() -> Outcome {
    let hosts = Host::five()?;
    let start = Instant::now();
    // ANCHOR: one_by_one
    let mut answers = Vec::new();
    for host in &hosts {
        answers.push((host.name, probe(host.address)));
    }
    // ANCHOR_END: one_by_one
    print(&answers, start);
    Ok(())
}

// ANCHOR: probe
/// The round trips of a host's probes; `None` for a probe that was lost.
pub fn probe(address: SocketAddr) -> Vec<Option<Duration>> {
    let mut round_trips = Vec::new();
    for number in 0..COUNT {
        if number > 0 {
            thread::sleep(INTERVAL);
        }
        let start = Instant::now();
        let answer = TcpStream::connect_timeout(&address, TIMEOUT);
        round_trips.push(answer.ok().map(|_| start.elapsed()));
    }
    round_trips
}
// ANCHOR_END: probe
