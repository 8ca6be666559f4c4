//! Exercise 20: the median, the 95th percentile and the jitter of round trips.
//!
//! The arguments are round trips in milliseconds, in the order of sending, with
//! a hyphen for a probe that was lost:
//!
//! ```console
//! $ cargo run --bin exercise20 10 14 - 90 88
//! median 14 ms
//! 95 % within 90 ms
//! jitter 3 ms
//! ```
//!
//! Check your work with `cargo test --test exercise20`.

fn main() {
    let round_trips: Vec<Option<f64>> =
        std::env::args().skip(1).map(|word| word.parse().ok()).collect();
    let mut sorted: Vec<f64> = round_trips.iter().copied().flatten().collect();
    sorted.sort_by(f64::total_cmp);
    print("median", percentile(&sorted, 50));
    print("95 % within", percentile(&sorted, 95));
    print("jitter", jitter(&round_trips));
}

fn print(name: &str, figure: Option<f64>) {
    match figure {
        Some(figure) => println!("{name} {figure} ms"),
        None => println!("{name} unknown"),
    }
}

/// The percentile by nearest rank: of N numbers in rising order the one at place
/// `percent` / 100 × N, rounded up and counted from one. Of 20 numbers the 95th
/// percentile is the 19th, of 3 the 50th is the 2nd. `None` when there are no
/// numbers.
fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let place = (sorted.len() * percent).div_ceil(100);
    if place == 0 {
        return None;
    }
    Some(sorted[place - 1])
}

/// The mean of the absolute differences between one round trip and the next.
/// Where either of the two was lost there is no difference. `None` when there is
/// no difference at all.
fn jitter(round_trips: &[Option<f64>]) -> Option<f64> {
    let mut differences = Vec::new();
    for pair in round_trips.windows(2) {
        if let [Some(one), Some(next)] = pair {
            differences.push((next - one).abs());
        }
    }
    if differences.is_empty() {
        return None;
    }
    Some(differences.iter().sum::<f64>() / differences.len() as f64)
}
