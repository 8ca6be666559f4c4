//! What a probe has measured and not sent yet: a queue on its disk.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use daemon::Lock;
use history::Sample;
use job_queue::{Claim, LARGEST_PAYLOAD, NewJob, Queue};
use serde::{Deserialize, Serialize};

use crate::{Batch, Error, Result};

/// The file of the queue.
const FILE: &str = "queue.db";
/// The file with the queue's name.
const NAME: &str = "queue-name";
/// The file that is locked while a probe has the folder.
const LOCK: &str = "probe.lock";
/// As whom the sender takes batches out of the queue.
const SENDER: &str = "sender";
/// For how long a claim is good: the sender gives back what it holds, and the
/// next start frees what a killed one held.
const LEASE: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// The most that is sent at once, in bytes of the queue.
const MOST_BYTES: usize = 512 * 1024;
/// The most batches that are sent at once.
const MOST_BATCHES: usize = 256;

/// A queue of batches on the disk. What was put in stays until the monitor has
/// said that it has it.
pub struct Unsent {
    queue: Arc<dyn Queue>,
    name: String,
    _lock: Lock,
}

/// A batch as it lies in the queue; its number is that of its job.
#[derive(Serialize, Deserialize)]
struct Kept {
    clock_error_ms: Option<i64>,
    samples: Vec<Sample>,
}

/// The first batches of the queue, in the hands of the sender.
pub struct Taken {
    claims: Vec<Claim>,
    /// The batches, in order.
    pub batches: Vec<Batch>,
}

impl Unsent {
    // ANCHOR: open
    /// Opens the queue in a folder, or makes it, for one probe alone. What an
    /// earlier probe was sending when it was killed is at the front again.
    ///
    /// # Errors
    /// Another probe has the folder, or the queue cannot be used.
    pub fn open(folder: &Path) -> Result<Unsent> {
        let lock = Lock::take(&folder.join(LOCK))?;
        let file = folder.join(FILE);
        // Batches are counted from 1 in each queue. A new queue needs a new
        // name, or the monitor would take its batches for old ones.
        let path = folder.join(NAME);
        if !file.exists() {
            write_name(&path).map_err(|error| Error::at(&path, error))?;
        }
        let name = fs::read_to_string(&path)
            .map_err(|error| Error::at(&path, error))?;
        let queue =
            job_queue::open(&format!("sqlite:{}", file.display()), "unsent")?;
        queue.declare_dead(SENDER)?;
        Ok(Unsent { queue, name: name.trim().to_owned(), _lock: lock })
    }
    // ANCHOR_END: open

    /// What tells this queue from every other.
    pub fn name(&self) -> &str {
        &self.name
    }

    // ANCHOR: keep
    /// Puts samples at the end of the queue. When this returns they are on the
    /// disk, and neither a kill nor a power cut takes them back.
    ///
    /// # Errors
    /// The disk is full or fails. Then none of them is in the queue.
    pub fn keep(
        &self,
        clock_error_ms: Option<i64>,
        samples: Vec<Sample>,
    ) -> Result<()> {
        let mut jobs = Vec::new();
        for payload in payloads(Kept { clock_error_ms, samples })? {
            // A batch is never given up, however often a sender was killed.
            jobs.push(NewJob::new(payload).max_attempts(u32::MAX));
        }
        self.queue.enqueue_all(jobs)?;
        Ok(())
    }
    // ANCHOR_END: keep

    // ANCHOR: take
    /// Takes the first batches, as many as are sent at once. Waits for one, at
    /// most for this long; then there may be none.
    ///
    /// # Errors
    /// The queue cannot be read.
    pub fn take(&self, wait: Duration) -> Result<Taken> {
        let mut taken = Taken { claims: Vec::new(), batches: Vec::new() };
        let (mut bytes, mut wait) = (0, wait);
        while bytes < MOST_BYTES && taken.batches.len() < MOST_BATCHES {
            let Some(claim) = self.queue.claim(SENDER, LEASE, wait)? else {
                break;
            };
            bytes += claim.job.payload.len();
            let Kept { clock_error_ms, samples } =
                serde_json::from_str(&claim.job.payload)?;
            let number = claim.job.id.0;
            taken.batches.push(Batch { number, clock_error_ms, samples });
            taken.claims.push(claim);
            // Only the first is waited for.
            wait = Duration::ZERO;
        }
        Ok(taken)
    }
    // ANCHOR_END: take

    /// Forgets batches: the monitor has them.
    ///
    /// # Errors
    /// The queue cannot be written. They will be sent once more then, and the
    /// monitor knows their numbers.
    pub fn sent(&self, taken: Taken) -> Result<()> {
        for claim in taken.claims {
            self.queue.complete(claim, "")?;
        }
        self.queue.forget_finished(Duration::ZERO)?;
        Ok(())
    }

