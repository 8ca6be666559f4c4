//! Lesson 06, locks: when threads do share memory. About 25 minutes.
//!
//! One counter for four threads (`counter`), many readers (`rwlock`), waiting
//! without asking (`condvar`), no lock at all (`atomics`), two threads that
//! wait for each other (`deadlock`), a lock held too long (`contention`).
//!
//! ```text
//! cargo run --bin lesson06                      all, one after the other
//! TEMPO=10 cargo run --bin lesson06 deadlock    one, ten times faster
//! ```

mod four;
mod scenes;
mod story;

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::{env, hint::black_box, process, sync::Mutex};

use four::{count_alone, count_by_four, print_row, time_four};
use scenes::SCENES;

// ANCHOR: counter
fn counter() {
    // Wrong: between the load and the store, others count too.
    let atomic = AtomicU32::new(0);
    let time = count_by_four(|| {
        let seen = black_box(atomic.load(Relaxed));
        atomic.store(seen + 1, Relaxed);
    });
    print_row("load, then store", time, atomic.into_inner());

    // Slow: four threads take turns at one lock, 32 million times.
    let mutex = Mutex::new(0);
    let time = count_by_four(|| *mutex.lock().unwrap() += 1);
    print_row("lock for each", time, mutex.into_inner().unwrap());

    // Better: one step that nobody can come between.
    let atomic = AtomicU32::new(0);
    let time = count_by_four(|| {
        atomic.fetch_add(1, Relaxed);
    });
    print_row("fetch_add for each", time, atomic.into_inner());

    // Right: count by yourself, and share the result.
    let mutex = Mutex::new(0);
    let time = time_four(|| {
        let mine = count_alone();
        *mutex.lock().unwrap() += mine;
    });
    print_row("lock at the end", time, mutex.into_inner().unwrap());
}
// ANCHOR_END: counter

fn main() {
    // One scene by name, or all of them.
    match env::args().nth(1) {
        Some(scene) => play(&scene),
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene);
            }
        }
    }
}

fn play(scene: &str) {
    match scene {
        "counter" => counter(),
        "rwlock" => scenes::rwlock::play(),
        "condvar" => scenes::condvar::play(),
        "atomics" => scenes::atomics::play(),
        "deadlock" => scenes::deadlock::play(),
        "contention" => scenes::contention::play(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
