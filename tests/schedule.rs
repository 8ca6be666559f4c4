//! When something runs, under clocks that the tests turn, and what never runs
//! at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use schedule::{Cron, Gate, Now, Schedule, Step, Timer, Window};
use tokio::task::JoinSet;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A moment at which the clock on the wall shows `wall`.
fn at(wall: &str) -> Now {
    Now { wall: wall.parse().expect("a timestamp"), ..Now::read() }
}

fn timer(schedule: Schedule, now: Now) -> Timer {
    Timer::new(schedule, now, Rng::with_seed(1))
}

fn cron(pattern: &str, zone: &str) -> Schedule {
    let cron = Cron::parse(pattern, Some(zone)).expect("a pattern");
    Schedule::Cron { cron, jitter: Duration::ZERO }
}

/// Waits as the timer says, and returns when it runs.
fn next(timer: &mut Timer, mut now: Now) -> Now {
    loop {
        match timer.step(now) {
            Step::Run => return now,
            Step::Wait(time) => now = now.plus(time),
        }
    }
}

/// How long the timer waits before it runs.
fn wait(timer: &mut Timer, now: Now) -> Duration {
    next(timer, now).monotonic - now.monotonic
}

#[test]
fn an_interval_never_drifts_however_late_each_run_begins() {
    let start = Now::read();
    let mut timer = timer(Schedule::every(SECOND), start);
    let mut rng = Rng::with_seed(7);
    let mut now = start;
    for number in 0..10_000_u32 {
        let run = next(&mut timer, now);
        let due = run.monotonic - start.monotonic;
        assert_eq!(due, number * SECOND, "run {number}");
        // The run itself takes a while.
        now = run.plus(SECOND.mul_f64(rng.f64() * 0.999));
    }
}

#[test]
fn jitter_puts_off_each_run_anew_and_does_not_accumulate() {
    let (interval, jitter) = (4 * HOUR, Duration::from_secs(600));
    for seed in 0..20 {
        let start = Now::read();
        let schedule = Schedule::Every { interval, jitter };
        let mut timer = Timer::new(schedule, start, Rng::with_seed(seed));
        let mut now = start;
        let mut parts = Vec::new();
        for number in 0..1_000_u32 {
            now = next(&mut timer, now);
            let due = now.monotonic - start.monotonic;
            let part = due.checked_sub(number * interval);
            let part = part.expect("never too early");
            assert!(part <= jitter, "seed {seed}: {part:?} late");
            parts.push(part);
        }
        // They are spread over the whole jitter.
        let middle = parts.iter().filter(|part| **part < jitter / 2).count();
        assert!((350..=650).contains(&middle), "seed {seed}: {middle}");
    }
}

#[test]
fn jitter_as_long_as_the_interval_skips_no_run() {
    let start = Now::read();
    let schedule = Schedule::Every { interval: SECOND, jitter: SECOND };
    let mut timer = timer(schedule, start);
    let mut now = start;
    for number in 0..1_000_u32 {
        now = next(&mut timer, now);
        let due = now.monotonic - start.monotonic;
        assert!(due >= number * SECOND, "run {number} after {due:?}");
        assert!(due <= (number + 1) * SECOND, "run {number} after {due:?}");
    }
}

#[test]
fn a_system_that_slept_runs_once_and_not_a_hundred_times() {
    let start = Now::read();
    let mut timer = timer(Schedule::every(SECOND), start);
    assert_eq!(timer.step(start), Step::Run);
    let awake = start.plus(Duration::from_millis(100_400));
    assert_eq!(timer.step(awake), Step::Run);
    let rest = Duration::from_millis(600);
    assert_eq!(timer.step(awake), Step::Wait(rest));
    assert_eq!(timer.step(awake.plus(rest)), Step::Run);
}

#[test]
fn a_run_that_takes_longer_than_the_interval_is_not_followed_at_once() {
    let start = Now::read();
    let mut timer = timer(Schedule::every(SECOND), start);
    assert_eq!(timer.step(start), Step::Run);
    for late in [1_000, 1_300, 2_000] {
        let now = start.plus(Duration::from_millis(late));
        let mut again =
            Timer::new(Schedule::every(SECOND), start, Rng::with_seed(1));
        assert_eq!(again.step(start), Step::Run);
        assert_eq!(again.step(now), Step::Run);
        let Step::Wait(rest) = again.step(now) else {
            panic!("a second run at once, {late} ms after the start");
        };
        assert_eq!((late + rest.as_millis() as u64) % 1_000, 0, "{late}");
    }
}

