//! Exercise 20: what some round trips come to.
//!
//! Say the round trips in milliseconds, in the order of their sending, with a
//! hyphen for a probe that was lost:
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
    tell("median", percentile(&sorted, 50));
    tell("95 % within", percentile(&sorted, 95));
    tell("jitter", jitter(&round_trips));
}

fn tell(what: &str, figure: Option<f64>) {
    match figure {
        Some(figure) => println!("{what} {figure} ms"),
        None => println!("{what} unknown"),
    }
}

/// The least of the sorted numbers that is not exceeded by so many per cent of
/// them (nearest rank): of 20 numbers, the 95 % one is the 19th, of 3 the 50 %
/// one is the 2nd. None when there are no numbers.
#[allow(unused_variables, reason = "the todo!() is yours to replace")]
fn percentile(sorted: &[f64], per_cent: usize) -> Option<f64> {
    todo!("find the rank, count from one, and take that number")
}

/// The mean of the absolute differences between one round trip and the next.
/// Where one of the two was lost there is no difference. None when there is
/// none at all.
#[allow(unused_variables, reason = "the todo!() is yours to replace")]
fn jitter(round_trips: &[Option<f64>]) -> Option<f64> {
    todo!("walk over the neighbours, and take the mean of their differences")
}
