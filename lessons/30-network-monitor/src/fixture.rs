//! The office around the monitor: a service that it watches, somebody who
//! receives its notices, and the monitor itself.

mod monitor;
mod service;
mod webhook;

use std::error::Error;
use std::time::Duration;

pub use monitor::Monitor;
pub use service::Service;
pub use webhook::WebhookReceiver;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Nothing in this lesson takes longer, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many characters fit on a projector.
const WIDTH: usize = 78;

/// Prints a line of the story. What is too long goes on in the next line.
pub fn say(who: &str, words: &str) {
    let mut line = format!("{who:<10}");
    for word in words.split(' ') {
        if line.len() + 1 + word.len() > WIDTH {
            println!("{line}");
            line = " ".repeat(10);
        }
        line.push(' ');
        line.push_str(word);
    }
    println!("{line}");
}