#[test]
fn turning_the_clock_on_the_wall_moves_no_interval() {
    let start = Now::read();
    let mut timer = timer(Schedule::every(HOUR), start);
    assert_eq!(timer.step(start), Step::Run);
    for days in [400, -400] {
        let turned = start.turned(SignedDuration::from_hours(24 * days));
        assert_eq!(timer.step(turned), Step::Wait(HOUR));
    }
}

#[test]
fn after_a_restart_an_interval_goes_on_from_the_last_run() {
    let now = Now::read();
    for (since, left) in [
        (None, Duration::ZERO),
        (Some(HOUR), 3 * HOUR),
        (Some(4 * HOUR), Duration::ZERO),
        (Some(100 * HOUR), Duration::ZERO),
    ] {
        let schedule = Schedule::every(4 * HOUR);
        let mut timer =
            Timer::after_run(schedule, since, now, Rng::with_seed(1));
        assert_eq!(timer.next_run(now), now.plus(left).wall.as_millisecond());
        assert_eq!(wait(&mut timer, now), left, "{since:?}");
        assert_eq!(wait(&mut timer, now.plus(left)), 4 * HOUR);
    }
}

#[test]
fn a_pattern_runs_when_the_clock_on_the_wall_matches() {
    let mut now = at("2026-11-24T02:00:10Z");
    let mut timer = timer(cron("0 */4 * * *", "UTC"), now);
    for wanted in
        ["2026-11-24T04:00:00Z", "2026-11-24T08:00:00Z", "2026-11-24T12:00:00Z"]
    {
        let wanted: Timestamp = wanted.parse().expect("a timestamp");
        assert_eq!(timer.next_run(now), wanted.as_millisecond());
        now = next(&mut timer, now);
        assert_eq!(now.wall, wanted);
    }
}

#[test]
fn a_pattern_is_meant_in_its_time_zone_in_winter_and_summer() {
    for (from, wanted) in [
        ("2026-01-10T00:00:00Z", "2026-01-10T03:30:00Z"),
        ("2026-07-10T00:00:00Z", "2026-07-10T02:30:00Z"),
    ] {
        let now = at(from);
        let mut timer = timer(cron("30 4 * * *", "Europe/Rome"), now);
        assert_eq!(next(&mut timer, now).wall.to_string(), wanted);
    }
}

/// In Rome, 2026-03-29 has no 02:30, and 2026-10-25 has two.
#[test]
fn a_daily_pattern_runs_once_a_day_when_the_hour_changes() {
    for from in ["2026-03-27T12:00:00Z", "2026-10-23T12:00:00Z"] {
        let mut now = at(from);
        let end = now.plus(4 * DAY).wall;
        let mut timer = timer(cron("30 2 * * *", "Europe/Rome"), now);
        let mut runs = Vec::new();
        loop {
            now = next(&mut timer, now);
            if now.wall > end {
                break;
            }
            runs.push(now.wall.to_string());
        }
        assert_eq!(runs.len(), 4, "{runs:?}");
    }
}

#[test]
fn a_pattern_with_jitter_runs_once_for_each_match_and_a_little_later() {
    let (start, jitter) = (at("2026-11-24T00:30:00Z"), HOUR / 4);
    let cron = Cron::parse("0 * * * *", Some("UTC")).expect("a pattern");
    let mut timer = timer(Schedule::Cron { cron, jitter }, start);
    let mut now = start;
    let mut whole = 0;
    for hour in 0..500_u32 {
        now = next(&mut timer, now);
        let due = start.plus(HOUR / 2 + hour * HOUR).wall;
        let late = Duration::try_from(now.wall.duration_since(due));
        let late = late.expect("never too early");
        assert!(late <= jitter, "hour {hour}: {late:?}");
        whole += u32::from(late < jitter / 2);
    }
    assert!((150..=350).contains(&whole), "{whole}");
}

