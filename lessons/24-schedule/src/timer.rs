//! One schedule, followed through time.

use std::time::{Duration, Instant};

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::{Now, Schedule};

/// How often the clock on the wall is looked at while a cron pattern waits:
/// no system tells a program everywhere that its clock was turned.
const LOOK: Duration = Duration::from_secs(20);

/// A clock that goes back less than this repeats no run; one that goes back
/// more was wrong before, and what was planned by it is planned again.
const TURNED_BACK: SignedDuration = SignedDuration::from_hours(1);

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is time: run once.
    Run,
    /// Ask again after so long.
    Wait(Duration),
}

/// Follows one schedule. It never drifts: intervals are counted from the
/// start, not from the last run, and jitter puts off one run only. Whatever
/// was missed, because the run before took long, the system slept or the
/// clock was turned, is made up for by one run.
#[derive(Debug)]
pub struct Timer {
    due: Due,
    rng: Rng,
}

#[derive(Debug)]
enum Due {
    Every {
        interval: Duration,
        jitter: Duration,
        /// When run number 0 is due.
        origin: Instant,
        /// The number of the run that is due next.
        number: u64,
        at: Instant,
    },
    Cron {
        cron: super::Cron,
        jitter: Duration,
        /// The time that the pattern says.
        nominal: Timestamp,
        at: Timestamp,
        /// What the clock showed when it was last looked at.
        seen: Timestamp,
    },
}

impl Timer {
    /// Starts now: an interval's first run is due at once (put off by its
    /// jitter), a pattern's when it next matches.
    pub fn new(schedule: Schedule, now: Now, rng: Rng) -> Timer {
        Timer::after_run(schedule, None, now, rng)
    }

    /// Starts again after a restart: an interval's first run is due an
    /// interval after the last one, or at once when that is past. A restart
    /// alone causes no speed test.
    pub fn after_run(
        schedule: Schedule,
        since_last: Option<Duration>,
        now: Now,
        mut rng: Rng,
    ) -> Timer {
        let due = match schedule {
            Schedule::Every { interval, jitter } => {
                // Half a nanosecond of nothing would run for ever.
                let interval = interval.max(Duration::from_millis(1));
                let left = match since_last {
                    Some(since) => interval.saturating_sub(since),
                    None => Duration::ZERO,
                };
                let origin = now.monotonic + left;
                let jitter = jitter.min(interval);
                let at = origin + part(jitter, &mut rng);
                Due::Every { interval, jitter, origin, number: 0, at }
            }
            Schedule::Cron { cron, jitter } => {
                let nominal = cron.next(now.wall).unwrap_or(Timestamp::MAX);
                let at = put_off(nominal, jitter, &mut rng);
                Due::Cron { cron, jitter, nominal, at, seen: now.wall }
            }
        };
        Timer { due, rng }
    }

    /// What to do now. After [`Step::Run`] the next run is planned.
    pub fn step(&mut self, now: Now) -> Step {
        match &mut self.due {
            Due::Every { interval, jitter, origin, number, at } => {
                let left = at.saturating_duration_since(now.monotonic);
                if !left.is_zero() {
                    return Step::Wait(left);
                }
                *number += 1;
                let past = now.monotonic.saturating_duration_since(*origin);
                // Runs whose time is past are not made up for.
                if times(*interval, *number) + *jitter <= past {
                    let begun = past.as_nanos() / interval.as_nanos();
                    *number = 1 + u64::try_from(begun).unwrap_or(u64::MAX - 1);
                }
                let nominal = *origin + times(*interval, *number);
                *at = nominal + part(*jitter, &mut self.rng);
                Step::Run
            }
            Due::Cron { cron, jitter, nominal, at, seen } => {
                if seen.duration_since(now.wall) > TURNED_BACK {
                    *nominal = cron.next(now.wall).unwrap_or(Timestamp::MAX);
                    *at = put_off(*nominal, *jitter, &mut self.rng);
                }
                *seen = now.wall;
                let left = at.duration_since(now.wall);
                if left.is_positive() {
                    return Step::Wait(left.unsigned_abs().min(LOOK));
                }
                *nominal = cron.next(now.wall).unwrap_or(Timestamp::MAX);
                *at = put_off(*nominal, *jitter, &mut self.rng);
                Step::Run
            }
        }
    }

    /// When the next run is due by the clock on the wall, in Unix
    /// milliseconds, to show to a person.
    pub fn next_run(&self, now: Now) -> i64 {
        match &self.due {
            Due::Every { at, .. } => {
                now.plus(at.saturating_duration_since(now.monotonic)).wall
            }
            Due::Cron { at, .. } => *at,
        }
        .as_millisecond()
    }

    /// Waits until it is time to run. Dropping the future loses nothing: the
    /// run stays due.
    pub async fn wait(&mut self) {
        while let Step::Wait(time) = self.step(Now::read()) {
            tokio::time::sleep(time).await;
        }
    }
}

/// A random part of a jitter.
fn part(jitter: Duration, rng: &mut Rng) -> Duration {
    jitter.mul_f64(rng.f64())
}

fn put_off(nominal: Timestamp, jitter: Duration, rng: &mut Rng) -> Timestamp {
    let by = SignedDuration::try_from(part(jitter, rng)).unwrap_or_default();
    nominal.checked_add(by).unwrap_or(nominal)
}

/// A duration many times over; exact, unlike a sum that is rounded each time.
fn times(interval: Duration, number: u64) -> Duration {
    let nanoseconds = interval.as_nanos().saturating_mul(number.into());
    let seconds = nanoseconds / 1_000_000_000;
    let rest = (nanoseconds % 1_000_000_000) as u32;
    Duration::new(u64::try_from(seconds).unwrap_or(u64::MAX), rest)
}
