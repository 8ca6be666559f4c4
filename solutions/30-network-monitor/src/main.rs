//! Exercise 30, done: what the provider will be asked about.
//!
//!     cargo run --bin solution30

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
    let mut outages = Vec::new();
    let mut open: Option<Outage> = None;
    for Sample { at, value, .. } in samples {
        match value {
            Some(_) => {
                let closed =
                    open.take().map(|it| Outage { to: Some(*at), ..it });
                outages.extend(closed);
            }
            None => {
                open.get_or_insert(Outage {
                    from: *at,
                    to: None,
                    missing: 0,
                })
                .missing += 1;
            }
        }
    }
    // The last one may still go on.
    outages.extend(open);
    outages.retain(|outage| outage.missing >= least);
    outages
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
