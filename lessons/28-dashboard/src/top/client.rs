//! Asks the monitor, on threads of its own.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, Sender};
use std::thread;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::blocking::{self, RequestBuilder, Response};
use serde::de::DeserializeOwned;

use super::Heard;
use super::view::Ask;

const PATIENCE: Duration = Duration::from_secs(10);
/// The monitor says something in this time, if only that it is there.
const SILENCE: Duration = Duration::from_secs(60);
/// How long to wait before it is asked again.
const AGAIN: Duration = Duration::from_secs(2);
/// The longest line of events that is taken, in bytes.
const LONGEST: u64 = 8 << 20;

/// One monitor.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    key: String,
    http: blocking::Client,
}

impl Client {
    pub fn new(base_url: &str, key: &str) -> io::Result<Client> {
        // One process has one provider of cryptography; if there is one
        // already, it serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (base, key) = (base_url.trim_end_matches('/'), key.trim());
        // Made on a thread of its own: it must not be made where tasks run.
        let http = thread::spawn(|| {
            blocking::Client::builder()
                .connect_timeout(PATIENCE)
                // Of each read: the events have no end.
                .timeout(SILENCE)
                .build()
        });
        let http = http.join().expect("it panics only where tasks run");
        let http = http.map_err(io::Error::other)?;
        Ok(Client { base: base.to_owned(), key: key.to_owned(), http })
    }

    /// Follows the events for as long as somebody listens.
    pub fn follow(self, tell: Sender<Heard>) {
        thread::spawn(move || {
            loop {
                let words = match self.events(&tell) {
                    Ok(()) => "it ended the connection".to_owned(),
                    Err(words) => words,
                };
                if tell.send(Heard::Lost(words)).is_err() {
                    return;
                }
                thread::sleep(AGAIN);
            }
        });
    }

    /// Answers what is asked, one question after the other.
    pub fn answer(self, asked: Receiver<Ask>, tell: Sender<Heard>) {
        thread::spawn(move || {
            for ask in asked {
                let heard = match &ask {
                    Ask::Test { name } => Some(self.start(name)),
                    Ask::History { .. } => self
                        .get(&ask.path(), PATIENCE)
                        .and_then(|answer| {
                            answer.json().map_err(|error| reason(&error))
                        })
                        .ok()
                        .map(|columns| Heard::History(ask, Box::new(columns))),
                };
                // A chart that does not come is asked for again soon.
                if heard.is_some_and(|heard| tell.send(heard).is_err()) {
                    return;
                }
            }
        });
    }

    fn start(&self, name: &str) -> Heard {
        let path = format!("/api/tests/{}", escape(name));
        let request = self.http.post(format!("{}{path}", self.base));
        Heard::Said(match self.send(request.timeout(PATIENCE)) {
            Ok(_) => String::new(),
            Err(words) => words,
        })
    }

    fn get(&self, path: &str, most: Duration) -> Result<Response, String> {
        let request = self.http.get(format!("{}{path}", self.base));
        self.send(request.timeout(most))
    }

    fn send(&self, request: RequestBuilder) -> Result<Response, String> {
        let request = request.bearer_auth(&self.key);
        let answer = request.send().map_err(|error| reason(&error))?;
        match answer.status() {
            status if status.is_success() => Ok(answer),
            StatusCode::UNAUTHORIZED => Err(
                "it does not take the key: give the one in its data folder, \
                 in the file `key`"
                    .to_owned(),
            ),
            status => {
                let text = answer.text().unwrap_or_default();
                let error = serde_json::from_str::<serde_json::Value>(&text);
                let words = error.ok().and_then(|answer| {
                    Some(answer.get("error")?.as_str()?.to_owned())
                });
                Err(words.unwrap_or_else(|| format!("it answers {status}")))
            }
        }
    }

    /// Server-sent events (WHATWG HTML, section 9.2), as far as the monitor
    /// uses them: a name, and one line of data.
    fn events(&self, tell: &Sender<Heard>) -> Result<(), String> {
        let request = self.http.get(format!("{}/api/events", self.base));
        let answer = self.send(request)?;
        let mut lines = BufReader::new(answer);
        let mut name = String::new();
        loop {
            let mut line = Vec::new();
            let mut bounded = lines.by_ref().take(LONGEST);
            let read = bounded.read_until(b'\n', &mut line);
            if read.map_err(|error| reason(&error))? == 0 {
                return Ok(());
            }
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end();
            if let Some(event) = line.strip_prefix("event:") {
                name = event.trim().to_owned();
            } else if let Some(data) = line.strip_prefix("data:")
                && let Some(heard) = understand(&name, data.trim())
                && tell.send(heard).is_err()
            {
                return Ok(());
            }
        }
    }
}

fn understand(name: &str, data: &str) -> Option<Heard> {
    fn read<T: DeserializeOwned>(data: &str) -> Option<T> {
        // What another version says differently is left out.
        serde_json::from_str(data).ok()
    }
    match name {
        "status" => read(data).map(Box::new).map(Heard::Status),
        "sample" => read(data).map(Heard::Sample),
        "progress" => read(data).map(Heard::Progress),
        _ => None,
    }
}

/// Everything that may not stand in a path or a query (RFC 3986, section
/// 2.3), as its bytes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                escaped.push(char::from(byte));
            }
            b'-' | b'.' | b'_' | b'~' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

/// The last of an error's causes: what a person can mend. Those before it
/// say that a request was sent, and to whom; that is known here.
fn reason(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => reason(cause),
        None => error.to_string(),
    }
}
