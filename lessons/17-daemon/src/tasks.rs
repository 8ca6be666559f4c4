//! Tasks by name. A panic ends one of them, and does not go unnoticed.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::thread;

use serde::Serialize;
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::error;

use crate::metrics::{Counter, Family, Gauge, Registry};
use crate::panics;

/// All work of a program that is under way, by name. Clones share it.
///
/// A panic in a task ends that task and no other. It is logged with the
/// task's name, counted, and shown by [`Health`](crate::Health) until a task
/// of that name is started again.
#[derive(Clone, Default)]
pub struct Tasks(Arc<Inner>);

#[derive(Default)]
struct Inner {
    states: Mutex<BTreeMap<String, TaskState>>,
    running: watch::Sender<usize>,
    panics: Family<Label, Counter>,
    running_by_name: Family<Label, Gauge>,
}

type Label = [(&'static str, String); 1];

/// The state of the tasks of one name.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct TaskState {
    /// The number of tasks that run.
    pub running: usize,
    /// The number of panics since the program started.
    pub panics: u64,
    /// Whether one is missing: it panicked, and none was started afterwards.
    pub lost: bool,
    /// What the last panic said, and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_panic: Option<String>,
}

/// A task panicked. The panic is logged already.
#[derive(Debug, Clone, Error)]
#[error("{name} panicked: {message}")]
pub struct Panicked {
    /// The task's name.
    pub name: String,
    /// What the panic said, and where it was.
    pub message: String,
}

impl Tasks {
    /// Shows the tasks in the program's metrics: `task_panics_total` and
    /// `tasks_running`, by name.
    pub fn register(&self, registry: &Registry) {
        registry.register(
            "task_panics",
            "Tasks that ended by a panic",
            self.0.panics.clone(),
        );
        registry.register(
            "tasks_running",
            "Tasks that run",
            self.0.running_by_name.clone(),
        );
    }

    /// Starts a task on the runtime.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn<F>(
        &self,
        name: &str,
        future: F,
    ) -> JoinHandle<Result<F::Output, Panicked>>
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        tokio::spawn(self.watch(name, future))
    }

    /// Runs a closure that may block, on one of the runtime's threads for
    /// such work.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn_blocking<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<Result<T, Panicked>> {
        let running = self.start(name);
        tokio::task::spawn_blocking(move || running.catch(work))
    }

    /// Runs a closure on a thread of its own, which carries the name.
    ///
    /// # Errors
    /// The system has no more threads.
    pub fn thread<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<thread::JoinHandle<Result<T, Panicked>>> {
        let running = self.start(name);
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || running.catch(work))
    }

    /// Runs a closure here, in the caller's thread.
    ///
    /// # Errors
    /// It panicked.
    pub fn call<T>(
        &self,
        name: &str,
        work: impl FnOnce() -> T,
    ) -> Result<T, Panicked> {
        self.start(name).catch(work)
    }

    // ANCHOR: watch
    /// Runs a future here, in the caller's task, and turns its panic into an
    /// error.
    pub fn watch<F: Future>(
        &self,
        name: &str,
        future: F,
    ) -> impl Future<Output = Result<F::Output, Panicked>> + use<F> {
        let running = self.start(name);
        let mut future = Box::pin(future);
        async move {
            // A future runs in pieces, its polls, and any of them may panic.
            let result = poll_fn(|context| {
                match running.catch(|| future.as_mut().poll(context)) {
                    Ok(Poll::Pending) => Poll::Pending,
                    Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
                    Err(panicked) => Poll::Ready(Err(panicked)),
                }
            })
            .await;
            // So may the freeing of what it holds.
            let freed = running.catch(|| drop(future));
            let output = result?;
            freed?;
            Ok(output)
        }
    }
    // ANCHOR_END: watch

    /// Waits until no task runs.
    pub async fn finished(&self) {
        let mut running = self.0.running.subscribe();
        // This cannot fail: the sender is in `self`.
        let _ = running.wait_for(|running| *running == 0).await;
    }

    /// The tasks that run, for a person to read: `printer`, `probe (3)`.
    #[must_use]
    pub fn running(&self) -> Vec<String> {
        self.states()
            .iter()
            .filter_map(|(name, state)| match state.running {
                0 => None,
                1 => Some(name.clone()),
                more => Some(format!("{name} ({more})")),
            })
            .collect()
    }

    pub(crate) fn states(&self) -> MutexGuard<'_, BTreeMap<String, TaskState>> {
        // No line of this file leaves the map half changed.
        self.0.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, name: &str) -> Running {
        let mut states = self.states();
        let state = states.entry(name.to_owned()).or_default();
        state.running += 1;
        state.lost = false;
        drop(states);
        let label = [("task", name.to_owned())];
        self.0.running_by_name.get_or_create(&label).inc();
        self.0.running.send_modify(|running| *running += 1);
        Running { tasks: self.clone(), name: name.to_owned() }
    }
}

