//! Exercise 22: how fast is an upload at this moment?
//!
//! Complete `live_rate`. Then ask whether it is right:
//!
//!     cargo test --test exercise22

/// One look at an upload, while it is running.
struct Reading {
    /// Since the beginning.
    seconds: f64,
    /// Bytes that the kernel has taken.
    #[allow(dead_code, reason = "you may need it")]
    written: u64,
    /// Bytes that have arrived at the server.
    #[allow(dead_code, reason = "you may need it")]
    acknowledged: u64,
}

/// Seconds, kilobytes written, kilobytes acknowledged.
type Row = (f64, u64, u64);

fn main() {
    let uploads: [(&str, &[Row]); 5] = [
        (
            "after the ramp",
            &[
                (0.0, 500, 0),
                (0.5, 1000, 300),
                (1.0, 2200, 1500),
                (1.5, 3500, 2750),
                (2.0, 4750, 4000),
            ],
        ),
        (
            "a machine that looks too late",
            &[
                (0.0, 500, 0),
                (0.5, 2000, 1250),
                (1.0, 3300, 2500),
                (2.2, 6200, 5500),
            ],
        ),
        (
            "a buffer that grows",
            &[
                (0.0, 500, 0),
                (0.5, 1800, 625),
                (1.0, 3200, 1250),
                (1.5, 4500, 1875),
            ],
        ),
        ("a dead line", &[(0.0, 500, 0), (0.5, 900, 80), (1.5, 900, 80)]),
        ("too early", &[(0.0, 500, 0), (0.5, 1000, 300)]),
    ];
    for (name, rows) in uploads {
        let mut readings = Vec::new();
        for (seconds, written, acknowledged) in rows {
            readings.push(Reading {
                seconds: *seconds,
                written: written * 1000,
                acknowledged: acknowledged * 1000,
            });
        }
        match live_rate(&readings) {
            Some(rate) => println!("{name}: {rate:.2} Mbit/s"),
            None => println!("{name}: not known yet"),
        }
    }
}

/// The rate at which data arrive, in megabits per second: over the time from
/// the latest reading that is at least one second older than the last one. A
/// line on which nothing moves has the rate 0. With no reading that is old
/// enough, the rate is not known yet.
fn live_rate(readings: &[Reading]) -> Option<f64> {
    let last = readings.last()?;
    todo!("find the rate at {} s", last.seconds)
}
