//! Exercise 23, done: how long is the queue?
//!
//!     cargo run --bin solution23

use bufferbloat::Grade;

/// A line, and what was measured on it.
struct Line {
    name: &'static str,
    /// The rate under load, in bits per second.
    bps: f64,
    /// The median round trip at rest, in milliseconds.
    idle_ms: f64,
    /// The median round trip under load, in milliseconds.
    loaded_ms: f64,
}

fn main() {
    let line =
        |name, bps, idle_ms, loaded_ms| Line { name, bps, idle_ms, loaded_ms };
    for line in [
        line("office", 100e6, 12.0, 20.0),
        line("cable", 40e6, 18.0, 258.0),
        line("radio", 5e6, 45.0, 1_245.0),
        line("lucky", 10e6, 30.0, 29.0),
    ] {
        let added = line.loaded_ms - line.idle_ms;
        println!(
            "{:6} {} {:.0} bytes in the queue",
            line.name,
            Grade::of(added),
            buffer(&line)
        );
    }
}

/// The number of bytes that wait in front of the busy line: as many as the line
/// carries in the time that the load adds to a round trip. Where the round trip
/// is shorter than at rest, the queue is empty.
fn buffer(line: &Line) -> f64 {
    let seconds = (line.loaded_ms - line.idle_ms).max(0.0) / 1_000.0;
    line.bps / 8.0 * seconds
}
