//! A notice for a program.

use programs::{Program, one_line};

use crate::message::Message;
use crate::notice::json;

/// The program of these words, with one message for it.
pub(crate) fn command(words: &[String], message: &Message) -> Program {
    let notice = &message.notice;
    let number = |value: Option<f64>| {
        value.map(|value| value.to_string()).unwrap_or_default()
    };
    let environment = [
        ("NOTICE_ALERT", one_line(&notice.alert)),
        ("NOTICE_TARGET", one_line(&notice.target)),
        ("NOTICE_METRIC", one_line(&notice.metric)),
        ("NOTICE_STATE", notice.state.to_string()),
        ("NOTICE_AT", notice.at.to_string()),
        ("NOTICE_SINCE", notice.since.to_string()),
        ("NOTICE_VALUE", number(notice.value)),
        ("NOTICE_THRESHOLD", number(notice.threshold)),
        ("NOTICE_WORDS", one_line(&notice.words)),
    ];
    let mut input = json(message).to_string();
    input.push('\n');
    Program::new(words, &environment, input)
}
