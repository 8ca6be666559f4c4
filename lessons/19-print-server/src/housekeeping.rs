//! The housekeeping: what nobody needs any more is forgotten.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use daemon::Daemon;
use job_queue::{Queue, State};
use relay::{PrintJob, Spool};

/// Once an hour: forgets finished jobs and documents that nobody needs.
pub(crate) fn keep_house(
    daemon: &Daemon,
    queue: &Arc<dyn Queue>,
    spool: &Spool,
) {
    let (queue, spool) = (queue.clone(), spool.clone());
    let stop = daemon.shutdown().wait();
    let tasks = daemon.tasks().clone();
    let work = async move {
        let mut clock = tokio::time::interval(HOUR);
        loop {
            clock.tick().await;
            let (queue, spool) = (queue.clone(), spool.clone());
            let sweep = move || sweep(&*queue, &spool);
            // A panic is logged. The next try is in an hour.
            let _ = tasks.spawn_blocking("sweeping", sweep).await;
        }
    };
    daemon.tasks().spawn("housekeeping", async move {
        tokio::select! {
            () = work => {}
            () = stop => {}
        }
    });
}

const HOUR: Duration = Duration::from_secs(3600);

fn sweep(queue: &dyn Queue, spool: &Spool) {
    const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);
    let swept = queue.forget_finished(MONTH).and_then(|_| {
        let jobs = queue.jobs(usize::MAX)?;
        let wanted: HashSet<String> = jobs
            .iter()
            .filter(|job| job.state != State::Done)
            .filter_map(|job| serde_json::from_str(&job.payload).ok())
            .map(|job: PrintJob| job.document)
            .collect();
        Ok(spool.sweep(HOUR, |hash| wanted.contains(hash)))
    });
    match swept {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!("cleaning the spool: {error}"),
        Err(error) => tracing::warn!("cleaning the queue: {error}"),
    }
}
