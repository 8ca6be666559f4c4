//! The housekeeping: what nobody needs any more is forgotten.

use std::time::Duration;

use daemon::Daemon;
use relay::Keeping;

/// The rest after a sweep that failed.
const REST: Duration = Duration::from_secs(600);

/// Forgets finished jobs, and documents when their time is over, until the
/// daemon ends. It begins with what was left over at its last end.
pub(crate) fn keep_house(daemon: &Daemon, keeping: Keeping) {
    let stop = daemon.shutdown().wait();
    let tasks = daemon.tasks().clone();
    let work = async move {
        loop {
            let keeping = keeping.clone();
            let sweep = move || keeping.sweep();
            let swept = tasks.spawn_blocking("sweeping", sweep).await;
            let rest = match swept {
                Ok(Ok(Ok(rest))) => rest,
                Ok(Ok(Err(error))) => {
                    tracing::warn!("{error}");
                    REST
                }
                // A panic is logged.
                _ => REST,
            };
            tokio::time::sleep(rest).await;
        }
    };
    daemon.tasks().spawn("housekeeping", async move {
        tokio::select! {
            () = work => {}
            () = stop => {}
        }
    });
}
