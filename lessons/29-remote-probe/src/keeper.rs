//! The keeper: takes what a probe measures, and puts it into the queue.

use std::sync::Arc;
use std::time::Duration;

use history::Sample;
use schedule::Now;
use tokio::sync::mpsc::Receiver;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::sender::lock;
use crate::{SharedClock, Unsent};

/// How long a sample waits for others, to be written with them. What a kill
/// takes is what came in this time: nobody had seen it.
const GATHER: Duration = Duration::from_millis(100);
/// The most samples in one write.
const MOST: usize = 2_048;
/// How long to wait before a disk that failed is tried again.
const AGAIN: Duration = Duration::from_secs(1);

// ANCHOR: keep
/// Writes what is measured, until nobody measures any more. `news` is told
/// when the disk fails, and once it does not any more.
pub async fn keep(
    unsent: Arc<Unsent>,
    clock: SharedClock,
    mut measured: Receiver<Sample>,
    news: impl Fn(Option<&str>),
) {
    let mut samples = Vec::new();
    while measured.recv_many(&mut samples, MOST).await > 0 {
        // Those that come together are one batch.
        let _ = timeout(GATHER, async {
            while samples.len() < MOST
                && measured.recv_many(&mut samples, MOST).await > 0
            {
            }
        })
        .await;
        let error = lock(&clock).milliseconds(Now::read());
        let mut failed = false;
        while let Err(words) = write(&unsent, error, &samples).await {
            // Meanwhile the probes wait, as those of a monitor do.
            if !failed {
                news(Some(&words));
            }
            failed = true;
            sleep(AGAIN).await;
        }
        if failed {
            news(None);
        }
        samples.clear();
    }
}
// ANCHOR_END: keep

async fn write(
    unsent: &Arc<Unsent>,
    error: Option<i64>,
    samples: &[Sample],
) -> Result<(), String> {
    let (unsent, samples) = (unsent.clone(), samples.to_vec());
    match spawn_blocking(move || unsent.keep(error, samples)).await {
        Ok(written) => written.map_err(|error| error.to_string()),
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}
