//! A thread for each host: no host waits for another.

use std::thread;
use std::time::Instant;

use crate::Outcome;
use crate::scenes::five_hosts::{Host, print};
use crate::scenes::one_by_one::probe;

pub fn play() -> Outcome {
    let hosts = Host::five()?;
    let start = Instant::now();
    // ANCHOR: threads
    let mut answers = Vec::new();
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for host in &hosts {
            threads.push((host.name, scope.spawn(|| probe(host.address))));
        }
        for (name, thread) in threads {
            answers.push((name, thread.join().expect("no panic")));
        }
    });
    // ANCHOR_END: threads
    print(&answers, start);
    Ok(())
}