    /// Gives batches back, to the front of the queue.
    ///
    /// # Errors
    /// The queue cannot be written.
    pub fn give_back(&self, taken: Taken, why: &str) -> Result<()> {
        for claim in taken.claims {
            self.queue.hand_back(claim, why)?;
        }
        Ok(())
    }

    /// How many batches are in the queue: these, and those behind them.
    ///
    /// # Errors
    /// The queue cannot be read.
    pub fn waiting(&self, taken: &Taken) -> Result<u64> {
        let Some(first) = taken.batches.first() else { return Ok(0) };
        let newest = self.queue.jobs(1)?;
        let last = newest.first().map_or(first.number, |job| job.id.0);
        // Numbers have no gaps, and the first is where the queue begins.
        Ok((last + 1).saturating_sub(first.number))
    }
}

/// The payloads of one batch, or of several where it is too large for one.
fn payloads(kept: Kept) -> Result<Vec<String>> {
    let payload = serde_json::to_string(&kept)?;
    if payload.len() <= LARGEST_PAYLOAD {
        return Ok(vec![payload]);
    }
    let Kept { clock_error_ms, mut samples } = kept;
    if samples.len() < 2 {
        return Err(Error::SampleTooLarge);
    }
    let second = samples.split_off(samples.len() / 2);
    let mut payloads = payloads(Kept { clock_error_ms, samples })?;
    let second = Kept { clock_error_ms, samples: second };
    payloads.extend(self::payloads(second)?);
    Ok(payloads)
}

/// Writes a name that no other queue has. It is there whole, or not at all.
fn write_name(path: &Path) -> io::Result<()> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let name: String =
        random.iter().map(|byte| format!("{byte:02x}")).collect();
    let unfinished = path.with_extension("unfinished");
    let mut file = File::create(&unfinished)?;
    file.write_all(name.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(numbers: std::ops::Range<i64>) -> Vec<Sample> {
        numbers.map(|at| Sample::new(at, "ping", "a", Some(1.0))).collect()
    }

    fn times(taken: &Taken) -> Vec<i64> {
        let batches = taken.batches.iter();
        let samples = batches.flat_map(|batch| &batch.samples);
        samples.map(|sample| sample.at).collect()
    }

    #[test]
    fn what_a_killed_sender_held_is_at_the_front_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let unsent = Unsent::open(folder.path()).expect("opened");
        let name = unsent.name().to_owned();
        unsent.keep(None, samples(0..2)).expect("kept");
        unsent.keep(Some(5), samples(2..3)).expect("kept");
        let taken = unsent.take(Duration::ZERO).expect("read");
        assert_eq!(times(&taken), [0, 1, 2]);
        // Killed: nobody says how it went.
        drop((taken, unsent));
        let unsent = Unsent::open(folder.path()).expect("opened again");
        assert_eq!(unsent.name(), name);
        unsent.keep(None, samples(3..4)).expect("kept");
        let taken = unsent.take(Duration::ZERO).expect("read");
        assert_eq!(unsent.waiting(&taken).expect("counted"), 3);
        assert_eq!(times(&taken), [0, 1, 2, 3]);
        let numbers: Vec<u64> =
            taken.batches.iter().map(|batch| batch.number).collect();
        assert!(numbers.is_sorted(), "{numbers:?}");
        assert_eq!(taken.batches[1].clock_error_ms, Some(5));
        unsent.sent(taken).expect("forgotten");
        let taken = unsent.take(Duration::ZERO).expect("read");
        assert!(taken.batches.is_empty());
    }

    #[test]
    fn what_is_given_back_is_taken_in_the_same_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let unsent = Unsent::open(folder.path()).expect("opened");
        for at in 0..5 {
            unsent.keep(None, samples(at..at + 1)).expect("kept");
        }
        let taken = unsent.take(Duration::ZERO).expect("read");
        unsent.give_back(taken, "no line").expect("given back");
        let taken = unsent.take(Duration::ZERO).expect("read");
        assert_eq!(times(&taken), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn many_samples_become_several_batches() {
        let folder = tempfile::tempdir().expect("a folder");
        let unsent = Unsent::open(folder.path()).expect("opened");
        unsent.keep(None, samples(0..3_000)).expect("kept");
        let taken = unsent.take(Duration::ZERO).expect("read");
        assert!(taken.batches.len() > 1);
        assert_eq!(times(&taken), (0..3_000).collect::<Vec<_>>());
    }

    #[test]
    fn a_second_probe_is_kept_out_of_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let _unsent = Unsent::open(folder.path()).expect("opened");
        let error = Unsent::open(folder.path()).err().expect("refused");
        assert!(error.to_string().contains("is held by"), "{error}");
    }
}
