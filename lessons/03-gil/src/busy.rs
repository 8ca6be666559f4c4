//! A busy machine: whether a measurement was given the processors.

use std::{
    fs,
    thread::{self, available_parallelism},
    time::{Duration, Instant},
};

/// The share of a measurement in which threads may wait for a processor.
const MOST_WAITING: f64 = 0.2;

/// Runs a measurement, and says so where the machine was too busy for it.
pub fn watch(measure: fn()) {
    let (began, waited) = (Instant::now(), waited());
    measure();
    let waiting = match (waited, self::waited()) {
        // Linux counts the time that threads waited.
        (Some(before), Some(after)) => {
            after.saturating_sub(before).div_duration_f64(began.elapsed())
        }
        _ => lateness(),
    };
    if waiting > MOST_WAITING {
        eprintln!(
            "not measured: for {:.0} % of the time, threads waited for a \
             processor. Is another program busy, or are there more workers \
             than processors?",
            waiting * 100.0
        );
    }
}

/// How long, since Linux was started, at least one thread was ready to run and
/// had no processor: `total` in /proc/pressure/cpu, in microseconds.
fn waited() -> Option<Duration> {
    let text = fs::read_to_string("/proc/pressure/cpu").ok()?;
    let some = text.lines().find(|line| line.starts_with("some "))?;
    let total = some.split("total=").nth(1)?;
    Some(Duration::from_micros(total.trim().parse().ok()?))
}

/// The largest share of a tenth of a second in which a thread wanted to run and
/// could not. There is one thread for each processor.
fn lateness() -> f64 {
    let threads = available_parallelism().map_or(1, |number| number.get());
    let mut most = 0.0_f64;
    thread::scope(|scope| {
        let mut watchers = Vec::new();
        for _ in 0..threads {
            watchers.push(scope.spawn(time_away));
        }
        for watcher in watchers {
            most = most.max(watcher.join().expect("no panic"));
        }
    });
    most
}

/// The share of a tenth of a second in which this thread did not run. It only
/// looks at the clock, so a gap between two looks is time without a processor.
fn time_away() -> f64 {
    let began = Instant::now();
    let (mut last, mut away) = (began, Duration::ZERO);
    while began.elapsed() < Duration::from_millis(100) {
        let now = Instant::now();
        if now - last > Duration::from_micros(500) {
            away += now - last;
        }
        last = now;
    }
    away.div_duration_f64(began.elapsed())
}
