//! Exercise 22: when is a rate steady?
//!
//! Complete `settled`. Then ask whether it is right:
//!
//!     cargo test --test exercise22

/// So many windows must agree ...
#[allow(dead_code, reason = "you will need it")]
const WINDOWS: usize = 3;
/// ... to this part of their mean.
#[allow(dead_code, reason = "you will need it")]
const AGREEMENT: f64 = 0.02;

fn main() {
    // Rates in Mbit/s, a window of 0.4 s each.
    let tests: [(&str, &[f64]); 5] = [
        ("a good line", &[31.0, 88.0, 96.4, 96.6, 96.5, 12.0]),
        ("a radio", &[20.0, 60.0, 66.0, 58.0, 71.0, 63.0]),
        ("a slow ramp", &[10.0, 10.1, 10.9, 11.8, 11.9, 11.8]),
        ("a dead server", &[0.0, 0.0, 0.0, 0.0]),
        ("no time", &[96.5, 96.5]),
    ];
    for (line, rates) in tests {
        match settled(rates) {
            Some(rate) => println!("{line}: {rate:.2} Mbit/s"),
            None => println!("{line}: not settled"),
        }
    }
}

/// The mean of the first three windows in a row that agree: the highest and
/// the lowest differ by 2 % of the mean at most. A line on which nothing
/// moves has no rate.
fn settled(rates: &[f64]) -> Option<f64> {
    todo!("find it in {rates:?}")
}
