//! A daily run in the nights in which the hour changes.

use std::error::Error;
use std::time::Duration;

use fastrand::Rng;
use jiff::tz::TimeZone;
use schedule::{Cron, Now, Schedule, Step, Timer};

const ZONE: &str = "Europe/Rome";

pub fn play() -> Result<(), Box<dyn Error>> {
    for (title, start) in [
        ("spring: 29 March has no 02:30", "2026-03-27T12:00:00Z"),
        ("autumn: 25 October has two", "2026-10-23T12:00:00Z"),
    ] {
        println!("{title}");
        // ANCHOR: daily
        let cron = Cron::parse("30 2 * * *", Some(ZONE))?;
        let schedule = Schedule::Cron { cron, jitter: Duration::ZERO };
        // ANCHOR_END: daily

        let mut now = Now { wall: start.parse()?, ..Now::read() };
        let mut timer = Timer::new(schedule, now, Rng::new());
        let mut runs = 0;
        while runs < 4 {
            match timer.step(now) {
                Step::Wait(time) => now = now.plus(time),
                Step::Run => {
                    runs += 1;
                    let local = now.wall.to_zoned(TimeZone::get(ZONE)?);
                    println!("  {}", local.strftime("%a %d %b %H:%M UTC%:z"));
                }
            }
        }
    }
    Ok(())
}
