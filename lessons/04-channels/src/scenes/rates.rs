//! What it costs to hand one message from a thread to another.

use std::{sync::mpsc, thread, time::Instant};

use crossbeam_channel as crossbeam;

use super::python;

const MESSAGES: u32 = 1_000_000;

// ANCHOR: rates
pub fn play() {
    println!("{:<30}{:>12}{:>12}", "kind", "a hand-off", "a second");

    let (tx, rx) = mpsc::channel();
    let seconds = hand_off(MESSAGES, |n| tx.send(n).is_ok(), || rx.recv().ok());
    print_row("std channel", seconds);

    let (tx, rx) = mpsc::sync_channel(1000);
    let seconds = hand_off(MESSAGES, |n| tx.send(n).is_ok(), || rx.recv().ok());
    print_row("std sync_channel(1000)", seconds);

    let (tx, rx) = crossbeam::unbounded();
    let seconds = hand_off(MESSAGES, |n| tx.send(n).is_ok(), || rx.recv().ok());
    print_row("crossbeam unbounded", seconds);

    let (tx, rx) = crossbeam::bounded(1000);
    let seconds = hand_off(MESSAGES, |n| tx.send(n).is_ok(), || rx.recv().ok());
    print_row("crossbeam bounded(1000)", seconds);

    // A hand-over from hand to hand is a thousand times slower.
    let (tx, rx) = crossbeam::bounded(0);
    let seconds = hand_off(20_000, |n| tx.send(n).is_ok(), || rx.recv().ok());
    print_row("crossbeam bounded(0)", seconds);

    python::measure(print_row);
}

/// One thread sends `count` numbers, another receives them. Returns the seconds
/// for one number, the best of three runs: the other two were disturbed.
fn hand_off(
    count: u32,
    send: impl Fn(u32) -> bool + Sync,
    receive: impl Fn() -> Option<u32>,
) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..3 {
        let began = Instant::now();
        thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..count {
                    assert!(send(n), "the receiver is here");
                }
            });
            for n in 0..count {
                assert_eq!(receive(), Some(n), "in order, and none is lost");
            }
        });
        best = best.min(began.elapsed().as_secs_f64() / f64::from(count));
    }
    best
}
// ANCHOR_END: rates

fn print_row(kind: &str, seconds: f64) {
    let (ns, millions) = (seconds * 1e9, 1e-6 / seconds);
    println!("{kind:<30}{ns:>9.0} ns{millions:>8.2} M/s");
}
