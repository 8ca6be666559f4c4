//! What breaks together is told together, and what cannot be told now is told
//! later.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alerts::{
    Backlog, Body, Channel, Notice, NoticeState, Notifier, Notifiers, Secret,
    Waiting,
};
use serde_json::Value;

use crate::sending::{about, notice, notifiers};
use crate::webhooks::{Listener, OK, answer, body, webhook};

const HOSTS: usize = 200;

/// A notice of this moment: one of last week is no news.
fn fresh() -> Notice {
    let at = network_monitor::now();
    Notice { at, since: at, ..notice() }
}

fn host(number: usize) -> Notice {
    about(&format!("host {number}"))
}

fn recovered(notice: Notice) -> Notice {
    let words = format!("{}: well again", notice.target);
    let at = notice.at + 14_000;
    Notice { state: NoticeState::Recovered, at, words, ..notice }
}

/// Waits until a notifier has nothing more to send.
async fn sent(notifiers: &Notifiers, count: u64) {
    let waiting = async {
        while notifiers.report()[0].sent < count {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let sent = tokio::time::timeout(Duration::from_secs(120), waiting).await;
    sent.unwrap_or_else(|_| panic!("{:?}", notifiers.report()));
}

/// The targets and the state that one request tells.
fn told(request: &str) -> (Vec<String>, String) {
    let body = body(request);
    let target = |one: &Value| one["target"].as_str().expect("text").to_owned();
    let targets = match body["notices"].as_array() {
        Some(all) => all.iter().map(target).collect(),
        None => vec![target(&body)],
    };
    (targets, body["state"].as_str().expect("a word").to_owned())
}

#[tokio::test]
async fn two_hundred_troubles_at_once_are_a_message_or_two_and_so_is_their_end()
{
    let listener = Listener::answering(&[OK; 8]);
    let notifiers = notifiers(&webhook("chat", listener.address, ""));
    let chat = ["chat".to_owned()];
    for number in 0..HOSTS {
        notifiers.send(&chat, &host(number));
    }
    sent(&notifiers, HOSTS as u64).await;
    for number in 0..HOSTS {
        notifiers.send(&chat, &recovered(host(number)));
    }
    sent(&notifiers, 2 * HOSTS as u64).await;

    let requests = listener.requests();
    assert!(requests.len() <= 4, "{} messages", requests.len());
    let mut count = BTreeMap::new();
    for request in &requests {
        let (targets, state) = told(request);
        for target in targets {
            *count.entry((target, state.clone())).or_insert(0) += 1;
        }
    }
    for number in 0..HOSTS {
        for state in ["failing", "recovered"] {
            let told = count.get(&(format!("host {number}"), state.into()));
            assert_eq!(told, Some(&1), "host {number} {state}");
        }
    }
    let first = body(&requests[0]);
    let words = first["text"].as_str().expect("a sentence");
    assert!(words.contains("host 0, host 1, host 2"), "{words}");
    assert!(words.len() < 1_000, "{words}");
}

#[tokio::test]
async fn what_cannot_be_told_now_is_told_later_with_its_time() {
    // For longer than three attempts in a row.
    let away = answer("503 Service Unavailable");
    let listener =
        Listener::answering(&[&away, &away, &away, &away, &away, OK, OK]);
    let notifiers = notifiers(&webhook("chat", listener.address, ""));
    let chat = ["chat".to_owned()];
    let begun = fresh();
    notifiers.send(&chat, &begun);
    let waits = async {
        while notifiers.report()[0].last_error.is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waits).await.expect("an end");
    let report = notifiers.report().remove(0);
    assert_eq!((report.waiting, report.failed), (1, 0), "{report:?}");
    // It is over before anybody could be told that it had begun.
    notifiers.send(&chat, &recovered(begun.clone()));
    sent(&notifiers, 2).await;

    let requests = listener.requests();
    let [.., failing, recovered] = requests.as_slice() else { panic!() };
    assert_eq!(told(failing).1, "failing");
    assert_eq!(body(failing)["at"], begun.at);
    assert_eq!(told(recovered).1, "recovered");
    assert_eq!(notifiers.report()[0].last_error, None);
}

#[tokio::test]
async fn what_was_lost_stays_to_be_seen_and_its_end_says_so() {
    let listener = Listener::answering(&[&answer("404 Not Found"), OK, OK]);
    let notifiers = notifiers(&webhook("chat", listener.address, ""));
    let chat = ["chat".to_owned()];
    notifiers.send(&chat, &notice());
    let lost = async {
        while notifiers.report()[0].failed == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), lost).await.expect("an end");
    notifiers.send(&chat, &about("wiki"));
    sent(&notifiers, 1).await;
    notifiers.send(&chat, &recovered(notice()));
    sent(&notifiers, 2).await;

    let report = notifiers.report().remove(0);
    assert_eq!(report.last_error, None);
    let lost = report.last_lost.expect("one was lost");
    assert!(lost.words.contains("router: ping fails"), "{lost:?}");
    assert!(lost.words.contains("404"), "{lost:?}");
    let end = body(listener.requests().last().expect("a request"));
    let words = end["words"].as_str().expect("a sentence");
    assert!(words.ends_with("that it had begun reached nobody"), "{words}");
}

#[tokio::test]
async fn what_waits_at_the_end_is_told_after_the_next_start() {
    let away = answer("503 Service Unavailable");
    let listener = Listener::answering(&[&away, &away, &away, OK]);
    let url = format!("http://{}/", listener.address);
    let notifier = Notifier {
        name: "chat".to_owned(),
        channel: Channel::Webhook {
            url: Secret::new(url),
            headers: vec![],
            body: Body::Ours,
        },
        timeout: Duration::from_secs(10),
        attempts: None,
    };
    let list = [notifier];
    // What waits is kept as it changes, as the monitor does.
    let kept = Arc::new(Mutex::new(Waiting::default()));
    let keep = |kept: &Arc<Mutex<Waiting>>| {
        let kept = kept.clone();
        move |report: &alerts::NotifierReport, backlog: &Backlog| {
            let mut kept = kept.lock().expect("no panic");
            kept.set(&report.name, backlog.clone());
        }
    };
    let mut tasks = Vec::new();
    let spawn = |_, task| tasks.push(tokio::spawn(task));
    let notifiers = Notifiers::start(&list, spawn, keep(&kept));
    notifiers.send(&["chat".to_owned()], &fresh());
    drop(notifiers);
    for task in tasks {
        task.await.expect("it ends by itself");
    }

    let json = serde_json::to_string(&*kept.lock().expect("no panic"));
    let left = serde_json::from_str(&json.expect("plain data"));
    let notifiers = Notifiers::with(left.expect("what was written"));
    let spawn = |_, task| drop(tokio::spawn(task));
    let notifiers = notifiers.replace(&list, spawn, keep(&kept));
    sent(&notifiers, 1).await;
    assert_eq!(notifiers.waiting(), *kept.lock().expect("no panic"));
    let last = listener.requests().pop().expect("a request");
    assert_eq!(told(&last), (vec!["router".to_owned()], "failing".to_owned()));
}

#[test]
fn however_long_nothing_can_be_sent_a_series_keeps_its_beginning_and_its_end() {
    let mut backlog = Backlog::default();
    for minute in 0..1_000 {
        let at = minute * 60_000;
        let failing = Notice { at, since: at, ..notice() };
        backlog.add(failing.clone());
        backlog.add(recovered(failing));
    }
    let last = Notice { at: i64::MAX, ..notice() };
    backlog.add(last.clone());
    assert!(backlog.len() <= 4, "{}", backlog.len());

    let mut told = Vec::new();
    while !backlog.is_empty() {
        let next = backlog.next();
        assert_eq!(next.len(), 1);
        backlog.told(&next);
        told.extend(next);
    }
    assert_eq!(told[0].at, 0, "it began then");
    assert_eq!(told.last(), Some(&last), "and this is how it is");
    let alternate = |pair: &[Notice]| pair[0].state != pair[1].state;
    assert!(told.windows(2).all(alternate), "{told:#?}");
}
