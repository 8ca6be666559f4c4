//! A task for each probe: no probe waits for another.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::scenes::five_hosts::{
    Answers, COUNT, Host, INTERVAL, TIMEOUT, print,
};
use crate::{Outcome, runtime};

pub fn play() -> Outcome {
    let hosts = Host::five()?;
    let start = Instant::now();
    let answers = runtime()?.block_on(probe_all(&hosts));
    print(&answers, start);
    Ok(())
}

// ANCHOR: tasks
async fn probe_all(hosts: &[Host]) -> Answers {
    let mut tasks = Vec::new();
    for host in hosts {
        tasks.push((host.name, tokio::spawn(probe(host.address))));
    }
    let mut answers = Vec::new();
    for (name, task) in tasks {
        answers.push((name, task.await.expect("no panic")));
    }
    answers
}

async fn probe(address: SocketAddr) -> Vec<Option<Duration>> {
    let mut probes = Vec::new();
    for number in 0..COUNT as u32 {
        probes.push(tokio::spawn(async move {
            sleep(INTERVAL * number).await;
            let start = Instant::now();
            match timeout(TIMEOUT, TcpStream::connect(address)).await {
                Ok(Ok(_)) => Some(start.elapsed()),
                // Not connected, or not in time.
                _ => None,
            }
        }));
    }
    // In the order of sending, whichever is answered first.
    let mut round_trips = Vec::new();
    for probe in probes {
        round_trips.push(probe.await.expect("no panic"));
    }
    round_trips
}
// ANCHOR_END: tasks
