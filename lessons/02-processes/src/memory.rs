//! The memory that one more thread takes, and one more process.

use std::{
    fs,
    io::{self, Error},
    sync::Barrier,
    thread,
};

use crate::ghostbuster::Ghostbuster;

const THREADS: usize = 100;
const PROCESSES: usize = 20;

pub fn play() -> io::Result<()> {
    let Ok(alone) = memory("self") else {
        println!("Not measured: only Linux has /proc/self/smaps_rollup.");
        println!("The chapter shows what is in it there.");
        return Ok(());
    };
    let crowded = with_threads()?;
    let rss = (crowded.rss - alone.rss) / THREADS as f64;
    let pss = (crowded.pss - alone.pss) / THREADS as f64;
    println!("one more           RSS           PSS");
    println!("thread   {rss:>9.1} KiB {pss:>9.1} KiB");
    let Memory { rss, pss } = of_a_process()?;
    println!("process  {rss:>9.1} KiB {pss:>9.1} KiB");
    Ok(())
}

// ANCHOR: measure
/// The memory of a process as Linux counts it, in KiB.
struct Memory {
    rss: f64,
    pss: f64,
}

/// This process, while it has many threads that wait.
fn with_threads() -> io::Result<Memory> {
    // Nobody passes a barrier before everybody stands at it.
    let all_are_here = Barrier::new(THREADS + 1);
    let all_may_go = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                all_are_here.wait();
                all_may_go.wait();
            });
        }
        all_are_here.wait();
        let crowded = memory("self");
        all_may_go.wait();
        crowded
    })
}

/// A child: the mean of many that wait for their input's end.
fn of_a_process() -> io::Result<Memory> {
    let mut children = Vec::new();
    for _ in 0..PROCESSES {
        let mut child = Ghostbuster::start("idle")?;
        child.receive()?; // it is ready
        children.push(child);
    }
    let mut mean = Memory { rss: 0.0, pss: 0.0 };
    for child in &children {
        let one = memory(&child.id().to_string())?;
        mean.rss += one.rss / PROCESSES as f64;
        mean.pss += one.pss / PROCESSES as f64;
    }
    for child in children {
        child.finish()?;
    }
    Ok(mean)
}
// ANCHOR_END: measure

/// Reads the memory of a process, `self` or its number.
fn memory(process: &str) -> io::Result<Memory> {
    let file = format!("/proc/{process}/smaps_rollup");
    let text = fs::read_to_string(&file)?;
    let kib = |key| {
        let line = text.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_whitespace().next()?.parse().ok()
    };
    match (kib("Rss:"), kib("Pss:")) {
        (Some(rss), Some(pss)) => Ok(Memory { rss, pss }),
        _ => Err(Error::other(format!("{file} has no Rss and Pss"))),
    }
}
