//! Notices by HTTP, to listeners of the tests' own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::sending::{about, last_error, notice, notifiers, send};

/// Answers each request with the next of its answers, and remembers what was
/// asked.
pub struct Listener {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    pub fn answering(answers: &[&str]) -> Listener {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let answers: Vec<String> =
            answers.iter().map(|answer| (*answer).to_owned()).collect();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = requests.clone();
        thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().expect("a request");
                let request = read_request(&mut stream);
                seen.lock().expect("no panic").push(request);
                // A client that has seen enough may be gone.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Listener { address, requests }
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

/// A request's head and body.
pub fn read_request(stream: &mut impl Read) -> String {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let read = stream.read(&mut piece).unwrap_or(0);
        text.extend_from_slice(&piece[..read]);
        let said = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = said.split_once("\r\n\r\n") else {
            assert!(read > 0, "it ends early: {said}");
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")
                    .map(|length| length.parse().expect("a number"))
            })
            .unwrap_or(0);
        if body.len() >= length || read == 0 {
            return said;
        }
    }
}

pub const OK: &str = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

pub fn answer(status: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )
}

/// The JSON of a request.
pub fn body(request: &str) -> Value {
    let (_, body) = request.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).expect("JSON")
}

pub fn webhook(name: &str, address: SocketAddr, more: &str) -> String {
    format!(
        "[[notify]]\nname = \"{name}\"\nwebhook = \
         \"http://{address}/hooks/token?a=b\"\n{more}\n"
    )
}

#[tokio::test]
async fn a_webhook_gets_the_notice_as_json_with_its_headers() {
    let listener = Listener::answering(&[OK]);
    let notifiers = notifiers(&webhook(
        "chat",
        listener.address,
        "headers = { Authorization = \"Bearer 123\", X-Room = \"ops\" }",
    ));
    let report = send(&notifiers, &notice()).await;
    assert_eq!((report.sent, report.failed), (1, 0));
    assert_eq!(report.last_error, None);

    let request = listener.requests().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").expect("a body");
    assert!(head.starts_with("POST /hooks/token?a=b HTTP/1.1\r\n"), "{head}");
    for header in [
        "content-type: application/json",
        "authorization: Bearer 123",
        "x-room: ops",
    ] {
        assert!(head.contains(header), "{header}\n{head}");
    }
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body["alert"], "does not answer");
    assert_eq!(body["target"], "router");
    assert_eq!(body["metric"], "ping");
    assert_eq!(body["state"], "failing");
    assert_eq!(body["at"], 1_795_485_012_000_u64);
    assert_eq!(body["since"], 1_795_485_010_000_u64);
    assert_eq!(body["value"], Value::Null);
    assert_eq!(body["threshold"], 100.0);
    assert_eq!(body["words"], body["text"]);
}

#[tokio::test]
async fn what_a_server_cannot_do_now_is_tried_again() {
    for status in ["503 Service Unavailable", "429 Too Many Requests"] {
        let listener = Listener::answering(&[&answer(status), OK]);
        let notifiers = notifiers(&webhook("chat", listener.address, ""));
        let report = send(&notifiers, &notice()).await;
        assert_eq!((report.sent, report.failed), (1, 0), "{status}");
        assert_eq!(listener.requests().len(), 2, "{status}");
    }
}

#[tokio::test]
async fn it_is_given_up_after_the_stated_attempts() {
    let broken = answer("500 Internal Server Error");
    let listener = Listener::answering(&[&broken, &broken, OK]);
    let notifiers =
        notifiers(&webhook("chat", listener.address, "attempts = 2"));
    let report = send(&notifiers, &notice()).await;
    assert_eq!((report.sent, report.failed), (0, 1));
    assert_eq!(
        last_error(&report),
        "127.0.0.1 answers 500 Internal Server Error"
    );
    assert_eq!(listener.requests().len(), 2);
    // The next one finds a server that is well.
    let report = send(&notifiers, &notice()).await;
    assert_eq!((report.sent, report.failed), (1, 1));
    assert_eq!(report.last_error, None);
}

