//! A week of an office's line, made up: the same samples in each run.

use std::error::Error;
use std::ops::Range;
use std::time::Duration;

use history::{History, Sample};
use report::{About, Target, Window};
use serde_json::json;

/// Lengths of time, in milliseconds.
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The interval between two probes of a target.
const EVERY: i64 = 10 * SECOND;
/// The interval between two speed tests.
const TEST_EVERY: i64 = 4 * HOUR;

/// Monday, 16 November 2026, 00:00 UTC, in Unix milliseconds.
pub const START: i64 = 1_794_787_200 * SECOND;
/// A week later.
pub const END: i64 = START + 7 * DAY;

// ANCHOR: week
const WEDNESDAY: i64 = START + 2 * DAY;
const THURSDAY: i64 = START + 3 * DAY;
const SATURDAY: i64 = START + 5 * DAY;

/// From 02:13:20 to 03:40:10 the provider's network does not answer.
const OUTAGE: Range<i64> = WEDNESDAY + 2 * HOUR + 13 * MINUTE + 20 * SECOND
    ..WEDNESDAY + 3 * HOUR + 40 * MINUTE + 10 * SECOND;
/// For Thursday, 23:00, the provider has announced an hour and a half of work,
/// and from 23:10 to 23:40 nothing answers.
const PLANNED: Range<i64> =
    THURSDAY + 23 * HOUR..THURSDAY + 24 * HOUR + HOUR / 2;
const WORK: Range<i64> =
    THURSDAY + 23 * HOUR + 10 * MINUTE..THURSDAY + 23 * HOUR + 40 * MINUTE;
/// From 22:00 on somebody works on the office's wiring, and the computer of
/// the monitor is off for eight hours.
const OFF: Range<i64> = SATURDAY + 22 * HOUR..SATURDAY + 30 * HOUR;
// ANCHOR_END: week

/// The office's router, and a server on the other side of the line.
pub fn targets() -> Vec<Target> {
    let target = |name: &str, address: &str| Target {
        name: name.to_owned(),
        address: address.to_owned(),
        kind: "ping",
        metric: "ping",
        every: Duration::from_millis(EVERY.unsigned_abs()),
        down_after: 3,
        behind: None,
    };
    vec![target("router", "192.0.2.1"), target("internet", "203.0.113.9")]
}

/// The planned work of the week.
pub fn windows() -> Vec<Window> {
    vec![Window {
        name: "the provider's work".to_owned(),
        targets: vec!["internet".to_owned()],
        from: PLANNED.start,
        to: PLANNED.end,
    }]
}

/// Whose line it is, and what was promised.
pub fn about() -> About {
    About {
        line: "office".to_owned(),
        provider: "Example Net".to_owned(),
        contract: "4711".to_owned(),
        contact: "office@example.org".to_owned(),
        download_bps: Some(100e6),
        upload_bps: Some(20e6),
    }
}

/// Records the week.
pub fn record(history: &History) -> Result<(), Box<dyn Error>> {
    let mut samples = Vec::new();
    for (number, at) in (START..END).step_by(EVERY as usize).enumerate() {
        if OFF.contains(&at) {
            continue;
        }
        // Round trips of a quiet line, with a little noise.
        let noise = (number * 7919 % 100) as f64 / 100.0;
        let router = Some(0.4 + 0.2 * noise);
        samples.push(Sample::new(at, "ping", "router", router));

        // Now and then a single probe is lost: bad luck, and no outage.
        let away = OUTAGE.contains(&at) || WORK.contains(&at);
        let lost = away || number % 997 == 0;
        let internet = (!lost).then_some(11.0 + 3.0 * noise);
        let mut sample = Sample::new(at, "ping", "internet", internet);
        sample.error = lost.then(|| "no answer within 1 s".to_owned());
        samples.push(sample);
    }
    history.record(&samples)?;

    for at in (START + HOUR / 2..END).step_by(TEST_EVERY as usize) {
        if !OFF.contains(&at) {
            record_test(history, at)?;
        }
    }
    Ok(())
}

/// A speed test: in the evening the line is slow.
fn record_test(history: &History, at: i64) -> Result<(), history::Error> {
    let hour = (at - START) % DAY / HOUR;
    let share = if hour == 20 { 0.45 } else { 0.93 };
    let result = json!({
        "server": "http://speed.example.net/",
        "download_bps": 100e6 * share,
        "upload_bps": 20e6 * share,
        "idle_latency_ms": 12.5,
        "loaded_latency_ms": { "download": 60.0, "upload": 140.0 },
        "grade": "C",
        "stable": true,
    });
    history.record_result(at, "to the provider", &result, &[])
}