/// A task that runs. It is dropped when the task ends, in whatever way.
struct Running {
    tasks: Tasks,
    name: String,
}

impl Running {
    /// Runs a piece of the task, and turns its panic into an error.
    fn catch<T>(&self, work: impl FnOnce() -> T) -> Result<T, Panicked> {
        panics::catch(work).map_err(|message| self.panicked(message))
    }

    fn panicked(&self, message: String) -> Panicked {
        let name = self.name.clone();
        let label = [("task", name.clone())];
        self.tasks.0.panics.get_or_create(&label).inc();
        if let Some(state) = self.tasks.states().get_mut(&name) {
            state.panics += 1;
            state.lost = true;
            state.last_panic = Some(message.clone());
        }
        // Last, so that whoever reads of it in the log finds it counted.
        error!(task = name, "the task {name} panicked: {message}");
        Panicked { name, message }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(state) = self.tasks.states().get_mut(&self.name) {
            state.running -= 1;
        }
        let label = [("task", self.name.clone())];
        self.tasks.0.running_by_name.get_or_create(&label).dec();
        self.tasks.0.running.send_modify(|running| *running -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_one_task_and_is_logged_and_counted() {
        let tasks = Tasks::default();
        let registry = Registry::new();
        tasks.register(&registry);
        let bad = tasks.spawn("bad", async { panic!("no paper in {}", 7) });
        let good = tasks.spawn("good", async { 5 });
        let panicked = bad.await.expect("joined").map(|()| 0);
        let panicked = panicked.expect_err("it panicked");
        assert!(panicked.message.contains("no paper in 7"), "{panicked}");
        assert!(panicked.message.contains("tasks.rs"), "{panicked}");
        assert_eq!(good.await.expect("joined").expect("no panic"), 5);
        tasks.finished().await;
        assert!(tasks.states()["bad"].lost);
        assert!(!tasks.states()["good"].lost);
        let text = registry.text();
        assert!(text.contains("task_panics_total{task=\"bad\"} 1"), "{text}");
        assert!(text.contains("tasks_running{task=\"good\"} 0"), "{text}");
    }

    #[tokio::test]
    async fn a_task_that_was_started_again_is_not_lost() {
        let tasks = Tasks::default();
        let first = tasks.spawn("probe", async { panic!("once") });
        assert!(first.await.expect("joined").is_err());
        let second = tasks.spawn("probe", std::future::pending::<()>());
        assert!(!tasks.states()["probe"].lost);
        assert_eq!(tasks.states()["probe"].panics, 1);
        assert_eq!(tasks.running(), ["probe"]);
        second.abort();
        tasks.finished().await;
        assert!(tasks.running().is_empty());
    }

    #[tokio::test]
    async fn threads_and_blocking_work_are_watched_over_as_well() {
        let tasks = Tasks::default();
        let thread = tasks.thread("thread", || panic!("a thread"));
        let thread = thread.expect("a thread").join().expect("joined");
        assert!(thread.is_err());
        let work = tasks.spawn_blocking("work", || panic!("work"));
        assert!(work.await.expect("joined").is_err());
        tasks.finished().await;
        assert!(tasks.states()["thread"].lost && tasks.states()["work"].lost);
    }

    #[tokio::test]
    async fn a_panic_while_dropping_is_a_panic() {
        struct Bad;
        impl Drop for Bad {
            fn drop(&mut self) {
                panic!("dropped");
            }
        }
        let tasks = Tasks::default();
        let bad = Bad;
        let task = tasks.spawn("drops", async move {
            let _bad = bad;
        });
        assert!(task.await.expect("joined").is_err());
    }
}
