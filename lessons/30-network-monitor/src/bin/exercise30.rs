//! Exercise 30: what the provider will be asked about.
//!
//! Complete `outages`. Then ask whether it is right:
//!
//!     cargo test --test exercise30

use history::Sample;

/// From the first answer that was missing to the first that came again.
#[derive(Debug, PartialEq)]
struct Outage {
    /// In Unix milliseconds.
    from: i64,
    /// Nothing when no answer has come yet.
    to: Option<i64>,
    /// How many answers were missing.
    missing: usize,
}

fn main() {
    // A minute of pings, one a second: a dot answers, an x does not.
    for minute in [
        "............................................................",
        "....x......x.x......................xx......................",
        "..........xxx..................xxxxxxxxxxxxxxx..............",
        "xxxxx..................................................xxxxx",
    ] {
        println!("{minute}");
        for outage in outages(&samples(minute), 3) {
            let seconds = |at: i64| at / 1000;
            match outage.to {
                Some(to) => println!(
                    "  {} s to {} s, {} missing",
                    seconds(outage.from),
                    seconds(to),
                    outage.missing
                ),
                None => println!(
                    "  since {} s, {} missing",
                    seconds(outage.from),
                    outage.missing
                ),
            }
        }
    }
}

/// The outages among samples in the order of time. Fewer than `least` missing
/// answers in a row are bad luck and no outage. An answer is missing when a
/// sample's `value` is `None`.
fn outages(samples: &[Sample], least: usize) -> Vec<Outage> {
    todo!("{} samples, {least} in a row", samples.len())
}

fn samples(minute: &str) -> Vec<Sample> {
    let sample = |(at, letter): (i64, char)| Sample {
        at: at * 1000,
        metric: "ping".to_owned(),
        target: "router".to_owned(),
        value: (letter == '.').then_some(1.5),
        error: None,
    };
    (0..).zip(minute.chars()).map(sample).collect()
}
