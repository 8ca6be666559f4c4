//! A night of planned work, also in the nights in which the hour changes.

use std::error::Error;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schedule::{Cron, Window};

const ZONE: &str = "Europe/Rome";

/// No month has more nights.
const MOST: usize = 31;

pub fn play() -> Result<(), Box<dyn Error>> {
    // ANCHOR: window
    // Every Sunday from half past one on, for two hours.
    let cron = Cron::parse("30 1 * * 0", Some(ZONE))?;
    let window = Window::repeating(cron, Duration::from_secs(2 * 60 * 60))?;
    // ANCHOR_END: window
    let zone = TimeZone::get(ZONE)?;
    for (title, from, to) in [
        ("spring", "2026-03-20T00:00:00Z", "2026-04-06T00:00:00Z"),
        ("autumn", "2026-10-16T00:00:00Z", "2026-11-02T00:00:00Z"),
    ] {
        println!("{title}");
        let from: Timestamp = from.parse()?;
        let to: Timestamp = to.parse()?;
        // ANCHOR: occurrences
        let (from, to) = (from.as_millisecond(), to.as_millisecond());
        for night in window.occurrences(from, to, MOST) {
            let begins = local(night.from, &zone)?;
            println!("  {begins} to {}", local(night.to, &zone)?);
        }
        // ANCHOR_END: occurrences
    }
    Ok(())
}

fn local(at: i64, zone: &TimeZone) -> Result<String, jiff::Error> {
    let at = Timestamp::from_millisecond(at)?.to_zoned(zone.clone());
    Ok(at.strftime("%a %d %b %H:%M UTC%:z").to_string())
}
