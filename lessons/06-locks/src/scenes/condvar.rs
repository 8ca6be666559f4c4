//! Waiting for a condition: asking again and again, or being woken.

use std::{
    sync::{Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use crate::story::wait;

// ANCHOR: condvar
pub fn play() {
    let trap = Mutex::new(None); // when it was opened
    let opened = Condvar::new();
    thread::scope(|scope| {
        // Asking: as late as the pause is long, and awake for nothing.
        let asking = scope.spawn(|| {
            let mut asked = 1;
            while trap.lock().unwrap().is_none() {
                thread::sleep(Duration::from_millis(20));
                asked += 1;
            }
            (Instant::now(), asked)
        });

        // Being woken: wait_while() takes the guard, unlocks the trap, sleeps,
        // and returns a guard when the trap is locked and open.
        let woken = scope.spawn(|| {
            let closed = |trap: &mut Option<Instant>| trap.is_none();
            let guard = trap.lock().unwrap();
            drop(opened.wait_while(guard, closed).unwrap());
            Instant::now()
        });

        wait(2.0);
        let now = Instant::now();
        *trap.lock().unwrap() = Some(now);
        opened.notify_all();

        let late = |it: Instant| (it - now).as_secs_f64() * 1e6;
        let (knew, asked) = asking.join().unwrap();
        println!("asked {asked} x, knew it {:.0} µs later", late(knew));
        let knew = woken.join().unwrap();
        println!("was woken, knew it {:.0} µs later", late(knew));
    });
}
// ANCHOR_END: condvar
