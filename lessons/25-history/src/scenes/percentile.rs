//! The 95th percentile of a day, from what is kept of its hours.

use std::error::Error;

use fastrand::Rng;
use history::{History, HistoryQuery, Retention, Sample};
use statistics::Sorted;

/// An hour and a day in milliseconds.
const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;

pub fn play() -> Result<(), Box<dyn Error>> {
    let data = tempfile::tempdir()?;
    let history = History::open(data.path(), &Retention::default())?;
    let mut random = Rng::with_seed(25);
    // A good day, with one bad hour at nine.
    let mut pings = Vec::new();
    for at in (0..DAY).step_by(1000) {
        let typical = if at / HOUR == 9 { 200.0 } else { 10.0 };
        let value = typical * (1.0 + 0.2 * random.f64());
        pings.push(Sample::new(at, "ping", "router", Some(value)));
    }
    history.record(&pings)?;
    history.record(&[Sample::new(2 * DAY, "ping", "router", None)])?;
    history.close_hours()?;

    // ANCHOR: compare
    let all: Sorted = pings.iter().filter_map(|ping| ping.value).collect();
    let truth = all.percentile(95).ok_or("there are pings")?;

    let mut query = HistoryQuery::new("ping", 0, DAY - 1);
    query.step = Some(HOUR);
    let hours = history.query(&query)?.p95;
    let mean = hours.iter().flatten().sum::<f64>() / hours.len() as f64;

    query.step = Some(DAY);
    let day = history.query(&query)?.p95[0].ok_or("there are pings")?;
    // ANCHOR_END: compare

    println!("the 95th percentile of a day with one bad hour");
    show("of all 86400 pings", truth, truth);
    show("mean of the hours' percentiles", mean, truth);
    show("from the hours' sketches", day, truth);
    Ok(())
}

fn show(what: &str, value: f64, truth: f64) {
    let off = 100.0 * (value / truth - 1.0);
    println!("  {what:30} {value:6.2} ms  {off:+5.1} %");
}
