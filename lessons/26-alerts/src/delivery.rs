//! The delivery of one message by one notifier.

use std::time::Duration;

use daemon::units::in_words;
use jiff::Timestamp;
use programs::{Failure, Program, one_line, try_often};
use tokio::time::timeout;

use crate::command::command;
use crate::email::Mail;
use crate::message::Message;
use crate::webhook::Webhook;
use crate::{Channel, Notice, Notifier};

/// The attempts in a row, where the notifier states none.
const ATTEMPTS: u32 = 3;

/// Why a message was not delivered.
pub(crate) struct Undelivered {
    pub reason: String,
    /// Whether it may succeed later.
    pub retry: bool,
}

/// A message, ready to be sent.
enum Letter {
    Webhook(Webhook),
    Command(Program),
    // Far larger than the others.
    Mail(Box<Mail>),
}

/// Tries as often as the notifier says, with growing pauses.
pub(crate) async fn deliver(
    notifier: &Notifier,
    message: &Message,
) -> Result<(), Undelivered> {
    // Made for each message: a password, a program or a certificate may have
    // been changed. All attempts send the same one.
    let letter = match &notifier.channel {
        Channel::Webhook { url, headers, body } => {
            Webhook::new(url, headers, body, message).map(Letter::Webhook)
        }
        Channel::Command(words) => Ok(Letter::Command(command(words, message))),
        Channel::Email(email) => {
            Mail::new(email, message).map(|mail| Letter::Mail(Box::new(mail)))
        }
    };
    let letter = letter.map_err(|failure| undelivered(&failure))?;
    let (letter, limit) = (&letter, notifier.timeout);
    let attempt = || async move {
        match letter {
            // A command keeps to the limit by itself.
            Letter::Command(program) => program.run(limit).await,
            Letter::Webhook(webhook) => {
                while let Some(post) = webhook.next() {
                    in_time(limit, webhook.send(post)).await?;
                }
                Ok(())
            }
            Letter::Mail(mail) => in_time(limit, mail.send()).await,
        }
    };
    let again = |failure: &Failure| {
        let words = one_line(&failure.words);
        let notifier = &notifier.name;
        tracing::warn!(notifier, "will be tried again: {words}");
    };
    let attempts = notifier.attempts.unwrap_or(ATTEMPTS);
    let done = try_often(attempts, attempt, again).await;
    done.map_err(|failure| undelivered(&failure))
}

/// Sends a test notice by a notifier, once and at once: past the backlog, so
/// that somebody hears now whether it was taken.
///
/// # Errors
/// Why it was not, in words.
pub async fn send_test(notifier: &Notifier) -> Result<(), String> {
    let once = Notifier { attempts: Some(1), ..notifier.clone() };
    let now = Timestamp::now().as_millisecond();
    let message = Message { notice: Notice::test(now), all: Vec::new() };
    deliver(&once, &message).await.map_err(|undelivered| undelivered.reason)
}

fn undelivered(failure: &Failure) -> Undelivered {
    Undelivered { reason: one_line(&failure.words), retry: failure.retry }
}

async fn in_time(
    limit: Duration,
    attempt: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let late =
        |_| Failure::temporary(format!("no answer within {}", in_words(limit)));
    timeout(limit, attempt).await.map_err(late)?
}
