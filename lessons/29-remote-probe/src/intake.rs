//! The monitor's side: takes what probes send, each batch once.

use std::sync::{Arc, Mutex, PoisonError};

use history::{History, Sample};
use serde::{Deserialize, Serialize};

use crate::{Batch, Delivery, Result};

/// The longest name of a target, in characters.
const LONGEST_NAME: usize = 64;
/// The longest words about a failure that are kept, in characters.
const LONGEST_WORDS: usize = 300;
/// How many queues of one place are remembered: a place has one, and another
/// after its disk was replaced.
const QUEUES: usize = 8;

/// The metrics that a probe may send.
const METRICS: [&str; 3] = ["ping", "check", "certificate"];

/// Takes deliveries into a history. Clones share it.
#[derive(Clone)]
pub struct Intake {
    history: Arc<History>,
    /// One delivery at a time: one that is sent again because its answer got
    /// lost must not overtake itself.
    turn: Arc<Mutex<()>>,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The number of the last batch of the queue that the monitor has.
    pub taken: u64,
    /// The samples that were new, under their names and with the times of the
    /// monitor's clock.
    pub samples: Vec<Sample>,
}

/// What the history remembers of a place: for each of its queues the last
/// batch that was taken, the queue that was heard of last at the end.
#[derive(Default, Serialize, Deserialize)]
struct Memory(Vec<(String, u64)>);

/// The name under which the history keeps what a place measures of a target:
/// `target@place`.
pub fn series(target: &str, place: &str) -> String {
    format!("{target}@{place}")
}

impl Intake {
    /// Takes deliveries into this history.
    pub fn new(history: Arc<History>) -> Intake {
        Intake { history, turn: Arc::default() }
    }

    // ANCHOR: take
    /// Takes what is new of a delivery. When this returns, it survives a power
    /// cut, and so does the memory that it was taken: both are one transaction.
    ///
    /// # Errors
    /// The history cannot be written. Then nothing was taken.
    pub fn take(&self, place: &str, delivery: Delivery) -> Result<Accepted> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("place {place}");
        let mut memory = match self.history.state(&key)? {
            Some(text) => serde_json::from_str(&text)?,
            None => Memory::default(),
        };
        let mut taken = memory.last(&delivery.queue);
        let mut samples = Vec::new();
        for batch in delivery.batches {
            // One that comes again: the probe was killed, or the line was cut,
            // before our answer had arrived.
            if batch.number <= taken {
                continue;
            }
            taken = batch.number;
            samples.extend(corrected(batch, delivery.clock_error_ms, place));
        }
        if !samples.is_empty() || taken > memory.last(&delivery.queue) {
            memory.set(&delivery.queue, taken);
            let memory = serde_json::to_string(&memory)?;
            self.history.record_late(&samples, &key, &memory)?;
        }
        Ok(Accepted { taken, samples })
    }
    // ANCHOR_END: take
}

impl Memory {
    fn last(&self, queue: &str) -> u64 {
        let found = self.0.iter().find(|(name, _)| name == queue);
        found.map_or(0, |(_, last)| *last)
    }

    fn set(&mut self, queue: &str, last: u64) {
        self.0.retain(|(name, _)| name != queue);
        self.0.push((queue.to_owned(), last));
        if self.0.len() > QUEUES {
            self.0.remove(0);
        }
    }
}

// ANCHOR: corrected
/// A batch's samples by the monitor's clock. A batch that was measured when
/// the probe did not know its error has the one that it knows now.
fn corrected(
    batch: Batch,
    clock_error_now: Option<i64>,
    place: &str,
) -> Vec<Sample> {
    let error = batch.clock_error_ms.or(clock_error_now).unwrap_or(0);
    let mut samples = Vec::new();
    for sample in batch.samples {
        if is_sound(&sample) {
            samples.push(Sample {
                at: sample.at.saturating_sub(error),
                target: series(&sample.target, place),
                error: sample.error.as_deref().map(words),
                ..sample
            });
        }
    }
    samples
}
// ANCHOR_END: corrected

/// Whether a probe may send this: it says nothing of another place, and not
/// what a speed test has found.
fn is_sound(sample: &Sample) -> bool {
    let name = &sample.target;
    METRICS.contains(&sample.metric.as_str())
        && !name.is_empty()
        && !name.contains('@')
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(safe_text::breaks_a_line)
}

/// Words of another machine, on one line and of bounded length.
fn words(text: &str) -> String {
    let letters = text.chars().take(LONGEST_WORDS);
    letters
        .map(|letter| match safe_text::breaks_a_line(letter) {
            true => ' ',
            false => letter,
        })
        .collect()
}
