//! Exercise 24: a timer that neither drifts nor catches up.
//!
//! The first argument is an interval, the others say how long each run takes,
//! all in seconds. The program prints when each run begins:
//!
//! ```console
//! $ cargo run --bin exercise24 10 3 12 35 1 1
//! 0 10 22 57 60
//! ```
//!
//! Check your work with `cargo test --test exercise24`.

/// What to do now.
enum Step {
    Run,
    /// Ask again after this many seconds.
    Wait(u64),
}

/// Follows one interval, in seconds since the start.
struct Timer {
    interval: u64,
    /// When the next run is due.
    due: u64,
}

fn main() {
    let mut numbers = std::env::args().skip(1).map(|argument| {
        argument.parse::<u64>().expect("every argument is a whole number")
    });
    let interval = numbers.next().expect("the first argument is the interval");
    let mut timer = Timer { interval, due: 0 };
    let mut now = 0;
    let mut begun = Vec::new();
    for taken in numbers {
        while let Step::Wait(seconds) = timer.step(now) {
            assert!(seconds > 0, "a wait of 0 s would never end");
            now += seconds;
        }
        begun.push(now.to_string());
        now += taken;
    }
    println!("{}", begun.join(" "));
}

impl Timer {
    /// What to do at the time `now`. A run is due at 0 and at each multiple
    /// of the interval. When one or more are due, `step` says once that it is
    /// time to run: however many were missed, one run makes up for them, and
    /// the next is due at the first multiple that lies in the future.
    fn step(&mut self, now: u64) -> Step {
        if now < self.due {
            return Step::Wait(self.due - now);
        }
        self.due = (now / self.interval + 1) * self.interval;
        Step::Run
    }
}
