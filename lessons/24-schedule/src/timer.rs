//! A timer, which follows one schedule through time.

use std::time::{Duration, Instant};

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use crate::{Cron, Now, Schedule};

/// The longest wait for a cron pattern. Then the clock on the wall is read
/// again: not every system tells a program that its clock was turned.
const LONGEST_CRON_WAIT: Duration = Duration::from_secs(20);

/// A clock that is set back by less than this repeats no run. A clock that is
/// set back by more was wrong before: what was planned by it is planned anew.
const WRONG_BEFORE: SignedDuration = SignedDuration::from_hours(1);

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is time: run once.
    Run,
    /// It is not time yet: ask again after this long.
    Wait(Duration),
}

/// Follows one schedule. It never drifts: intervals are counted from the
/// start, not from the last run, and jitter puts off one run only. Runs that
/// were missed, because the run before took long, the system slept or the
/// clock was turned, are made up for by one run, however many they were.
#[derive(Debug)]
pub struct Timer {
    due: Due,
    rng: Rng,
}

/// The run that comes next.
#[derive(Debug)]
enum Due {
    Every {
        interval: Duration,
        jitter: Duration,
        /// When run number 0 is due.
        origin: Instant,
        /// The number of the run that is due next.
        number: u64,
        /// When it is due, jitter included.
        at: Instant,
    },
    Cron {
        cron: Cron,
        jitter: Duration,
        /// When the next run is due, jitter included.
        at: Timestamp,
        /// What the clock showed when it was last read.
        last_wall: Timestamp,
    },
}

impl Timer {
    /// Starts now. The first run of an interval is due at once, that of a
    /// pattern when the pattern next matches; both are put off by the jitter.
    pub fn new(schedule: Schedule, now: Now, rng: Rng) -> Timer {
        Timer::after_run(schedule, None, now, rng)
    }

    /// Starts again after a restart, `since_last` after the last run. The
    /// first run of an interval is due one interval after the last run, or at
    /// once when that is past: a restart alone causes no speed test.
    pub fn after_run(
        schedule: Schedule,
        since_last: Option<Duration>,
        now: Now,
        mut rng: Rng,
    ) -> Timer {
        let due = match schedule {
            Schedule::Every { interval, jitter } => {
                // With an interval of 0 a run would always be due.
                let interval = interval.max(Duration::from_millis(1));
                let left = match since_last {
                    Some(since) => interval.saturating_sub(since),
                    None => Duration::ZERO,
                };
                let origin = now.monotonic + left;
                let jitter = jitter.min(interval);
                let at = origin + random_part(jitter, &mut rng);
                Due::Every { interval, jitter, origin, number: 0, at }
            }
            Schedule::Cron { cron, jitter } => {
                let at = next_match(&cron, jitter, now, &mut rng);
                Due::Cron { cron, jitter, at, last_wall: now.wall }
            }
        };
        Timer { due, rng }
    }

    /// What to do now. With [`Step::Run`] the run after it is planned.
    pub fn step(&mut self, now: Now) -> Step {
        match &mut self.due {
            // ANCHOR: interval
            Due::Every { interval, jitter, origin, number, at } => {
                let left = at.saturating_duration_since(now.monotonic);
                if !left.is_zero() {
                    return Step::Wait(left);
                }
                *number += 1;
                let passed = now.monotonic.saturating_duration_since(*origin);
                // Skip the runs whose time is past.
                if times(*interval, *number) + *jitter <= passed {
                    let begun = passed.as_nanos() / interval.as_nanos();
                    *number = 1 + u64::try_from(begun).unwrap_or(u64::MAX - 1);
                }
                let on_time = *origin + times(*interval, *number);
                *at = on_time + random_part(*jitter, &mut self.rng);
                Step::Run
            }
            // ANCHOR_END: interval
            // ANCHOR: pattern
            Due::Cron { cron, jitter, at, last_wall } => {
                if last_wall.duration_since(now.wall) > WRONG_BEFORE {
                    *at = next_match(cron, *jitter, now, &mut self.rng);
                }
                *last_wall = now.wall;
                let left = at.duration_since(now.wall);
                if left.is_positive() {
                    let left = left.unsigned_abs();
                    return Step::Wait(left.min(LONGEST_CRON_WAIT));
                }
                *at = next_match(cron, *jitter, now, &mut self.rng);
                Step::Run
            } // ANCHOR_END: pattern
        }
    }

    /// When the next run is due by the clock on the wall, in Unix
    /// milliseconds, to be shown to a person.
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

/// A part of a jitter, drawn anew.
fn random_part(jitter: Duration, rng: &mut Rng) -> Duration {
    jitter.mul_f64(rng.f64())
}

/// When a pattern next matches, put off by a part of the jitter.
fn next_match(
    cron: &Cron,
    jitter: Duration,
    now: Now,
    rng: &mut Rng,
) -> Timestamp {
    let on_time = cron.next(now.wall).unwrap_or(Timestamp::MAX);
    let by = SignedDuration::try_from(random_part(jitter, rng));
    on_time.checked_add(by.unwrap_or_default()).unwrap_or(on_time)
}

/// The interval, `number` times. It is exact; a sum that is rounded at each
/// step would drift.
fn times(interval: Duration, number: u64) -> Duration {
    let nanoseconds = interval.as_nanos().saturating_mul(number.into());
    let seconds = nanoseconds / 1_000_000_000;
    let rest = (nanoseconds % 1_000_000_000) as u32;
    Duration::new(u64::try_from(seconds).unwrap_or(u64::MAX), rest)
}
