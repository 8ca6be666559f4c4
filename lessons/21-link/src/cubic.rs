//! How much may be on its way: the congestion window.

use std::time::Duration;

/// Segments that may be on their way at first (RFC 6928, section 2).
const INITIAL: f64 = 10.0;
/// How steeply the cubic function grows (RFC 9438, section 5).
const C: f64 = 0.4;
/// What is left of the window after a loss (RFC 9438, section 4.6).
const BETA: f64 = 0.7;

/// How many segments may be on their way: slow start as in RFC 5681, section
/// 3.1, then CUBIC as in RFC 9438, section 4.
#[derive(Debug)]
pub(crate) struct CongestionWindow {
    /// Segments.
    size: f64,
    /// A window below it is in slow start, ssthresh.
    threshold: f64,
    /// The window before its last reduction, W_max.
    w_max: f64,
    /// Growth by the cubic function, once it has begun.
    epoch: Option<Epoch>,
}

#[derive(Debug)]
struct Epoch {
    start: Duration,
    /// Seconds from the start until the window is at `w_max` again, K.
    k: f64,
    /// The window that Reno would have, W_est.
    w_est: f64,
}

impl CongestionWindow {
    pub fn new() -> CongestionWindow {
        CongestionWindow {
            size: INITIAL,
            threshold: f64::INFINITY,
            w_max: 0.0,
            epoch: None,
        }
    }

    /// In whole segments.
    pub fn segments(&self) -> usize {
        self.size as usize
    }

    // ANCHOR: grow
    /// Of `flight` segments on their way `acknowledged` have arrived. A window
    /// that was not used does not grow (RFC 9438, section 4.2).
    pub fn grow(
        &mut self,
        acknowledged: usize,
        flight: usize,
        round_trip: Duration,
        now: Duration,
    ) {
        let (acknowledged, flight) = (acknowledged as f64, flight as f64);
        if self.size < self.threshold {
            if self.size < 2.0 * flight {
                self.size += acknowledged;
            }
            return;
        }
        // ANCHOR_END: grow
        if self.size > flight + acknowledged + 1.0 {
            self.epoch = None;
            return;
        }
        let (size, w_max) = (self.size, self.w_max);
        let epoch = self.epoch.get_or_insert_with(|| Epoch {
            start: now,
            k: ((w_max - size).max(0.0) / C).cbrt(),
            w_est: size,
        });

        // Where the cubic function will be in one round trip.
        let time = (now + round_trip).saturating_sub(epoch.start);
        let from_k = time.as_secs_f64() - epoch.k;
        let target = C * from_k.powi(3) + w_max.max(size);
        let target = target.clamp(size, 1.5 * size);
        self.size += acknowledged * (target - size) / size;

        // On short round trips Reno is quicker; CUBIC is never slower.
        let alpha = match epoch.w_est < w_max {
            true => 3.0 * (1.0 - BETA) / (1.0 + BETA),
            false => 1.0,
        };
        epoch.w_est += alpha * acknowledged / size;
        self.size = self.size.max(epoch.w_est);
    }

    /// Something was lost; called once for all that was on its way.
    pub fn shrink(&mut self) {
        // A flow that shrinks below its last peak leaves room for newcomers.
        self.w_max = match self.size < self.w_max {
            true => self.size * (1.0 + BETA) / 2.0,
            false => self.size,
        };
        self.size = (self.size * BETA).max(2.0);
        self.threshold = self.size;
        self.epoch = None;
    }

    /// Nothing was sent for long: the window begins anew (RFC 5681, section
    /// 4.1).
    pub fn restart_after_idle(&mut self) {
        self.threshold = self.threshold.max(0.75 * self.size);
        self.size = self.size.min(INITIAL);
        self.epoch = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND_TRIP: Duration = Duration::from_millis(40);

    /// A round trip in which all that may be sent arrives.
    fn round(window: &mut CongestionWindow, number: u32) {
        let flight = window.segments();
        let now = number * ROUND_TRIP;
        for _ in 0..flight {
            window.grow(1, flight, ROUND_TRIP, now);
        }
    }

    #[test]
    fn slow_start_doubles_from_ten_each_round_trip() {
        let mut window = CongestionWindow::new();
        let mut sizes = Vec::new();
        for number in 0..4 {
            sizes.push(window.segments());
            round(&mut window, number);
        }
        assert_eq!(sizes, [10, 20, 40, 80]);
    }

    #[test]
    fn a_window_that_is_not_used_does_not_grow() {
        let mut window = CongestionWindow::new();
        window.grow(4, 4, ROUND_TRIP, ROUND_TRIP);
        assert_eq!(window.segments(), 10);
    }

    #[test]
    fn a_loss_takes_three_tenths_and_cubic_growth_brings_them_back() {
        let mut window = CongestionWindow::new();
        for number in 0..5 {
            round(&mut window, number);
        }
        assert_eq!(window.segments(), 320);
        window.shrink();
        assert_eq!(window.segments(), 224);

        // K = cbrt(320 × 0.3 / 0.4) = 6.2 s, or 155 round trips.
        let back = (5..)
            .find(|number| {
                round(&mut window, *number);
                window.segments() >= 319
            })
            .expect("it grows");
        assert!((100..=165).contains(&back), "after {back} round trips");
    }

    #[test]
    fn on_a_short_round_trip_it_grows_no_slower_than_reno() {
        let mut window = CongestionWindow::new();
        window.shrink();
        let before = window.segments();
        for number in 0..40 {
            round(&mut window, number);
        }
        // Reno: at least 0.53 segments a round trip.
        assert!(window.segments() >= before + 20, "{}", window.segments());
    }

    #[test]
    fn after_a_rest_it_begins_with_ten_again() {
        let mut window = CongestionWindow::new();
        round(&mut window, 0);
        window.restart_after_idle();
        assert_eq!(window.segments(), 10);
    }
}
