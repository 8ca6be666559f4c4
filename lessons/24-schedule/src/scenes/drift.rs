//! A loop that sleeps after each pass, beside a timer that counts from the
//! start.

use std::time::Duration;

use fastrand::Rng;
use schedule::{Now, Schedule, Step, Timer};

const HOUR: Duration = Duration::from_secs(60 * 60);
const PAUSE: Duration = Duration::from_secs(5);

pub fn play() {
    println!("                      passes in an hour  the last begins at");

    // ANCHOR: sleep
    // The talk's loop: do it, then sleep for five seconds.
    let mut random = Rng::with_seed(24);
    let (mut passed, mut begun, mut passes) = (Duration::ZERO, PAUSE, 0);
    while passed < HOUR {
        begun = passed;
        passes += 1;
        passed += work(&mut random) + PAUSE;
    }
    // ANCHOR_END: sleep
    show("work, then sleep 5 s", passes, begun);

    // ANCHOR: timer
    // A timer: run number n is due n × 5 s after the start.
    let mut random = Rng::with_seed(24);
    let start = Now::read();
    let mut timer = Timer::new(Schedule::every(PAUSE), start, Rng::new());
    let (mut now, mut begun, mut passes) = (start, start, 0);
    while now.monotonic - start.monotonic < HOUR {
        match timer.step(now) {
            Step::Wait(time) => now = now.plus(time),
            Step::Run => {
                begun = now;
                passes += 1;
                now = now.plus(work(&mut random));
            }
        }
    }
    // ANCHOR_END: timer
    show("every 5 s", passes, begun.monotonic - start.monotonic);
}

/// How long a pass takes: between half a second and two.
fn work(random: &mut Rng) -> Duration {
    Duration::from_millis(random.u64(500..2000))
}

fn show(what: &str, passes: u32, last: Duration) {
    let seconds = last.as_secs();
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    println!("{what:20}  {passes:17}  {minutes:15}:{seconds:02}");
}
