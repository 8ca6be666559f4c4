//! What it costs to hand one message from a thread to another.

use std::{sync::mpsc, thread, time::Instant};

use crossbeam_channel as crossbeam;

use crate::python;

type Seconds = f64;
type Kind = (&'static str, fn() -> Seconds);

// ANCHOR: rates
pub fn play() {
    println!("{:<30}{:>12}{:>12}", "kind", "a hand-off", "a second");
    let kinds: [Kind; 5] = [
        ("std channel", || {
            let (sender, receiver) = mpsc::channel();
            hand_off(1_000_000, |n| sender.send(n).is_ok(), || receiver.recv())
        }),
        ("std sync_channel(1000)", || {
            let (sender, receiver) = mpsc::sync_channel(1000);
            hand_off(1_000_000, |n| sender.send(n).is_ok(), || receiver.recv())
        }),
        ("crossbeam unbounded", || {
            let (sender, receiver) = crossbeam::unbounded();
            hand_off(1_000_000, |n| sender.send(n).is_ok(), || receiver.recv())
        }),
        ("crossbeam bounded(1000)", || {
            let (sender, receiver) = crossbeam::bounded(1000);
            hand_off(1_000_000, |n| sender.send(n).is_ok(), || receiver.recv())
        }),
        ("crossbeam bounded(0)", || {
            let (sender, receiver) = crossbeam::bounded(0);
            hand_off(20_000, |n| sender.send(n).is_ok(), || receiver.recv())
        }),
    ];
    for (kind, measure) in kinds {
        // The best of three: the other two were disturbed.
        row(kind, (0..3).map(|_| measure()).fold(f64::MAX, f64::min));
    }
    python::measure(row);
}

/// One thread sends `count` numbers, another receives them: seconds for one.
fn hand_off<E>(
    count: u32,
    send: impl Fn(u32) -> bool + Send,
    receive: impl Fn() -> Result<u32, E>,
) -> Seconds {
    let began = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| (0..count).all(send));
        let received = (0..count).all(|n| receive().is_ok_and(|it| it == n));
        assert!(received, "a channel keeps the order and loses nothing");
    });
    began.elapsed().as_secs_f64() / f64::from(count)
}
// ANCHOR_END: rates

fn row(kind: &str, seconds: Seconds) {
    let (time, rate) = (seconds * 1e9, 1e-6 / seconds);
    println!("{kind:<30}{time:>9.0} ns{rate:>8.2} M/s");
}
