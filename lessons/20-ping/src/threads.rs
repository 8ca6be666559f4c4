//! A thread each: no host waits for another.

use std::thread;
use std::time::Instant;

use crate::Outcome;
use crate::hosts::{Host, tell};
use crate::one_by_one::probes;

pub fn play() -> Outcome {
    let hosts = Host::five()?;
    let start = Instant::now();
    // ANCHOR: threads
    let answers: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = hosts
            .iter()
            .map(|host| scope.spawn(|| (host.name, probes(host.address))))
            .collect();
        threads.into_iter().map(|it| it.join().expect("no panic")).collect()
    });
    // ANCHOR_END: threads
    tell(&answers, start);
    Ok(())
}
