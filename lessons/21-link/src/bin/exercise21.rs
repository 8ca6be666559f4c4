//! Exercise 21: the saw-tooth of TCP.
//!
//! Complete `after_round`. See what it draws, then ask whether it is right:
//!
//!     cargo run --bin exercise21
//!     cargo test --test exercise21

use std::env;

/// The link carries 20 segments in a round trip, and its buffer holds 10.
const ROOM: u32 = 30;
/// Round trips that are drawn.
const ROUNDS: usize = 40;
/// A window never gets smaller.
#[allow(dead_code, reason = "you will need it")]
const SMALLEST: u32 = 2;

/// How many segments a sender may have on their way.
#[derive(Clone, Copy)]
struct Window {
    size: u32,
    /// Below it the window is in slow start.
    #[allow(dead_code, reason = "you will need it")]
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
    todo!("find the new window from {} and {lost}", window.size)
}
