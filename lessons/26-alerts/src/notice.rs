//! A notice: the message that somebody gets.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::message::Message;

/// The news that trouble has begun, lasts, or is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The rule's name.
    pub alert: String,
    /// The target or speed test.
    pub target: String,
    /// What was measured, such as `ping`.
    pub metric: String,
    /// Whether it begins, lasts or ends.
    pub state: NoticeState,
    /// When the result came that caused it, in Unix milliseconds.
    pub at: i64,
    /// When the trouble began, in Unix milliseconds.
    pub since: i64,
    /// The last value, in the metric's unit; nothing when it failed.
    pub value: Option<f64>,
    /// The value that `value` was compared with, in the metric's unit.
    pub threshold: Option<f64>,
    /// The notice as a sentence.
    pub words: String,
}

/// Whether trouble begins, lasts or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeState {
    /// It began.
    Failing,
    /// It lasts: told again, because the rule says so.
    Lasting,
    /// It is over.
    Recovered,
    /// Somebody tries out whether notices arrive.
    Test,
    /// Its target, or the rule, was taken out of the configuration while it
    /// lasted: nobody will hear how it ends.
    Unwatched,
}

impl Notice {
    /// A notice with which somebody tries out a notifier, at a time in Unix
    /// milliseconds.
    #[must_use]
    pub fn test(at: i64) -> Notice {
        Notice {
            alert: "test".to_owned(),
            target: "nothing".to_owned(),
            metric: "none".to_owned(),
            state: NoticeState::Test,
            at,
            since: at,
            value: None,
            threshold: None,
            words: "this is a test: notices of the network monitor arrive here"
                .to_owned(),
        }
    }
}

impl fmt::Display for NoticeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoticeState::Failing => "failing",
            NoticeState::Lasting => "lasting",
            NoticeState::Recovered => "recovered",
            NoticeState::Test => "test",
            NoticeState::Unwatched => "unwatched",
        })
    }
}

/// The message as JSON: its notice, with its words once more as `text`, which
/// is what many chat servers show. Of several notices, each stands in
/// `notices`.
pub(crate) fn json(message: &Message) -> serde_json::Value {
    let Message { notice, all } = message;
    let mut body = serde_json::to_value(notice).expect("plain data");
    body["text"] = notice.words.clone().into();
    if !all.is_empty() {
        body["notices"] = serde_json::to_value(all).expect("plain data");
    }
    body
}

/// A moment as a person reads it, in this machine's time zone:
/// `2026-11-24 02:10:05`.
pub(crate) fn moment(at: i64) -> String {
    let Ok(at) = Timestamp::from_millisecond(at) else {
        return format!("{at} ms");
    };
    let at = at.to_zoned(TimeZone::system());
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
