//! Exercise 29: nothing twice.
//!
//! A probe sends its batches until somebody says that they have arrived. When
//! that answer gets lost, it sends them again. Complete `take`, so that each
//! batch is in the history once, and at the right time. Then ask whether it is
//! right:
//!
//!     cargo test --test exercise29

/// What the monitor has on its disk.
#[derive(Debug, Default)]
struct History {
    /// When each sample was measured by the monitor's clock, in seconds, and
    /// the round trip in milliseconds.
    samples: Vec<(i64, f64)>,
    /// The queues that were heard of, each with its last batch that was taken.
    last: Vec<(&'static str, u64)>,
}

/// What a probe sends.
struct Delivery {
    /// The name of the queue on the probe's disk. Another queue counts from 1
    /// again.
    queue: &'static str,
    /// How many seconds the probe's clock is ahead of the monitor's.
    clock_error: i64,
    /// The batches, in the order of their numbers: each with its samples, which
    /// have the times of the probe's clock.
    batches: Vec<(u64, Vec<(i64, f64)>)>,
}

fn main() {
    let deliveries = [
        // The probe's clock is ten seconds ahead.
        Delivery {
            queue: "a",
            clock_error: 10,
            batches: vec![(1, vec![(110, 1.1), (111, 1.2)])],
        },
        // Our answer got lost. Meanwhile the probe has measured more.
        Delivery {
            queue: "a",
            clock_error: 10,
            batches: vec![
                (1, vec![(110, 1.1), (111, 1.2)]),
                (2, vec![(112, 1.3)]),
                (3, vec![(113, 1.4), (114, 1.5)]),
            ],
        },
        // And once more.
        Delivery {
            queue: "a",
            clock_error: 10,
            batches: vec![(3, vec![(113, 1.4), (114, 1.5)])],
        },
        // The probe has a new disk, and its clock is right now.
        Delivery {
            queue: "b",
            clock_error: 0,
            batches: vec![(1, vec![(105, 1.6)])],
        },
    ];
    let mut history = History::default();
    for delivery in deliveries {
        let taken = take(&mut history, &delivery);
        println!("queue {}: taken up to batch {taken}", delivery.queue);
    }
    for (at, milliseconds) in history.samples {
        println!("{at} s: {milliseconds} ms");
    }
}

/// Takes what is new of a delivery, and returns the number of the last batch of
/// its queue that is taken. A sample gets the time of the monitor's clock.
fn take(history: &mut History, delivery: &Delivery) -> u64 {
    todo!(
        "of {} batches of the queue {}, whose clock is {} s ahead, take those \
         that are new; {:?} are known",
        delivery.batches.len(),
        delivery.queue,
        delivery.clock_error,
        history.last
    )
}