#[test]
fn a_clock_that_jumps_forward_over_many_matches_runs_once() {
    let start = at("2026-11-24T02:00:10Z");
    let mut timer = timer(cron("0 * * * *", "UTC"), start);
    assert!(matches!(timer.step(start), Step::Wait(_)));
    let jumped = start.turned(SignedDuration::from_hours(24 * 100));
    assert_eq!(timer.step(jumped), Step::Run);
    let following = next(&mut timer, jumped);
    assert_eq!(following.wall.to_string(), "2027-03-04T03:00:00Z");
}

#[test]
fn a_clock_that_is_set_back_a_little_repeats_no_run() {
    let start = at("2026-11-24T03:59:00Z");
    let mut timer = timer(cron("0 4 * * *", "UTC"), start);
    let run = next(&mut timer, start);
    assert_eq!(run.wall.to_string(), "2026-11-24T04:00:00Z");
    let back = run.turned(SignedDuration::from_secs(-120));
    assert_eq!(next(&mut timer, back).wall.to_string(), "2026-11-25T04:00:00Z");
}

/// A machine starts with a clock of 2035, which is then put right.
#[test]
fn a_clock_that_was_years_ahead_does_not_stop_a_pattern_for_years() {
    let start = at("2035-01-01T00:00:00Z");
    let mut timer = timer(cron("0 4 * * *", "UTC"), start);
    assert!(matches!(timer.step(start), Step::Wait(_)));
    let right = Now {
        wall: "2026-11-24T02:00:00Z".parse().expect("a timestamp"),
        ..start
    };
    assert_eq!(
        next(&mut timer, right).wall.to_string(),
        "2026-11-24T04:00:00Z"
    );
}

#[test]
fn a_turned_clock_is_noticed_within_half_a_minute() {
    let start = at("2026-11-24T02:00:10Z");
    let mut timer = timer(cron("0 0 1 1 *", "UTC"), start);
    let Step::Wait(time) = timer.step(start) else {
        panic!("it is not New Year");
    };
    assert!(time <= Duration::from_secs(30), "{time:?}");
}

