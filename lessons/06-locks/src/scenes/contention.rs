//! Contention: the same work with one lock, held for long and for short.

use std::{
    hint,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

const JOBS: u64 = 4000;
const ROUNDS: u32 = 15;

// ANCHOR: contention
pub fn play() {
    println!("two threads          time  speed-up  waiting for the lock");

    // Held for long: the lock is taken before the work.
    let long = |log: &Mutex<u64>, job| {
        let asked = Instant::now();
        let mut log = log.lock().unwrap();
        let waited = asked.elapsed();
        *log ^= work(job);
        waited
    };
    // Held for short: the work is done before the lock is taken.
    let short = |log: &Mutex<u64>, job| {
        let result = work(job);
        let asked = Instant::now();
        let mut log = log.lock().unwrap();
        let waited = asked.elapsed();
        *log ^= result;
        waited
    };
    compare("held for long", long);
    compare("held for short", short);
}
// ANCHOR_END: contention

/// Does all jobs on one thread and on two, again and again.
fn compare(how: &str, job: impl Fn(&Mutex<u64>, u64) -> Duration + Sync) {
    // The best times count, the others were disturbed; waiting is the mean.
    let (mut alone, mut both, mut waiting) = (f64::MAX, f64::MAX, 0.0);
    for _ in 0..ROUNDS {
        alone = alone.min(run(1, &job).0);
        let (time, waited) = run(2, &job);
        both = both.min(time);
        waiting += waited / (2.0 * time) / f64::from(ROUNDS);
    }
    let (ms, speed_up, waiting) = (both * 1e3, alone / both, waiting * 100.0);
    println!("{how:<16} {ms:>5.0} ms  {speed_up:>7.1}×  {waiting:>19.0} %");
}

/// The seconds for all jobs, and the seconds that threads waited for the lock.
fn run(
    threads: u64,
    job: &(impl Fn(&Mutex<u64>, u64) -> Duration + Sync),
) -> (f64, f64) {
    let log = Mutex::new(0);
    let began = Instant::now();
    // Thread 0 does jobs 0, 2, 4 …, and thread 1 does jobs 1, 3, 5 …
    let share = |thread| {
        let mut waited = Duration::ZERO;
        for number in (0..JOBS).filter(|number| number % threads == thread) {
            waited += job(&log, number);
        }
        waited
    };
    let waited = thread::scope(|scope| {
        let share = &share;
        let mut handles = Vec::new();
        for thread in 0..threads {
            handles.push(scope.spawn(move || share(thread)));
        }
        let mut waited = Duration::ZERO;
        for handle in handles {
            waited += handle.join().expect("no panic");
        }
        waited
    });
    (began.elapsed().as_secs_f64(), waited.as_secs_f64())
}

/// Arithmetic for about ten microseconds. black_box keeps the compiler from
/// leaving it out.
fn work(job: u64) -> u64 {
    let mut sum = job;
    for it in 0..10_000 {
        sum = hint::black_box(sum.rotate_left(5) ^ it);
    }
    sum
}
