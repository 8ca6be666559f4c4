//! Exercise 21, done: the saw-tooth of TCP.

use std::env;

/// The link carries 20 segments in a round trip, and its buffer holds 10.
const ROOM: u32 = 30;
/// Round trips that are drawn.
const ROUNDS: usize = 40;
/// A window never gets smaller.
const SMALLEST: u32 = 2;

/// How many segments a sender may have on their way.
#[derive(Clone, Copy)]
struct Window {
    size: u32,
    /// Below it the window is in slow start.
    threshold: u32,
}

fn main() {
    let mut window = Window { size: 10, threshold: u32::MAX };

    // What happens in each round trip may be told: `.` all arrive, `x` one is
    // lost.
    if let Some(fates) = env::args().nth(1) {
        for fate in fates.chars() {
            window = after_round(window, fate == 'x');
            println!("{}", window.size);
        }
        return;
    }

    // Or the link decides: what finds no room is lost.
    for _ in 0..ROUNDS {
        let bar = "#".repeat(window.size as usize);
        println!("{:>3} {bar}", window.size);
        window = after_round(window, window.size > ROOM);
    }
}

/// The window after a round trip, as Reno sets it (RFC 5681, section 3.1).
///
/// Nothing was lost: in slow start the window doubles, but not beyond its
/// threshold. From the threshold on it grows by one segment.
///
/// Something was lost: the window is half of what it was, and that is its
/// threshold, too. It never gets smaller than `SMALLEST`.
fn after_round(window: Window, lost: bool) -> Window {
    let Window { size, threshold } = window;
    if lost {
        let half = (size / 2).max(SMALLEST);
        return Window { size: half, threshold: half };
    }
    let size =
        if size < threshold { (2 * size).min(threshold) } else { size + 1 };
    Window { size, threshold }
}
