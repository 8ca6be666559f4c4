//! Everything that a running monitor knows.

use crate::board::Board;
use crate::config::Config;
use crate::metrics::Metrics;
use alerts::{Alerts, Memory, Notifiers};
use daemon::Tasks;
use dashboard::Feed;
use history::History;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Under which key the history keeps what the alerts have learnt.
const ALERTS: &str = "alerts";

/// Everything that a running monitor knows. Clones are the same state.
#[derive(Clone)]
pub(crate) struct MonitorState {
    pub(crate) history: Arc<History>,
    pub(crate) board: Arc<Mutex<Board>>,
    pub(crate) alerts: Arc<Mutex<Alerts>>,
    pub(crate) notifiers: Arc<Mutex<Notifiers>>,
    pub(crate) metrics: Metrics,
    /// Events, and the signal that the status is another one now.
    pub(crate) feed: Feed,
    /// Why the history cannot be written, in words, while it cannot.
    trouble: watch::Sender<Option<String>>,
}

impl MonitorState {
    /// Begins with what an earlier run has left in the history.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub(crate) fn new(
        history: History,
        config: &Config,
        metrics: Metrics,
    ) -> Result<MonitorState, history::Error> {
        let memory = match history.state(ALERTS)? {
            // A memory of another version is worth less than a start.
            Some(text) => serde_json::from_str(&text).unwrap_or_default(),
            None => Memory::default(),
        };
        Ok(MonitorState {
            history: Arc::new(history),
            board: Arc::default(),
            // The rules must be known before what is remembered of them.
            alerts: Arc::new(Mutex::new(Alerts::new(&config.alerts, memory))),
            notifiers: Arc::default(),
            metrics,
            feed: Feed::new(),
            trouble: watch::Sender::new(None),
        })
    }

    /// Takes the targets, tests, rules and notifiers of this configuration.
    pub(crate) fn apply(&self, config: &Config, tasks: &Tasks) {
        lock(&self.board).apply(config, &self.metrics);
        lock(&self.alerts).reload(&config.alerts);
        for report in lock(&self.notifiers).report() {
            self.metrics.forget_notifier(&report.name);
        }
        let (metrics, feed) = (self.metrics.clone(), self.feed.clone());
        *lock(&self.notifiers) = Notifiers::start(
            &config.notifiers,
            |name, task| {
                tasks.spawn(&name, task);
            },
            move |report| {
                metrics.notifier(report);
                feed.status_changed();
            },
        );
    }

    /// Writes a note, in words, into the history. If it cannot be written, the
    /// status says so.
    pub(crate) fn note(&self, words: &str) {
        self.check_written(self.history.note(crate::now(), words));
    }

    /// Writes what the alerts know, so that it survives a restart.
    pub(crate) fn keep_alerts(&self) {
        let memory = serde_json::to_string(lock(&self.alerts).memory());
        let memory = memory.expect("maps with names can be written");
        self.check_written(self.history.set_state(ALERTS, &memory));
    }

    /// Follows whether the history could be written: says once that it cannot,
    /// and once that it can again.
    pub(crate) fn check_written<T>(&self, written: Result<T, history::Error>) {
        let written = written.and_then(|_| self.history.housekeeping());
        let now = written.err().map(|error| error.to_string());
        let changed = self.trouble.send_if_modified(|before| {
            let changed = *before != now;
            match &now {
                Some(trouble) if changed => tracing::error!("{trouble}"),
                None if changed => {
                    tracing::info!("the history is written again")
                }
                _ => {}
            }
            *before = now;
            changed
        });
        if changed {
            self.feed.status_changed();
        }
    }

    /// Why the history cannot be written, in words, while it cannot.
    pub(crate) fn trouble(&self) -> watch::Receiver<Option<String>> {
        self.trouble.subscribe()
    }
}

/// Locks a part of the state. Everything in one lock is changed in one step: a
/// task that panicked left it whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
