//! A thread that panics takes nothing with it: `join` says what happened.

use std::{env, mem, panic, thread};

use crate::{
    GHOSTBUSTERS,
    story::{event, wait},
};

// ANCHOR: panic
pub fn play() {
    // A thread's last words go to standard error, if nothing else is said.
    panic::set_hook(Box::new(|panic| {
        let why = panic.payload_as_str().unwrap_or("no words");
        let thread = thread::current();
        event(thread.name().unwrap_or("?"), format!("panics: {why}"));
    }));

    let mut pool = vec!["Slimer", "Gozer", "Zuul", "Vinz Clortho"];
    let mut accidents = accidents();
    while !pool.is_empty() {
        // A thread for each ghost. Main remembers who hunts what.
        let mut hunts = Vec::new();
        for (me, ghost) in GHOSTBUSTERS.into_iter().zip(mem::take(&mut pool)) {
            let unlucky = accidents & 1 == 1;
            accidents >>= 1;
            let thread = thread::Builder::new().name(me.to_owned());
            let hunt = thread.spawn(move || hunt(me, ghost, unlucky));
            hunts.push((me, ghost, hunt.expect("memory for a thread")));
            wait(0.5);
        }

        // The panic ended its thread and nothing else: the ghost goes back.
        for (me, ghost, hunt) in hunts {
            if hunt.join().is_err() {
                event("main", format!("{me} is out, {ghost} goes back"));
                pool.push(ghost);
            }
        }
    }
    drop(panic::take_hook());
    event("main", "the pool is empty");
}

fn hunt(me: &str, ghost: &str, unlucky: bool) {
    event(me, format!("hunts {ghost}"));
    wait(2.0);
    if unlucky {
        panic!("crossed the streams");
    }
    event(me, format!("{ghost} trapped"));
}
// ANCHOR_END: panic

/// SEED, of which each bit is one hunt's bad luck. It runs out of ones.
fn accidents() -> u64 {
    env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0b0100)
}
