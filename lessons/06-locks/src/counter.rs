//! Four threads count together: wrong, slow and right.

use std::hint::black_box;
use std::sync::{
    Barrier, Mutex,
    atomic::{AtomicU32, Ordering::Relaxed},
};
use std::{thread, time::Instant};

const EACH: u32 = 8_000_000;

// ANCHOR: counter
pub fn play() {
    // Wrong: between the load and the store, others count too.
    let atomic = AtomicU32::new(0);
    let time = by_four(|| {
        for _ in 0..EACH {
            let seen = black_box(atomic.load(Relaxed));
            atomic.store(seen + 1, Relaxed);
        }
    });
    row("load, then store", time, atomic.into_inner());

    // Slow: four threads take turns at one lock, 32 million times.
    let mutex = Mutex::new(0);
    let time = by_four(|| {
        for _ in 0..EACH {
            *mutex.lock().unwrap() += 1;
        }
    });
    row("lock for each", time, mutex.into_inner().unwrap());

    // Better: one step that nobody can come between.
    let atomic = AtomicU32::new(0);
    let time = by_four(|| {
        for _ in 0..EACH {
            atomic.fetch_add(1, Relaxed);
        }
    });
    row("fetch_add for each", time, atomic.into_inner());

    // Right: count by yourself, and share the result.
    let mutex = Mutex::new(0);
    let time = by_four(|| {
        let mut mine = 0;
        for _ in 0..EACH {
            mine = black_box(mine + 1);
        }
        *mutex.lock().unwrap() += mine;
    });
    row("lock at the end", time, mutex.into_inner().unwrap());
}
// ANCHOR_END: counter

/// Seconds that four threads need, all doing the same at the same time.
fn by_four(count: impl Fn() + Sync) -> f64 {
    let line = Barrier::new(4);
    let run = || {
        line.wait(); // nobody begins before all are here
        let began = Instant::now();
        count();
        (began, Instant::now())
    };
    let times = thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(run));
        threads.map(|it| it.join().expect("no panic"))
    });
    let began = times.map(|it| it.0).into_iter().min();
    let ended = times.map(|it| it.1).into_iter().max();
    let time = ended.zip(began).map(|(end, begin)| end - begin);
    time.expect("four threads").as_secs_f64()
}

fn row(how: &str, seconds: f64, counted: u32) {
    let all = f64::from(4 * EACH);
    let (ns, lost) =
        (seconds * 1e9 / all, 100.0 - f64::from(counted) * 100.0 / all);
    println!("{how:<20} {ns:>6.1} ns a count, {lost:>3.0} % lost");
}
