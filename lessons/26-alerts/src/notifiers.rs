//! The sending of notices: a task and a backlog for each notifier.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::backlog::Backlog;
use crate::delivery::{Undelivered, deliver};
use crate::message::Message;
use crate::{Notice, Notifier};

/// A message is sent when no notice has come for this long: what breaks
/// together is told together.
const GATHER: Duration = Duration::from_secs(1);

/// So long at most notices are gathered.
const MOST_GATHER: Duration = Duration::from_secs(5);

/// The pause after a message that could not be sent; each later one is twice as
/// long, up to the longest.
const PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// News that is older is given up, in milliseconds.
const STALE: i64 = 24 * 60 * 60 * 1000;

/// Sends notices. Dropping it lets each notifier send what waits, and end.
#[derive(Default)]
pub struct Notifiers {
    notifiers: Vec<Outbox>,
    /// What an earlier run has left.
    left: Waiting,
}

/// The notices that wait, by notifier. Kept as JSON, it outlives a restart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Waiting(BTreeMap<String, Backlog>);

impl Waiting {
    /// Notes what waits for the notifier of a name.
    pub fn set(&mut self, name: &str, backlog: Backlog) {
        self.0.insert(name.to_owned(), backlog);
    }
}

/// One notifier at work.
struct Outbox {
    notifier: Notifier,
    shared: Shared,
    /// Tells the task that a notice has come and, when it is dropped, that
    /// none will come any more.
    news: watch::Sender<()>,
}

/// Is called with each report that has changed, and with what waits.
type Changed = dyn Fn(&NotifierReport, &Backlog) + Send + Sync;

/// The state that a notifier's task shares with the notifiers.
#[derive(Clone)]
struct Shared {
    state: Arc<Mutex<OutboxState>>,
    changed: Arc<Changed>,
}

struct OutboxState {
    report: NotifierReport,
    backlog: Backlog,
    /// When the last notice came.
    added: Instant,
}

/// The report on one notifier: what became of its notices.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NotifierReport {
    /// Its name.
    pub name: String,
    /// Notices that reached somebody.
    pub sent: u64,
    /// Notices that were given up.
    pub failed: u64,
    /// Notices that wait to be sent.
    pub waiting: u64,
    /// The last thing that went wrong, if it went wrong since the last
    /// success.
    pub last_error: Option<LastError>,
    /// The last notice that was given up, and why. It stays when others get
    /// through.
    pub last_lost: Option<LastError>,
}

/// The last error of a notifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastError {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// The error in words.
    pub words: String,
}

/// A notifier's task, for the caller to run.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Notifiers {
    /// Makes every notifier ready. `spawn` runs its task under a name; the
    /// task ends by itself once the [`Notifiers`] are dropped and the waiting
    /// notices are sent or given up. `changed` is called with each report that
    /// has changed, and with what waits.
    pub fn start(
        notifiers: &[Notifier],
        spawn: impl FnMut(String, Task),
        changed: impl Fn(&NotifierReport, &Backlog) + Send + Sync + 'static,
    ) -> Notifiers {
        Notifiers::default().replace(notifiers, spawn, changed)
    }

    /// Notifiers that are still to be [replaced](Notifiers::replace), with the
    /// notices that an earlier run could not send.
    pub fn with(left: Waiting) -> Notifiers {
        Notifiers { notifiers: Vec::new(), left }
    }

    /// Puts others in their place: one that is as before goes on, and one that
    /// has changed takes over what waits under its name.
    pub fn replace(
        mut self,
        notifiers: &[Notifier],
        mut spawn: impl FnMut(String, Task),
        changed: impl Fn(&NotifierReport, &Backlog) + Send + Sync + 'static,
    ) -> Notifiers {
        let changed = Arc::new(changed);
        let mut ready = Vec::new();
        for notifier in notifiers {
            let same = |one: &Outbox| one.notifier == *notifier;
            if let Some(place) = self.notifiers.iter().position(same) {
                ready.push(self.notifiers.swap_remove(place));
                continue;
            }
            let name = notifier.name.clone();
            let backlog = self.take(&name);
            let report = NotifierReport {
                name: name.clone(),
                waiting: backlog.len() as u64,
                ..NotifierReport::default()
            };
            let added = Instant::now();
            let state = OutboxState { report, backlog, added };
            let state = Arc::new(Mutex::new(state));
            let shared = Shared { state, changed: changed.clone() };
            let (news, received) = watch::channel(());
            let task = run(notifier.clone(), received, shared.clone());
            spawn(format!("notifier {name}"), Box::pin(task));
            ready.push(Outbox { notifier: notifier.clone(), shared, news });
        }
        Notifiers { notifiers: ready, left: Waiting::default() }
    }

    /// Takes what waits for the notifier of a name.
    fn take(&mut self, name: &str) -> Backlog {
        let named = |one: &&Outbox| one.notifier.name == name;
        match self.notifiers.iter().find(named) {
            Some(one) => std::mem::take(&mut one.shared.state().backlog),
            None => self.left.0.remove(name).unwrap_or_default(),
        }
    }

    /// Gives a notice to the notifiers of these names, and waits for nothing.
    pub fn send(&self, names: &[String], notice: &Notice) {
        for outbox in &self.notifiers {
            if names.contains(&outbox.notifier.name) {
                outbox.shared.add(notice.clone());
                outbox.news.send_replace(());
            }
        }
    }

    /// What waits now, to be kept for the next start.
    pub fn waiting(&self) -> Waiting {
        let mut waiting = self.left.clone();
        for Outbox { notifier, shared, .. } in &self.notifiers {
            let backlog = shared.state().backlog.clone();
            waiting.0.insert(notifier.name.clone(), backlog);
        }
        waiting
    }

    /// The notifier of a name.
    pub fn get(&self, name: &str) -> Option<&Notifier> {
        let mut all = self.notifiers.iter().map(|one| &one.notifier);
        all.find(|one| one.name == name)
    }

    /// The report on each notifier.
    pub fn report(&self) -> Vec<NotifierReport> {
        let report = |outbox: &Outbox| outbox.shared.state().report.clone();
        self.notifiers.iter().map(report).collect()
    }
}

