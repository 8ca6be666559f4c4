//! What one more thread costs, and what one more process does.

use std::{
    fs,
    io::{self, Error},
    sync::{Mutex, mpsc},
    thread,
};

use crate::ghostbuster::Ghostbuster;

const THREADS: usize = 100;
const PROCESSES: usize = 20;

pub fn play() -> io::Result<()> {
    let Ok(alone) = memory("self") else {
        println!("This system has no /proc/self/smaps_rollup, Linux has.");
        println!("The chapter shows what it said there.");
        return Ok(());
    };
    let crowded = with_threads()?;
    let more = |it: usize| (crowded[it] - alone[it]) / THREADS as f64;
    println!("one more           RSS           PSS");
    println!("thread   {:>9.1} KiB {:>9.1} KiB", more(0), more(1));
    let [rss, pss] = of_a_process()?;
    println!("process  {rss:>9.1} KiB {pss:>9.1} KiB");
    Ok(())
}

// ANCHOR: measure
/// This process, with many threads that wait for main to drop a lock.
fn with_threads() -> io::Result<[f64; 2]> {
    let gate = Mutex::new(());
    let (ready, arrivals) = mpsc::channel();
    thread::scope(|scope| {
        let closed = gate.lock();
        for _ in 0..THREADS {
            let (gate, ready) = (&gate, ready.clone());
            thread::Builder::new().spawn_scoped(scope, move || {
                ready.send(()).expect("main waits for this");
                drop(gate.lock());
            })?;
        }
        arrivals.iter().take(THREADS).for_each(drop);
        let crowded = memory("self");
        drop(closed);
        crowded
    })
}

/// A child, on average, of many that wait for their input's end.
fn of_a_process() -> io::Result<[f64; 2]> {
    let mut children = Vec::new();
    for _ in 0..PROCESSES {
        let mut child = Ghostbuster::start("idle")?;
        child.hear()?; // it is ready
        children.push(child);
    }
    let mut sum = [0.0; 2];
    for child in &children {
        let [rss, pss] = memory(&child.id().to_string())?;
        sum = [sum[0] + rss, sum[1] + pss];
    }
    children.into_iter().try_for_each(|child| child.end().map(drop))?;
    Ok(sum.map(|kib| kib / PROCESSES as f64))
}

/// RSS and PSS of a process, in KiB, as Linux counts them.
fn memory(process: &str) -> io::Result<[f64; 2]> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let kib = |key| {
        let line = text.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let figures = (kib("Rss:"), kib("Pss:"));
    let (Some(rss), Some(pss)) = figures else {
        return Err(Error::other(format!("no Rss and Pss of {process}")));
    };
    Ok([rss, pss])
}
// ANCHOR_END: measure
