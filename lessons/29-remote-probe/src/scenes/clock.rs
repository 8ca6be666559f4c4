//! A look at another machine's clock, over ways of different length.

use std::time::Duration;

use remote_probe::{ClockError, ServerClock};
use schedule::Now;

/// How far the probe's clock is ahead of the monitor's, in milliseconds.
const AHEAD: i64 = 90_000;

pub fn play() {
    println!("the probe's clock is {AHEAD} ms ahead");
    println!("  there    back   seen as");
    for (there, back) in [(5, 5), (300, 300), (600, 10), (10, 600)] {
        let mut clock = ClockError::default();
        let now = exchange(&mut clock, Now::read(), there, back);
        let seen = clock.milliseconds(now).unwrap_or_default();
        println!("{there:>7} {back:>7} {seen:>9}");
    }
    // Of several, the quickest counts.
    let mut clock = ClockError::default();
    let mut now = Now::read();
    for (there, back) in [(600, 10), (10, 600), (5, 5), (300, 20)] {
        now = exchange(&mut clock, now, there, back);
    }
    let seen = clock.milliseconds(now).unwrap_or_default();
    println!("all four of them together: {seen}");
}

/// Asks a monitor whose clock is right, over a way of so many milliseconds
/// there and back. Returns when the answer came.
fn exchange(clock: &mut ClockError, sent: Now, there: u64, back: u64) -> Now {
    let arrived = sent.plus(Duration::from_millis(there));
    let came = arrived.plus(Duration::from_millis(back));
    let shown = arrived.wall.as_millisecond() - AHEAD;
    let monitor = ServerClock { received: shown, answered: shown };
    clock.exchanged(sent, monitor, came);
    came
}
