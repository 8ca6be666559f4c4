//! Shared by the tests of all channels: notices, and notifiers at work.

use std::path::Path;
use std::time::Duration;

use alerts::{Notice, NoticeState, NotifierReport, Notifiers};
use monitor_config::Config;

pub fn notice() -> Notice {
    Notice {
        alert: "does not answer".to_owned(),
        target: "router".to_owned(),
        metric: "ping".to_owned(),
        state: NoticeState::Failing,
        at: 1_795_485_012_000,
        since: 1_795_485_010_000,
        value: None,
        threshold: Some(100.0),
        words: "router: ping fails: no answer, 3 times in a row".to_owned(),
    }
}

/// The same trouble of another target.
pub fn about(target: &str) -> Notice {
    Notice { target: target.to_owned(), ..notice() }
}

/// Notifiers of a configuration, each in a task of its own.
pub fn notifiers(text: &str) -> Notifiers {
    notifiers_beside(text, Path::new("monitor.toml"))
}

pub fn notifiers_beside(text: &str, file: &Path) -> Notifiers {
    let watch = Config::parse(text, file).expect("a configuration");
    let spawn = |_, task| {
        tokio::spawn(task);
    };
    Notifiers::start(&watch.notifiers, spawn, |_, _| {})
}

/// Sends one notice by all, and waits until each has done what it can.
pub async fn send(notifiers: &Notifiers, notice: &Notice) -> NotifierReport {
    let before = done(notifiers);
    let names: Vec<String> =
        notifiers.report().into_iter().map(|report| report.name).collect();
    notifiers.send(&names, notice);
    let wanted = before + names.len() as u64;
    let waiting = async {
        while done(notifiers) < wanted {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting)
        .await
        .expect("each notifier comes to an end");
    notifiers.report().remove(0)
}

fn done(notifiers: &Notifiers) -> u64 {
    let done = |report: NotifierReport| report.sent + report.failed;
    notifiers.report().into_iter().map(done).sum()
}

pub fn last_error(report: &NotifierReport) -> &str {
    let error = report.last_error.as_ref().expect("something went wrong");
    assert!(error.at > 0);
    &error.words
}
