//! One host after another, one probe after another.

use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::hosts::{COUNT, Host, INTERVAL, TIMEOUT, tell};

pub fn play() -> Outcome {
    let hosts = Host::five()?;
    let start = Instant::now();
    // ANCHOR: one_by_one
    let answers: Vec<_> =
        hosts.iter().map(|host| (host.name, probes(host.address))).collect();
    // ANCHOR_END: one_by_one
    tell(&answers, start);
    Ok(())
}

// ANCHOR: probes
/// The round trips of some probes; none for one that was lost.
pub fn probes(address: SocketAddr) -> Vec<Option<Duration>> {
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
// ANCHOR_END: probes