// ANCHOR: run
async fn run(
    notifier: Notifier,
    mut news: watch::Receiver<()>,
    shared: Shared,
) {
    let mut pause = PAUSE;
    while let Some(message) = shared.next(&mut news).await {
        let Err(Undelivered { reason, retry }) =
            deliver(&notifier, &message).await
        else {
            shared.told(&message);
            pause = PAUSE;
            continue;
        };
        // With a stated number of attempts, that was the last of them.
        let later = retry && notifier.attempts.is_none();
        if !later || message.is_stale() {
            shared.given_up(&message, &reason);
            continue;
        }
        shared.not_yet(&message, &reason);
        // Where nothing more will come, what waits is left for the next start.
        if news.has_changed().is_err() {
            return;
        }
        let _ = timeout(pause, closed(&mut news)).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}
// ANCHOR_END: run

/// Waits until no notice will come any more.
async fn closed(news: &mut watch::Receiver<()>) {
    while news.changed().await.is_ok() {}
}

impl Message {
    fn is_stale(&self) -> bool {
        let now = Timestamp::now().as_millisecond();
        now.saturating_sub(self.notice.at) > STALE
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, OutboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self) -> String {
        self.state().report.name.clone()
    }

    fn add(&self, notice: Notice) {
        self.change(|state| {
            state.backlog.add(notice);
            state.added = Instant::now();
        });
    }

    /// The next message: as soon as there is a notice, and no other has come
    /// for a moment. `None` when none will come any more.
    async fn next(&self, news: &mut watch::Receiver<()>) -> Option<Message> {
        while self.state().backlog.is_empty() {
            if news.changed().await.is_err() && self.state().backlog.is_empty()
            {
                return None;
            }
        }
        let begun = Instant::now();
        let mut open = true;
        while open && begun.elapsed() < MOST_GATHER {
            let quiet = self.state().added.elapsed();
            if quiet >= GATHER {
                break;
            }
            open = news.has_changed().is_ok();
            tokio::select! {
                () = sleep(GATHER - quiet) => {}
                () = closed(news) => open = false,
            }
        }
        Message::of(self.state().backlog.next())
    }

    fn told(&self, message: &Message) {
        let (name, notices) = (self.name(), message.notices());
        for Notice { words, .. } in notices {
            tracing::info!(
                notifier = name,
                notice = words,
                "somebody was told"
            );
        }
        self.change(|state| {
            state.backlog.told(notices);
            state.report.sent += notices.len() as u64;
            state.report.last_error = None;
        });
    }

    fn not_yet(&self, message: &Message, reason: &str) {
        let (name, words) = (self.name(), &message.notice.words);
        tracing::warn!(
            notifier = name,
            notice = words,
            "nobody is told yet: {reason}"
        );
        self.change(|state| state.report.last_error = Some(error(reason)));
    }

    fn given_up(&self, message: &Message, reason: &str) {
        let (name, notices) = (self.name(), message.notices());
        let words = &message.notice.words;
        tracing::error!(
            notifier = name,
            notice = words,
            "nobody was told: {reason}"
        );
        self.change(|state| {
            state.backlog.given_up(notices);
            state.report.failed += notices.len() as u64;
            state.report.last_error = Some(error(reason));
            let lost = format!("{words} ({reason})");
            state.report.last_lost = Some(error(&lost));
        });
    }

    fn change(&self, change: impl FnOnce(&mut OutboxState)) {
        let (report, backlog) = {
            let mut state = self.state();
            change(&mut state);
            state.report.waiting = state.backlog.len() as u64;
            (state.report.clone(), state.backlog.clone())
        };
        (self.changed)(&report, &backlog);
    }
}

fn error(words: &str) -> LastError {
    let at = Timestamp::now().as_millisecond();
    LastError { at, words: words.to_owned() }
}
