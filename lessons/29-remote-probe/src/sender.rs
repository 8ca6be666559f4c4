//! The sender: empties the queue towards the monitor, whenever the line is up.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use schedule::Now;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::{ClockError, Delivery, MonitorClient, Receipt, Result, Unsent};

/// How long one look into the queue waits for a batch. A probe that ends waits
/// for no more than that.
const LOOK: Duration = Duration::from_millis(500);
/// The pause after a first failure; it doubles with each further one.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest pause. So much later than the line the data is there again.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What a probe knows of its monitor's clock, shared by all who talk to it.
pub type SharedClock = Arc<Mutex<ClockError>>;

/// Sends what is in the queue, batch after batch, until it is dropped.
///
/// `news` is told of each change: the words of a failure when it is another
/// one than before, and nothing once the line is up again.
///
/// # Errors
/// The queue on the disk cannot be used.
pub async fn send(
    unsent: Arc<Unsent>,
    monitor: MonitorClient,
    clock: SharedClock,
    news: impl Fn(Option<&str>),
) -> Result<()> {
    let mut trouble: Option<String> = None;
    loop {
        let queue = unsent.clone();
        let taken = blocking(move || queue.take(LOOK)).await?;
        if taken.batches.is_empty() {
            continue;
        }
        let mut delivery = Delivery {
            queue: unsent.name().to_owned(),
            waiting: unsent.waiting(&taken)?,
            clock_error_ms: None,
            batches: taken.batches.clone(),
        };
        // ANCHOR: send
        // The same batches again and again, until the monitor has them: those
        // behind them would have to wait anyway.
        let mut pause = PAUSE;
        loop {
            delivery.clock_error_ms = lock(&clock).milliseconds(Now::read());
            let last = delivery.batches.last().map_or(0, |it| it.number);
            match monitor.deliver(&delivery).await {
                Ok(answer) if answer.said.taken >= last => {
                    let Receipt { clock: monitors, .. } = answer.said;
                    answer.set(&mut lock(&clock), monitors);
                    break;
                }
                Ok(answer) => {
                    // A monitor that was set back to an older backup.
                    let Receipt { taken, .. } = answer.said;
                    tracing::warn!("the monitor has taken {taken} of {last}");
                }
                Err(words) => {
                    if trouble.as_ref() != Some(&words) {
                        news(Some(&words));
                        trouble = Some(words);
                    }
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        let queue = unsent.clone();
        blocking(move || queue.sent(taken)).await?;
        // ANCHOR_END: send
        if trouble.take().is_some() {
            news(None);
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// No panic leaves what it guards half done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
