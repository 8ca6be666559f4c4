//! A thousand monitors that start in the same moment, without and with
//! jitter.

use std::time::Duration;

use fastrand::Rng;
use schedule::{Now, Schedule, Step, Timer};

const MONITORS: u64 = 1000;
const MINUTE: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_secs(4 * 60 * 60);

pub fn play() {
    // The power comes back, and a thousand monitors start at once.
    let start = Now::read();
    for jitter in [Duration::ZERO, 10 * MINUTE] {
        println!("speed tests a minute, jitter {} min", jitter.as_secs() / 60);
        let mut minutes = [0_usize; 10];
        for monitor in 0..MONITORS {
            let begun = first_run(jitter, start, Rng::with_seed(monitor));
            let minute = begun.as_secs() / 60;
            minutes[minute as usize] += 1;
        }
        for (minute, tests) in minutes.into_iter().enumerate() {
            if tests > 0 {
                println!("  {minute:2} {tests:5} {}", "█".repeat(tests / 20));
            }
        }
    }
}

/// How long after the start a monitor runs its first speed test.
fn first_run(jitter: Duration, start: Now, random: Rng) -> Duration {
    let schedule = Schedule::Every { interval: INTERVAL, jitter };
    match Timer::new(schedule, start, random).step(start) {
        Step::Run => Duration::ZERO,
        Step::Wait(time) => time,
    }
}
