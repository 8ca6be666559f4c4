//! Everything that a running monitor knows.

use crate::board::{Board, KeptTargets};
use crate::kept_notices::KeptNotices;
use crate::metrics::Metrics;
use crate::own_network::OwnNetwork;
use crate::place_board::PlaceBoard;
use crate::push::Jobs;
use crate::traces::Traces;
use alerts::{Alerts, Ended, Memory, NotifierReport, Notifiers};
use daemon::Tasks;
use dashboard::Feed;
use dashboard::api::Event;
use history::History;
use monitor_config::Config;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Under which key the history keeps what the alerts have learnt.
const ALERTS: &str = "alerts";
/// And under which one the states of the targets.
const TARGETS: &str = "targets";

/// Everything that a running monitor knows. Clones are the same state.
#[derive(Clone)]
pub(crate) struct MonitorState {
    pub(crate) history: Arc<History>,
    pub(crate) board: Arc<Mutex<Board>>,
    /// What the probes elsewhere have found.
    pub(crate) places: Arc<Mutex<PlaceBoard>>,
    pub(crate) alerts: Arc<Mutex<Alerts>>,
    pub(crate) notifiers: Arc<Mutex<Notifiers>>,
    kept_notices: Arc<KeptNotices>,
    /// Held while the alerts are kept: an older memory must not replace it.
    keeping: Arc<Mutex<()>>,
    /// The jobs that report by themselves.
    pub(crate) jobs: Arc<Jobs>,
    /// How far packets came when a target went down.
    pub(crate) traces: Arc<Traces>,
    pub(crate) metrics: Metrics,
    /// Events, and the signal that the status is another one now.
    pub(crate) feed: Feed,
    /// Why the history cannot be written, in words, while it cannot.
    trouble: watch::Sender<Option<String>>,
    pub(crate) own_network: Arc<Mutex<OwnNetwork>>,
    /// Why this machine cannot ask the targets, in words, while it cannot.
    probing: watch::Sender<Option<String>>,
}

impl MonitorState {
    /// Begins with what an earlier run has left in the history.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub(crate) fn new(
        history: Arc<History>,
        config: &Config,
        metrics: Metrics,
        traces: Arc<Traces>,
    ) -> Result<MonitorState, history::Error> {
        let memory = remembered(&history)?;
        let kept = match history.state(TARGETS)? {
            Some(text) => serde_json::from_str(&text).unwrap_or_default(),
            None => KeptTargets::default(),
        };
        let (kept_notices, left) = KeptNotices::read(history.clone())?;
        let jobs = Jobs::read(history.clone())?;
        Ok(MonitorState {
            history,
            board: Arc::new(Mutex::new(Board::remembering(kept))),
            places: Arc::default(),
            // The rules must be known before what is remembered of them.
            alerts: Arc::new(Mutex::new(Alerts::following(
                config.policy(),
                memory,
            ))),
            notifiers: Arc::new(Mutex::new(Notifiers::with(left))),
            kept_notices: Arc::new(kept_notices),
            keeping: Arc::default(),
            jobs: Arc::new(jobs),
            traces,
            metrics,
            feed: Feed::new(),
            trouble: watch::Sender::new(None),
            own_network: Arc::default(),
            probing: watch::Sender::new(None),
        })
    }

    /// Takes the targets, tests, rules and notifiers of this configuration.
    pub(crate) fn apply(&self, config: &Config, tasks: &Tasks) {
        lock(&self.board).apply(config, &self.metrics);
        self.check_written(self.jobs.apply(config));
        self.replace_notifiers(config, tasks);
        let ended = {
            let mut alerts = lock(&self.alerts);
            alerts.follow(config.policy());
            alerts.take_ended(crate::now())
        };
        self.tell(ended, false);
    }

    fn replace_notifiers(&self, config: &Config, tasks: &Tasks) {
        let mut notifiers = lock(&self.notifiers);
        for NotifierReport { name, .. } in notifiers.report() {
            if config.notifiers.iter().all(|one| one.name != name) {
                self.metrics.forget_notifier(&name);
            }
        }
        let (metrics, feed) = (self.metrics.clone(), self.feed.clone());
        let kept = self.kept_notices.clone();
        *notifiers = mem::take(&mut *notifiers).replace(
            &config.notifiers,
            |name, task| {
                tasks.spawn(&name, task);
            },
            move |report, waiting| {
                kept.follow(report, waiting);
                metrics.notifier(report);
                feed.status_changed();
            },
        );
    }

    /// Writes notices and what the alerts know, and gives each notice to its
    /// notifiers. The alerts' whole memory is written once, however many
    /// notices there are.
    pub(crate) fn tell(&self, notices: Vec<Ended>, keep_alerts: bool) {
        if notices.is_empty() && !keep_alerts {
            return;
        }
        for (names, notice) in &notices {
            tracing::warn!(alert = notice.alert, words = notice.words, "alert");
            let words = format!("{}: {}", notice.alert, notice.words);
            self.check_written(self.history.note(notice.at, &words));
            lock(&self.notifiers).send(names, notice);
        }
        // Together: what is known to be told waits to be sent, and no crash
        // comes between the two.
        self.check_written(self.kept_notices.write());
        self.keep_alerts();
        for (_, notice) in notices {
            self.feed.publish(Event::Alert(Arc::new(notice)));
        }
    }

    /// Writes a note, in words, into the history. If it cannot be written, the
    /// status says so.
    pub(crate) fn note(&self, words: &str) {
        self.check_written(self.history.note(crate::now(), words));
    }

    /// Writes what the alerts and the board know, so that it survives a
    /// restart.
    pub(crate) fn keep_alerts(&self) {
        let _keeping = lock(&self.keeping);
        let targets = serde_json::to_string(&lock(&self.board).keep());
        let targets = targets.expect("a map with names can be written");
        self.check_written(self.history.set_state(TARGETS, &targets));
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

    /// Why this machine cannot ask the targets, in words, while it cannot.
    pub(crate) fn probing_trouble(&self) -> watch::Receiver<Option<String>> {
        self.probing.subscribe()
    }

    /// Notes why this machine cannot ask the targets, or that it can.
    pub(crate) fn set_probing_trouble(&self, why: Option<String>) {
        let changed = self.probing.send_if_modified(|before| {
            let changed = before.is_some() != why.is_some();
            if changed && let Some(trouble) = &why {
                tracing::error!("{trouble}");
            }
            *before = why;
            changed
        });
        if changed {
            self.feed.status_changed();
        }
    }
}

/// What the alerts of an earlier run have left in the history.
///
/// # Errors
/// When the history cannot be read.
pub(crate) fn remembered(history: &History) -> Result<Memory, history::Error> {
    Ok(match history.state(ALERTS)? {
        // A memory of another version is worth less than a start.
        Some(text) => serde_json::from_str(&text).unwrap_or_default(),
        None => Memory::default(),
    })
}

/// Locks a part of the state. Everything in one lock is changed in one step: a
/// task that panicked left it whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
