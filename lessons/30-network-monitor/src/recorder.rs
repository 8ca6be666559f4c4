//! Where every sample goes: into the history, then to all who want to know.
//!
//! Probes are many, the recorder is one. They send it what they see through
//! a channel; it writes what has come since it last looked in one batch, and
//! only then tells the page and the alerts. So nobody is told what a crash
//! could take back, and no lock is held while the disk is waited for. A power
//! cut can take the last seconds' pings; the result of a speed test, and what
//! somebody was told of, it cannot.

use crate::metrics::Metrics;
use crate::speed::Outcome;
use crate::status::Board;
use alerts::{Alerts, Notice, Notifiers};
use dashboard::api::Progress;
use history::{History, Sample};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

/// One thing that a probe has seen.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) sample: Sample,
    /// How a target was asked, such as `icmp`.
    pub(crate) method: Option<String>,
}

/// What listeners hear.
#[derive(Debug, Clone)]
pub(crate) enum News {
    /// A sample is in the history.
    Sample(Arc<Sample>),
    /// A speed test goes on.
    Progress(Arc<Progress>),
    /// Somebody is told something.
    Alert(Arc<Notice>),
}

/// What the recorder keeps up to date. Clones are the same desk.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) history: Arc<History>,
    pub(crate) board: Arc<Mutex<Board>>,
    pub(crate) alerts: Arc<Mutex<Alerts>>,
    pub(crate) notifiers: Arc<Mutex<Notifiers>>,
    pub(crate) metrics: Metrics,
    pub(crate) news: broadcast::Sender<News>,
    /// What is wrong with the monitor itself. Whoever changes anything that
    /// the status shows, changes this too.
    pub(crate) trouble: watch::Sender<Option<String>>,
}

/// The most samples that are written in one batch.
const BATCH: usize = 4096;

/// So often at least is kept what the alerts have learnt: they take no value
/// sooner than that after the one before.
const REMEMBER: Duration = Duration::from_secs(5 * 60);

/// Takes what the probes see until all of them are gone.
pub(crate) async fn record(desk: Desk, mut seen: mpsc::Receiver<Seen>) {
    let mut batch = Vec::new();
    let mut remembered: Option<Instant> = None;
    while seen.recv_many(&mut batch, BATCH).await > 0 {
        let taken = std::mem::take(&mut batch);
        let remember = remembered.is_none_or(|last| last.elapsed() >= REMEMBER);
        if remember {
            remembered = Some(Instant::now());
        }
        let desk = desk.clone();
        aside(move || desk.take(taken, remember)).await;
    }
    aside(move || desk.remember_alerts()).await;
}

/// Does what waits for the disk where nobody else waits for it.
async fn aside(work: impl FnOnce() + Send + 'static) {
    if let Err(panic) = spawn_blocking(work).await {
        std::panic::resume_unwind(panic.into_panic());
    }
}

impl Desk {
    // ANCHOR: take
    /// Writes a batch, then tells of it.
    fn take(&self, batch: Vec<Seen>, remember: bool) {
        let samples: Vec<Sample> =
            batch.iter().map(|seen| seen.sample.clone()).collect();
        self.note_trouble(self.history.record(&samples));
        let mut notices = Vec::new();
        for Seen { sample, method } in batch {
            notices.extend(self.tell(sample, method));
        }
        self.notify(notices, remember);
    }
    // ANCHOR_END: take

    /// The result of a speed test: on the disk for good before anyone hears.
    pub(crate) fn take_result(&self, name: &str, outcome: Outcome) {
        let Outcome { at, result, samples } = outcome;
        let kept = self.history.record_result(at, name, &result, &samples);
        self.note_trouble(kept);
        lock(&self.board).end(name, at, &result);
        let mut notices = Vec::new();
        for sample in samples {
            notices.extend(self.tell(sample, None));
        }
        // Tests are rare: what was learnt of one is kept at once.
        self.notify(notices, true);
    }

    /// Tells the status, the metrics, the page and the alerts of a sample,
    /// and returns what the alerts have to say.
    fn tell(&self, sample: Sample, method: Option<String>) -> Vec<Notice> {
        let Sample { at, metric, target, value, error } = &sample;
        let words = error.as_deref();
        let mut notices = Vec::new();
        // What is on its way when the configuration changes may be of
        // something that is not watched any more.
        let mut board = lock(&self.board);
        if metric == "ping" || metric == "check" {
            let error = error.clone();
            let known = board.result(target, *at, *value, error, method);
            if let Some((changed, loss)) = known {
                self.metrics.sample(&sample);
                drop(board);
                if let Some(state) = changed {
                    let what = "a target's state has changed";
                    tracing::info!(target, ?state, "{what}");
                }
                let mut alerts = lock(&self.alerts);
                notices = alerts.sample(*at, metric, target, *value, words);
                let lost = alerts.sample(*at, "loss", target, Some(loss), None);
                notices.extend(lost);
            }
        } else if board.has_test(target) {
            self.metrics.sample(&sample);
            drop(board);
            let mut alerts = lock(&self.alerts);
            notices = alerts.sample(*at, metric, target, *value, words);
        }
        // Nobody listening is fine.
        let _ = self.news.send(News::Sample(Arc::new(sample)));
        self.trouble.send_modify(|_| {});
        notices
    }

    /// Notes what the alerts have to say and keeps what they know, then tells
    /// people. However many there are, their whole memory is written once.
    fn notify(&self, notices: Vec<Notice>, remember: bool) {
        for notice in &notices {
            tracing::warn!(alert = notice.alert, words = notice.words, "alert");
            let words = format!("{}: {}", notice.alert, notice.words);
            self.note_trouble(self.history.note(notice.at, &words));
        }
        if remember || !notices.is_empty() {
            self.remember_alerts();
        }
        for notice in notices {
            let to = lock(&self.alerts).notify(&notice.alert).to_vec();
            lock(&self.notifiers).send(&to, &notice);
            let _ = self.news.send(News::Alert(Arc::new(notice)));
        }
    }

    /// Notes in words what has happened.
    pub(crate) fn note(&self, words: &str) {
        self.note_trouble(self.history.note(crate::now(), words));
    }

    /// Keeps what the alerts know over a restart.
    pub(crate) fn remember_alerts(&self) {
        let memory = serde_json::to_string(lock(&self.alerts).memory());
        let memory = memory.expect("maps with names");
        self.note_trouble(self.history.keep("alerts", &memory));
    }

    /// Says once when the history cannot be written, and once when it can.
    fn note_trouble<T>(&self, done: Result<T, history::Error>) {
        let done = done.and_then(|_| self.history.tidy());
        let now = done.err().map(|error| error.to_string());
        self.trouble.send_if_modified(|before| {
            let differs = *before != now;
            match &now {
                Some(words) if differs => tracing::error!("{words}"),
                None if differs => {
                    tracing::info!("the history is written again")
                }
                _ => {}
            }
            *before = now;
            differs
        });
    }
}

/// Everything in one lock is changed in one step: a task that panicked left
/// it whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
