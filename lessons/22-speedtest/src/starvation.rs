//! Whether this machine had time to measure.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long the thread sleeps each time.
const NAP: Duration = Duration::from_millis(10);
/// A sleep that ends later than this was held up ...
const LATE: Duration = Duration::from_millis(200);
/// ... and all sleeps together, when they were late for this part of the time.
const LATE_PART: f64 = 0.2;
/// A machine is busy when some program waits for a processor for this part of
/// the time (`Documentation/accounting/psi.rst` of the Linux kernel).
const BUSY_PART: f64 = 0.6;

/// Watches whether the processor is given to a program that wants it.
///
/// A measurement on a machine with other work finds the machine, not the
/// network. A thread sleeps for 10 ms, over and over, and notes how late it
/// wakes. Linux besides counts the time in which some program had to wait for
/// a processor (`/proc/pressure/cpu`).
///
/// ```
/// use speedtest::Starvation;
///
/// let watch = Starvation::watch();
/// // ... measure, and then:
/// if let Some(reason) = watch.reason() {
///     eprintln!("not measured: {reason}");
/// }
/// ```
#[derive(Debug)]
pub struct Starvation {
    begun: Instant,
    pressure: Option<Duration>,
    lateness: Arc<Lateness>,
}

#[derive(Debug, Default)]
struct Lateness {
    stopping: AtomicBool,
    /// Of all sleeps together, and of the worst one.
    late: Mutex<(Duration, Duration)>,
}

impl Starvation {
    /// Begins to watch, until it is dropped.
    #[must_use]
    pub fn watch() -> Starvation {
        let lateness = Arc::new(Lateness::default());
        let watched = lateness.clone();
        // Without a thread there is still the pressure.
        let _ = thread::Builder::new()
            .name("starvation".to_owned())
            .spawn(move || watched.watch());
        Starvation { begun: Instant::now(), pressure: pressure(), lateness }
    }

    /// Why a figure that was measured meanwhile says little, in words: `None`
    /// when the machine had time. On a machine where the measured program
    /// itself needs every processor, as over loopback, that is a reason, too.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let late = self.lateness.late.lock();
        let (sum, worst) = *late.unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .pressure
            .zip(pressure())
            .map(|(before, now)| now.saturating_sub(before));
        judge(self.begun.elapsed(), sum, worst, waited)
    }
}

impl Drop for Starvation {
    fn drop(&mut self) {
        self.lateness.stopping.store(true, Relaxed);
    }
}

impl Lateness {
    fn watch(&self) {
        while !self.stopping.load(Relaxed) {
            let begun = Instant::now();
            thread::sleep(NAP);
            let late = begun.elapsed().saturating_sub(NAP);
            let mut sum =
                self.late.lock().unwrap_or_else(PoisonError::into_inner);
            sum.0 += late;
            sum.1 = sum.1.max(late);
        }
    }
}

/// The time since the machine's start in which some program waited for a
/// processor; `None` where the system does not count it.
fn pressure() -> Option<Duration> {
    total(&fs::read_to_string("/proc/pressure/cpu").ok()?)
}

/// The `total` of the first line, in microseconds.
fn total(pressure: &str) -> Option<Duration> {
    let line = pressure.lines().find(|line| line.starts_with("some "))?;
    let (_, total) = line.split_once("total=")?;
    total.trim().parse().ok().map(Duration::from_micros)
}

fn judge(
    time: Duration,
    late: Duration,
    worst: Duration,
    waited: Option<Duration>,
) -> Option<String> {
    let part = |of: Duration| of.as_secs_f64() / time.as_secs_f64().max(0.001);
    if worst > LATE {
        let ms = worst.as_millis();
        return Some(format!("this machine gave it no processor for {ms} ms"));
    }
    if part(late) > LATE_PART {
        let percent = part(late) * 100.0;
        return Some(format!(
            "this machine gave it the processor late, {percent:.0} % of the \
             time"
        ));
    }
    let percent = part(waited?) * 100.0;
    (percent > BUSY_PART * 100.0).then(|| {
        format!(
            "this machine is busy: programs waited for a processor {:.0} % \
             of the time",
            percent.min(100.0)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_machine_that_has_time_is_no_reason() {
        let judged = judge(1000 * MS, 50 * MS, 10 * MS, Some(100 * MS));
        assert_eq!(judged, None);
        assert_eq!(judge(1000 * MS, 50 * MS, 10 * MS, None), None);
    }

    #[test]
    fn a_thread_that_wakes_late_is_a_reason() {
        let long = judge(9000 * MS, 300 * MS, 250 * MS, None);
        let long = long.expect("a reason");
        assert!(long.ends_with("no processor for 250 ms"), "{long}");
        let often = judge(1000 * MS, 300 * MS, 9 * MS, None);
        let often = often.expect("a reason");
        assert!(often.ends_with("late, 30 % of the time"), "{often}");
    }

    #[test]
    fn other_programs_that_wait_are_a_reason() {
        let busy = judge(1000 * MS, MS, MS, Some(900 * MS));
        let busy = busy.expect("a reason");
        assert!(busy.contains("90 % of the time"), "{busy}");
    }

    #[test]
    fn the_pressure_is_read_as_linux_writes_it() {
        let text = "some avg10=1.00 avg60=2.00 avg300=3.00 total=1500000\n\
                    full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
        assert_eq!(total(text), Some(1500 * MS));
        assert_eq!(total(""), None);
    }
}
