//! A thread that panics takes nothing with it: `join` says what happened.

use std::{env, panic, thread};

use crate::{
    GHOSTBUSTERS,
    story::{event, wait},
};

// ANCHOR: panic
pub fn play() {
    print_panics_as_events();
    let mut luck = Luck::from_seed();
    let mut pool = vec!["Slimer", "Gozer", "Zuul", "Vinz Clortho"];
    while !pool.is_empty() {
        // A thread for each ghost. Main remembers who hunts what.
        let mut hunts = Vec::new();
        for (me, ghost) in GHOSTBUSTERS.into_iter().zip(pool.drain(..)) {
            let unlucky = luck.is_bad();
            let builder = thread::Builder::new().name(me.to_owned());
            let hunt = builder.spawn(move || hunt(me, ghost, unlucky));
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

/// Makes a panic a line of the story. Otherwise its message would go to
/// standard error.
fn print_panics_as_events() {
    panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        let thread = thread::current();
        let name = thread.name().unwrap_or("?");
        event(name, format!("panics: {message}"));
    }));
}

/// The bits of SEED, from the lowest on, one for each hunt: a 1 is bad luck.
/// After the last bit all hunts go well.
struct Luck(u64);

impl Luck {
    fn from_seed() -> Luck {
        let seed = env::var("SEED").ok().and_then(|text| text.parse().ok());
        Luck(seed.unwrap_or(0b0100))
    }

    fn is_bad(&mut self) -> bool {
        let lowest = self.0 & 1;
        self.0 >>= 1;
        lowest == 1
    }
}
