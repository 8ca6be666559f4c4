//! Exercise 27: how much of a week was the line there?
//!
//! Complete `availability`. Then ask whether it is right:
//!
//!     cargo run --bin exercise27
//!     cargo test --test exercise27

use std::env;
use std::error::Error;

/// From one hour to another, counted from the week's beginning. Those before
/// it are negative.
struct Span {
    from: i64,
    to: i64,
}

const WEEK: Span = Span { from: 0, to: 168 };

fn main() -> Result<(), Box<dyn Error>> {
    // Outages and gaps may be named: `outage 10 12 gap 100 110`.
    let mut arguments = env::args().skip(1).peekable();
    let mut outages = Vec::new();
    let mut gaps = Vec::new();
    if arguments.peek().is_none() {
        // The line was away for 2 hours, and the monitor for 28.
        outages.push(Span { from: 50, to: 52 });
        gaps.push(Span { from: 140, to: 168 });
    }
    while let Some(kind) = arguments.next() {
        let from = arguments.next().ok_or("from when on?")?.parse()?;
        let to = arguments.next().ok_or("until when?")?.parse()?;
        match kind.as_str() {
            "outage" => outages.push(Span { from, to }),
            "gap" => gaps.push(Span { from, to }),
            _ => return Err(format!("{kind} is no outage and no gap").into()),
        }
    }

    match availability(&WEEK, &outages, &gaps) {
        Some(percent) => println!("{percent:.2} %"),
        None => println!("nothing was measured"),
    }
    Ok(())
}

/// The part of the measured time of a week that was no outage, in percent. In
/// a gap nothing was measured; where the whole week is a gap, there is no
/// answer.
///
/// An outage or a gap may have begun before the week, or end after it: only
/// what lies in the week counts. No two of them overlap.
fn availability(week: &Span, outages: &[Span], gaps: &[Span]) -> Option<f64> {
    todo!(
        "from hour {} to hour {}, with {} outages and {} gaps",
        week.from,
        week.to,
        outages.len(),
        gaps.len()
    )
}
