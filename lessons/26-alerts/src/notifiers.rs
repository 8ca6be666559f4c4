//! The sending of notices: a task and a bounded queue for each notifier.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use daemon::units::in_words;
use jiff::Timestamp;
use programs::{Failure, Program, one_line, try_often};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::command::command;
use crate::email::Mail;
use crate::webhook::Webhook;
use crate::{Channel, Notice, Notifier};

/// The number of notices that may wait for one notifier. More are dropped, and
/// counted.
const WAITING: usize = 64;

/// Sends notices. Dropping it lets each notifier send what waits, and end.
#[derive(Default)]
pub struct Notifiers {
    notifiers: Vec<Outbox>,
}

/// The notices that wait for one notifier.
struct Outbox {
    queue: mpsc::Sender<Notice>,
    shared: Shared,
}

/// The state that a notifier's task shares with those who want its report.
#[derive(Clone)]
struct Shared {
    report: Arc<Mutex<NotifierReport>>,
    changed: Arc<dyn Fn(&NotifierReport) + Send + Sync>,
}

/// The report on one notifier: what became of its notices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotifierReport {
    /// Its name.
    pub name: String,
    /// Notices that reached somebody.
    pub sent: u64,
    /// Notices that failed at the last attempt.
    pub failed: u64,
    /// Notices that found the queue full.
    pub dropped: u64,
    /// The last thing that went wrong, if it went wrong since the last
    /// success.
    pub last_error: Option<LastError>,
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
    /// has changed.
    pub fn start(
        notifiers: &[Notifier],
        mut spawn: impl FnMut(String, Task),
        changed: impl Fn(&NotifierReport) + Send + Sync + 'static,
    ) -> Notifiers {
        let changed = Arc::new(changed);
        let start = |notifier: &Notifier| {
            let (queue, notices) = mpsc::channel(WAITING);
            let name = notifier.name.clone();
            let report = NotifierReport {
                name: name.clone(),
                sent: 0,
                failed: 0,
                dropped: 0,
                last_error: None,
            };
            let report = Arc::new(Mutex::new(report));
            let shared = Shared { report, changed: changed.clone() };
            let task = run(notifier.clone(), notices, shared.clone());
            spawn(format!("notifier {name}"), Box::pin(task));
            Outbox { queue, shared }
        };
        Notifiers { notifiers: notifiers.iter().map(start).collect() }
    }

    /// Queues a notice for the notifiers of these names, and waits for
    /// nothing.
    pub fn send(&self, names: &[String], notice: &Notice) {
        for notifier in &self.notifiers {
            let name = notifier.shared.report().name;
            if !names.contains(&name) {
                continue;
            }
            // ANCHOR: send
            let Err(refused) = notifier.queue.try_send(notice.clone()) else {
                continue;
            };
            let words = match refused {
                mpsc::error::TrySendError::Full(_) => {
                    format!("{WAITING} notices wait already")
                }
                mpsc::error::TrySendError::Closed(_) => {
                    "its task has ended".to_owned()
                }
            };
            // ANCHOR_END: send
            notifier.shared.count(|report| report.dropped += 1, Some(&words));
            tracing::error!(
                notifier = name,
                notice = notice.words,
                "a notice is lost: {words}"
            );
        }
    }

    /// The report on each notifier.
    pub fn report(&self) -> Vec<NotifierReport> {
        let report = |outbox: &Outbox| outbox.shared.report();
        self.notifiers.iter().map(report).collect()
    }
}

/// A notice, ready to be sent.
enum Message {
    Webhook(Webhook),
    Command(Program),
    Mail(Mail),
}

// ANCHOR: run
async fn run(
    notifier: Notifier,
    mut notices: mpsc::Receiver<Notice>,
    shared: Shared,
) {
    while let Some(notice) = notices.recv().await {
        let reason = match deliver(&notifier, &notice).await {
            Ok(()) => {
                tracing::info!(
                    notifier = notifier.name,
                    notice = notice.words,
                    "somebody was told"
                );
                shared.count(|report| report.sent += 1, None);
                continue;
            }
            Err(failure) => failure,
        };
        tracing::error!(
            notifier = notifier.name,
            notice = notice.words,
            "nobody was told: {reason}"
        );
        shared.count(|report| report.failed += 1, Some(&reason));
    }
}
// ANCHOR_END: run

/// Tries as often as the notifier says, with growing pauses.
async fn deliver(notifier: &Notifier, notice: &Notice) -> Result<(), String> {
    // Made for each notice: a password, a program or a certificate may have
    // been changed. All attempts send the same message.
    let message = match &notifier.channel {
        Channel::Webhook { url, headers } => {
            Webhook::new(url, headers, notice).map(Message::Webhook)
        }
        Channel::Command(words) => Ok(Message::Command(command(words, notice))),
        Channel::Email(email) => Mail::new(email, notice).map(Message::Mail),
    }
    .map_err(|failure| one_line(&failure.words))?;
    let limit = notifier.timeout;
    let message = &message;
    let attempt = || async move {
        match message {
            // A command keeps to the limit by itself.
            Message::Command(program) => program.run(limit).await,
            Message::Webhook(webhook) => in_time(limit, webhook.post()).await,
            Message::Mail(mail) => in_time(limit, mail.send()).await,
        }
    };
    let again = |failure: &Failure| {
        let words = one_line(&failure.words);
        let notifier = &notifier.name;
        tracing::warn!(notifier, "will be tried again: {words}");
    };
    try_often(notifier.attempts, attempt, again)
        .await
        .map_err(|failure| one_line(&failure.words))
}

async fn in_time(
    limit: Duration,
    attempt: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let late =
        |_| Failure::temporary(format!("no answer within {}", in_words(limit)));
    timeout(limit, attempt).await.map_err(late)?
}

impl Shared {
    fn report(&self) -> NotifierReport {
        self.report.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(
        &self,
        change: impl FnOnce(&mut NotifierReport),
        error: Option<&str>,
    ) {
        let mut report =
            self.report.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut report);
        report.last_error = error.map(|words| LastError {
            at: Timestamp::now().as_millisecond(),
            words: words.to_owned(),
        });
        let now = report.clone();
        drop(report);
        (self.changed)(&now);
    }
}