#[tokio::test]
async fn what_a_server_will_never_take_is_not_tried_again() {
    let listener = Listener::answering(&[&answer("404 Not Found"), OK]);
    let notifiers = notifiers(&webhook("chat", listener.address, ""));
    let report = send(&notifiers, &notice()).await;
    assert_eq!(last_error(&report), "127.0.0.1 answers 404 Not Found");
    assert_eq!(listener.requests().len(), 1);
}

#[tokio::test]
async fn a_redirect_takes_the_notice_nowhere_else() {
    let elsewhere = Listener::answering(&[OK]);
    let redirect = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{}/\r\n\
         Connection: close\r\nContent-Length: 0\r\n\r\n",
        elsewhere.address
    );
    let listener = Listener::answering(&[&redirect]);
    let notifiers = notifiers(&webhook("chat", listener.address, ""));
    let report = send(&notifiers, &notice()).await;
    let said = last_error(&report);
    assert!(said.contains("307") && said.contains("write the"), "{said}");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_failure_in_words() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port");
        port.local_addr().expect("its address")
    };
    let garbage = Listener::answering(&["what do you want?\r\n\r\n"]);
    let early = Listener::answering(&["HTTP/1.1 200"]);
    let silent = silent.local_addr().expect("its address");
    // Only the silent one needs the end of its time.
    for (address, timeout, said) in [
        (silent, "300ms", "no answer within 300ms"),
        (closed, "1m", "refused"),
        (garbage.address, "1m", "invalid HTTP version parsed"),
        (early.address, "1m", "closed before message completed"),
    ] {
        let notifiers = notifiers(&webhook(
            "chat",
            address,
            &format!("attempts = 1\ntimeout = \"{timeout}\""),
        ));
        let report = send(&notifiers, &notice()).await;
        let words = last_error(&report);
        assert!(words.contains(said), "{said}: {words}");
        assert!(!words.contains("token"), "a secret is shown: {words}");
    }
}

#[tokio::test]
async fn a_notifier_that_hangs_holds_up_neither_the_monitor_nor_others() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("its address");
    let listener = Listener::answering(&[OK]);
    let text = webhook("hangs", address, "timeout = \"5m\"")
        + &webhook("works", listener.address, "");
    let notifiers = notifiers(&text);
    let names = ["hangs".to_owned()];
    // Nothing here waits for the hanging one, and it loses nothing.
    for number in 0..100 {
        notifiers.send(&names, &about(&format!("host {number}")));
    }
    notifiers.send(&["works".to_owned()], &notice());
    let sent = async {
        while notifiers.report()[1].sent == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let sent = tokio::time::timeout(Duration::from_secs(60), sent).await;
    sent.expect("the other one works");
    let hangs = notifiers.report().remove(0);
    assert_eq!((hangs.sent, hangs.failed, hangs.waiting), (0, 0, 100));
}

#[tokio::test]
async fn what_waits_is_sent_when_the_monitor_ends() {
    let listener = Listener::answering(&[OK, OK, OK]);
    let text = webhook("chat", listener.address, "");
    let watch = monitor_config::Config::parse(
        &text,
        std::path::Path::new("monitor.toml"),
    );
    let mut tasks = Vec::new();
    let notifiers = alerts::Notifiers::start(
        &watch.expect("a configuration").notifiers,
        |name, task| tasks.push((name, tokio::spawn(task))),
        |_, _| {},
    );
    for host in ["router", "printer", "wiki"] {
        notifiers.send(&["chat".to_owned()], &about(host));
    }
    drop(notifiers);
    for (name, task) in tasks {
        assert_eq!(name, "notifier chat");
        task.await.expect("it ends by itself");
    }
    let body = body(&listener.requests()[0]);
    for (place, host) in ["router", "printer", "wiki"].iter().enumerate() {
        assert_eq!(body["notices"][place]["target"], *host, "{body}");
    }
}
