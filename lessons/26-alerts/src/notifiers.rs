//! Every way to tell somebody: a task and a bounded queue each.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::notice::one_line;
use super::{Notice, command::Command, email::Mail, webhook::Webhook};
use crate::{Channel, Notifier};
use daemon::units::in_words;

/// How many notices may wait for one notifier. More are dropped, and counted.
const WAITING: usize = 64;

/// The pause before the second attempt; each later one is four times as long.
const PAUSE: Duration = Duration::from_secs(1);

/// Sends notices. Dropping it lets each notifier send what waits, and end.
#[derive(Default)]
pub struct Notifiers {
    notifiers: Vec<Sending>,
}

struct Sending {
    queue: mpsc::Sender<Notice>,
    state: State,
}

/// What a notifier's task and whoever asks for its report share.
#[derive(Clone)]
struct State {
    report: Arc<Mutex<NotifierReport>>,
    changed: Arc<dyn Fn(&NotifierReport) + Send + Sync>,
}

/// How one notifier does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotifierReport {
    /// Its name.
    pub name: String,
    /// Notices that reached somebody.
    pub sent: u64,
    /// Notices that were given up after the last attempt.
    pub failed: u64,
    /// Notices that found the queue full.
    pub dropped: u64,
    /// The last thing that went wrong, if it went wrong since the last
    /// success.
    pub last_error: Option<LastError>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastError {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// What, in words.
    pub words: String,
}

/// What went wrong with one attempt.
#[derive(Debug)]
pub(super) struct Failure {
    pub words: String,
    /// Whether another attempt may do better.
    pub again: bool,
}

impl Failure {
    pub fn again(words: impl Into<String>) -> Failure {
        Failure { words: words.into(), again: true }
    }

    pub fn for_good(words: impl Into<String>) -> Failure {
        Failure { words: words.into(), again: false }
    }
}

/// A notifier's task, to be run by whoever minds tasks.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Notifiers {
    /// Makes every notifier ready. `spawn` runs its task under a name; the
    /// task ends by itself when the [`Notifiers`] are dropped and what waits
    /// has been sent or given up. `changed` hears of each report that is
    /// another one now.
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
            let state = State { report, changed: changed.clone() };
            let task = run(notifier.clone(), notices, state.clone());
            spawn(format!("notifier {name}"), Box::pin(task));
            Sending { queue, state }
        };
        Notifiers { notifiers: notifiers.iter().map(start).collect() }
    }

    /// Queues a notice for the notifiers of these names, and waits for
    /// nothing.
    pub fn send(&self, names: &[String], notice: &Notice) {
        for notifier in &self.notifiers {
            let name = notifier.state.report().name;
            if !names.contains(&name) {
                continue;
            }
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
            notifier.state.note(|state| state.dropped += 1, Some(&words));
            tracing::error!(
                notifier = name,
                notice = notice.words,
                "a notice is lost: {words}"
            );
        }
    }

    /// How each of them does.
    pub fn report(&self) -> Vec<NotifierReport> {
        let report = |notifier: &Sending| notifier.state.report();
        self.notifiers.iter().map(report).collect()
    }
}

/// One way, ready to be used.
enum Way {
    Webhook(Webhook),
    Command(Command),
    Mail(Mail),
}

async fn run(
    notifier: Notifier,
    mut notices: mpsc::Receiver<Notice>,
    state: State,
) {
    while let Some(notice) = notices.recv().await {
        let told = match deliver(&notifier, &notice).await {
            Ok(()) => {
                tracing::info!(
                    notifier = notifier.name,
                    notice = notice.words,
                    "somebody was told"
                );
                state.note(|state| state.sent += 1, None);
                continue;
            }
            Err(failure) => failure,
        };
        tracing::error!(
            notifier = notifier.name,
            notice = notice.words,
            "nobody was told: {told}"
        );
        state.note(|state| state.failed += 1, Some(&told));
    }
}

/// Tries as often as stated, with longer and longer pauses.
async fn deliver(notifier: &Notifier, notice: &Notice) -> Result<(), String> {
    // Made for each notice: a password, a program or a certificate may be
    // another one by now. What stays over the attempts is the message.
    let way = match &notifier.channel {
        Channel::Webhook { url, headers } => {
            Webhook::new(url, headers, notice).map(Way::Webhook)
        }
        Channel::Command(words) => {
            Ok(Way::Command(Command::new(words, notice)))
        }
        Channel::Email(email) => Mail::new(email, notice).map(Way::Mail),
    }
    .map_err(|failure| one_line(&failure.words))?;
    let mut pause = PAUSE;
    for attempt in 1.. {
        let limit = notifier.timeout;
        let tried = match &way {
            // It ends its program by itself.
            Way::Command(command) => command.run(limit).await,
            Way::Webhook(webhook) => in_time(limit, webhook.post()).await,
            Way::Mail(mail) => in_time(limit, mail.send()).await,
        };
        let Err(failure) = tried else { return Ok(()) };
        let words = one_line(&failure.words);
        if !failure.again || attempt >= notifier.attempts {
            return Err(words);
        }
        tracing::warn!(
            notifier = notifier.name,
            attempt,
            "will be tried again: {words}"
        );
        sleep(pause).await;
        pause *= 4;
    }
    Ok(())
}

async fn in_time(
    limit: Duration,
    attempt: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let late =
        |_| Failure::again(format!("no answer within {}", in_words(limit)));
    timeout(limit, attempt).await.map_err(late)?
}

impl State {
    fn report(&self) -> NotifierReport {
        self.report.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(
        &self,
        count: impl FnOnce(&mut NotifierReport),
        error: Option<&str>,
    ) {
        let mut report =
            self.report.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut report);
        report.last_error = error.map(|words| LastError {
            at: Timestamp::now().as_millisecond(),
            words: words.to_owned(),
        });
        let now = report.clone();
        drop(report);
        (self.changed)(&now);
    }
}