#[tokio::test(start_paused = true)]
async fn a_timer_is_waited_for_without_drift() {
    let start = Now::read();
    let mut timer = timer(Schedule::every(SECOND), start);
    for number in 0..100 {
        timer.wait().await;
        let due = Now::read().monotonic - start.monotonic;
        // Tokio's clock ticks in milliseconds.
        let late = due.checked_sub(number * SECOND).expect("not too early");
        assert!(late <= Duration::from_millis(2), "{number}: {late:?}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test]
async fn passes_share_the_gate() {
    let gate = Gate::new();
    let passes: Vec<_> = (0..1_000).map(|_| gate.pass()).collect();
    assert!(passes.iter().all(Option::is_some));
    assert_eq!(gate.paused(), None);
}

#[tokio::test(start_paused = true)]
async fn a_load_waits_for_passes_under_way_and_keeps_new_ones_out() {
    let gate = Gate::new();
    let under_way = gate.pass().expect("open");
    let loading = tokio::spawn({
        let gate = gate.clone();
        async move { gate.load("speed test running").await }
    });
    // Let it take its place in the queue.
    tokio::task::yield_now().await;
    assert!(gate.pass().is_none(), "a load waits");
    assert_eq!(gate.paused().as_deref(), Some("speed test running"));
    assert!(!loading.is_finished(), "a pass is under way");

    drop(under_way);
    let load = loading.await.expect("no panic");
    assert_eq!(gate.paused().as_deref(), Some("speed test running"));
    assert!(gate.pass().is_none(), "a load runs");

    drop(load);
    assert_eq!(gate.paused(), None);
    assert!(gate.pass().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_load_that_is_given_up_opens_the_gate_again() {
    let gate = Gate::new();
    let under_way = gate.pass().expect("open");
    let waiting = tokio::time::timeout(SECOND, gate.load("test")).await;
    assert!(waiting.is_err(), "a pass was under way");
    assert!(gate.pass().is_some(), "nobody waits any more");
    assert_eq!(gate.paused(), None);
    drop(under_way);
}

#[tokio::test(start_paused = true)]
async fn a_load_does_not_starve_among_passes_that_never_pause() {
    let gate = Gate::new();
    let mut probes = JoinSet::new();
    for probe in 0..50 {
        let gate = gate.clone();
        probes.spawn(async move {
            // At every moment some pass is under way.
            tokio::time::sleep(Duration::from_millis(20 * probe)).await;
            loop {
                let pass = gate.pass();
                tokio::time::sleep(SECOND).await;
                drop(pass);
            }
        });
    }
    tokio::time::sleep(10 * SECOND).await;
    for _ in 0..10 {
        let asked = tokio::time::Instant::now();
        let load = gate.load("test").await;
        // As long as the longest pass, and no longer.
        let waited = asked.elapsed();
        assert!(waited <= SECOND + Duration::from_millis(5), "{waited:?}");
        drop(load);
        tokio::time::sleep(3 * SECOND).await;
    }
}

/// The passes and loads under way, counted beside the gate.
#[derive(Default)]
struct UnderWay {
    passes: AtomicUsize,
    loads: AtomicUsize,
    overlapped: AtomicBool,
    passed: AtomicU64,
    loaded: AtomicU64,
}

impl UnderWay {
    fn check(&self) {
        let passes = self.passes.load(Ordering::SeqCst);
        let loads = self.loads.load(Ordering::SeqCst);
        if loads > 1 || (loads == 1 && passes > 0) {
            self.overlapped.store(true, Ordering::SeqCst);
        }
    }
}

async fn work(gate: Gate, under_way: Arc<UnderWay>, seed: u64, rounds: u32) {
    let mut rng = Rng::with_seed(seed);
    // Two in a hundred load, and more rarely than the others probe.
    let loads = seed.is_multiple_of(50);
    for _ in 0..rounds {
        let most = if loads { 60 } else { 20 };
        let nap = Duration::from_millis(rng.u64(0..most));
        tokio::time::sleep(nap).await;
        let nap = Duration::from_millis(rng.u64(0..5));
        if loads {
            // Some give up while they wait, as at a shutdown.
            let patience = Duration::from_millis(rng.u64(1..200));
            let load = tokio::time::timeout(patience, gate.load("test"));
            let Ok(load) = load.await else { continue };
            under_way.loads.fetch_add(1, Ordering::SeqCst);
            under_way.check();
            tokio::time::sleep(nap).await;
            under_way.check();
            under_way.loads.fetch_sub(1, Ordering::SeqCst);
            under_way.loaded.fetch_add(1, Ordering::SeqCst);
            drop(load);
        } else if let Some(pass) = gate.pass() {
            under_way.passes.fetch_add(1, Ordering::SeqCst);
            under_way.check();
            tokio::time::sleep(nap).await;
            under_way.check();
            under_way.passes.fetch_sub(1, Ordering::SeqCst);
            under_way.passed.fetch_add(1, Ordering::SeqCst);
            drop(pass);
        }
    }
}

async fn no_overlap(seed: u64, tasks: u64, rounds: u32) {
    let (gate, under_way) = (Gate::new(), Arc::new(UnderWay::default()));
    let mut working = JoinSet::new();
    for task in 0..tasks {
        let seed = seed * 1_000 + task;
        working.spawn(work(gate.clone(), under_way.clone(), seed, rounds));
    }
    while let Some(done) = working.join_next().await {
        done.expect("no panic");
    }
    assert!(!under_way.overlapped.load(Ordering::SeqCst), "seed {seed}");
    // The test would prove nothing if one side had never had its turn.
    let (passed, loaded) = (
        under_way.passed.load(Ordering::SeqCst),
        under_way.loaded.load(Ordering::SeqCst),
    );
    assert!(passed > 100 && loaded > 20, "{passed} passes, {loaded} loads");
    assert_eq!(gate.paused(), None);
    assert!(gate.pass().is_some(), "nothing is left locked");
}

#[tokio::test(start_paused = true)]
async fn no_pass_ever_overlaps_a_load() {
    for seed in 0..10 {
        no_overlap(seed, 100, 40).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_pass_ever_overlaps_a_load_on_several_threads() {
    no_overlap(11, 100, 40).await;
}

/// The occurrences of a window in a range, on the wall of a time zone.
fn shown(window: &Window, from: &str, to: &str, zone: &str) -> Vec<String> {
    let at = |text: &str| {
        let at: Timestamp = text.parse().expect("a timestamp");
        at.as_millisecond()
    };
    let zone = TimeZone::get(zone).expect("a zone");
    let local = |at: i64| {
        let at = Timestamp::from_millisecond(at).expect("a time");
        at.to_zoned(zone.clone()).strftime("%d %H:%M").to_string()
    };
    let found = window.occurrences(at(from), at(to), 100);
    let words = |it: &schedule::Occurrence| {
        format!("{} to {}", local(it.from), local(it.to))
    };
    found.iter().map(words).collect()
}

fn nightly(pattern: &str, hours: u32) -> Window {
    let cron = Cron::parse(pattern, Some("Europe/Rome")).expect("a pattern");
    Window::repeating(cron, hours * HOUR).expect("a window")
}

#[test]
fn a_window_that_begins_in_the_skipped_hour_begins_right_after_it() {
    // On 29 March there is no time from 02:00 to 03:00.
    let window = nightly("30 2 * * *", 1);
    let (from, to) = ("2026-03-28T00:00:00Z", "2026-03-30T12:00:00Z");
    assert_eq!(
        shown(&window, from, to, "Europe/Rome"),
        [
            "28 02:30 to 28 03:30",
            "29 03:00 to 29 04:00",
            "30 02:30 to 30 03:30"
        ]
    );
}

#[test]
fn a_window_over_the_repeated_hour_lasts_as_long_as_ever_and_comes_once() {
    // On 25 October the time from 02:00 to 03:00 comes twice.
    for (pattern, wanted) in [
        ("30 1 * * *", "25 01:30 to 25 02:30"),
        ("30 2 * * *", "25 02:30 to 25 03:30"),
    ] {
        let window = nightly(pattern, 2);
        let (from, to) = ("2026-10-24T22:00:00Z", "2026-10-25T12:00:00Z");
        assert_eq!(shown(&window, from, to, "Europe/Rome"), [wanted]);
    }
    let once = |start, end| {
        let window = Window::once(start, end, Some("Europe/Rome"));
        window.expect("a window").open_at(1_792_888_200_000)
    };
    // 00:30 in UTC: 02:30 for the first time.
    let open = once("2026-10-25 02:15", "2026-10-25 02:45").expect("open");
    let hours = (open.to - open.from) / 60_000;
    assert_eq!(hours, 90, "from the first 02:15 to the second 02:45");
}

#[test]
fn a_window_is_open_from_its_first_millisecond_to_before_its_last() {
    let window = nightly("0 2 * * *", 2);
    let two = at("2026-12-01T01:00:00Z").wall.as_millisecond();
    let four = two + 2 * 3_600_000;
    for (at, open) in [
        (two - 1, false),
        (two, true),
        (four - 1, true),
        (four, false),
        (i64::MIN, false),
        (i64::MAX, false),
    ] {
        assert_eq!(window.open_at(at).is_some(), open, "{at}");
    }
    assert_eq!(window.next(two).map(|it| it.from), Some(two + 86_400_000));
    let one = window.occurrences(two + 1, two + 2, 10);
    assert_eq!(one.len(), 1, "what is open already is among them");
    assert_eq!(window.occurrences(four, four + 1, 10), []);
    assert_eq!(window.occurrences(two, i64::MAX, 7).len(), 7);
}

#[test]
fn a_window_that_makes_no_sense_is_refused_in_words() {
    let once = |start, end| Window::once(start, end, Some("UTC"));
    for (made, said) in [
        (once("2026-12-01 22:00", "2026-12-01 21:00"), "ends before"),
        (once("tomorrow", "2026-12-01 21:00"), "`tomorrow` is no time"),
        (once("2026-01-01 00:00", "2028-01-01 00:00"), "longer than 366"),
        (Window::once("", "", Some("Atlantis")), "not a time zone"),
        (Window::between(-1, 5), "no time"),
        (Window::between(5, 5), "ends before"),
    ] {
        let refused = made.expect_err(said).to_string();
        assert!(refused.contains(said), "{refused}");
    }
}
