//! Live news of jobs: what has changed, to all who listen.

use crate::view::JobView;
use job_queue::Queue;
use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::sync::broadcast;

/// How many jobs the page and the news look at, newest first.
pub(crate) const SHOWN: usize = 200;

/// Hands every change of a job to all listeners.
#[derive(Clone)]
pub(crate) struct Events {
    sender: broadcast::Sender<Arc<JobView>>,
    queue: Arc<dyn Queue>,
}

impl Events {
    /// Starts the thread that waits for changes in the queue, made by this
    /// process or another.
    pub(crate) fn start(queue: Arc<dyn Queue>) -> Events {
        let (sender, _) = broadcast::channel(1024);
        let events = Events { sender, queue };
        let watcher = events.clone();
        thread::spawn(move || watcher.watch());
        events
    }

    /// From now on. A listener that is too slow is told that it missed some.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Arc<JobView>> {
        self.sender.subscribe()
    }

    fn watch(&self) {
        const LONG: Duration = Duration::from_secs(60);
        let mut seen = 0;
        let mut known: HashMap<String, JobView> = HashMap::new();
        loop {
            match self.queue.wait_for_change(seen, LONG) {
                Ok(version) => seen = version,
                Err(error) => {
                    eprintln!("news of jobs: {error}");
                    thread::sleep(Duration::from_secs(1));
                    continue;
                }
            }
            // Nobody listens: let the queue work in peace. Whoever comes
            // later is told everything first.
            if self.sender.receiver_count() == 0 {
                known.clear();
                continue;
            }
            let Ok(jobs) = views(&*self.queue, SHOWN) else {
                continue;
            };
            for job in &jobs {
                if known.get(&job.id) != Some(job) {
                    // Nobody listening any more is fine.
                    let _ = self.sender.send(Arc::new(job.clone()));
                }
            }
            known = jobs.into_iter().map(|job| (job.id.clone(), job)).collect();
        }
    }
}

/// The newest `limit` jobs as people see them.
pub(crate) fn views(
    queue: &dyn Queue,
    limit: usize,
) -> Result<Vec<JobView>, job_queue::Error> {
    let paused = queue.paused()?;
    let jobs = queue.jobs(limit)?;
    Ok(jobs.iter().map(|job| JobView::new(job, paused.as_deref())).collect())
}
