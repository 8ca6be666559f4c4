//! The terminal's side of the API: one thread follows the monitor's events,
//! one makes requests.

use std::io::{self, BufReader};
use std::sync::mpsc::{Receiver, Sender};
use std::thread;
use std::time::Duration;

use daemon::Key;
use daemon::events::Events;
use history::Columns;
use reqwest::StatusCode;
use reqwest::blocking::{self, RequestBuilder, Response};
use serde::Deserialize;
use sign_in::Challenge;
use tls::Trust;

use super::Message;
use super::query::escape;
use super::view::{Chart, Request};
use crate::api::{Event, Status};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the stream of events may be silent. The monitor sends something
/// more often than that, if only that it is there.
const SILENCE: Duration = Duration::from_secs(60);
/// How long to wait before a monitor that was lost is asked again.
const AGAIN: Duration = Duration::from_secs(2);

/// A client of one monitor.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    key: String,
    /// The key that is sent only to a monitor that has it.
    own_key: Option<Key>,
    http: blocking::Client,
}

impl Client {
    pub fn new(base_url: &str, key: &str, trust: &Trust) -> io::Result<Client> {
        let (base, key) = (base_url.trim_end_matches('/'), key.trim());
        let mut builder = blocking::Client::builder();
        if base.starts_with("https://") {
            let config = trust.config().map_err(io::Error::other)?;
            builder = builder.tls_backend_preconfigured(config);
        } else {
            // It is not used, and must be there. An error says that it is
            // there already.
            let provider = rustls::crypto::ring::default_provider();
            let _ = provider.install_default();
        }
        // Made on a thread of its own: it must not be made where tasks run.
        let http = thread::spawn(|| {
            builder
                .connect_timeout(PATIENCE)
                // Of each read: the stream of events has no end.
                .timeout(SILENCE)
                .build()
        });
        let http = http.join().expect("it panics only where tasks run");
        let http = http.map_err(io::Error::other)?;
        let (base, key) = (base.to_owned(), key.to_owned());
        Ok(Client { base, key, own_key: None, http })
    }

    /// A client of this machine's own monitor, whose key was found in its data
    /// folder. The monitor proves first that it has the key, too: while it is
    /// down, anybody may listen at its address.
    pub fn of_own(
        base_url: &str,
        key: &Key,
        trust: &Trust,
    ) -> io::Result<Client> {
        let client = Client::new(base_url, key.expose(), trust)?;
        Ok(Client { own_key: Some(key.clone()), ..client })
    }

    /// Passes the events on for as long as somebody receives them.
    pub fn follow(self, messages: Sender<Message>) {
        thread::spawn(move || {
            loop {
                let reason = match self.events(&messages) {
                    Ok(()) => "it ended the connection".to_owned(),
                    Err(reason) => reason,
                };
                if messages.send(Message::Lost(reason)).is_err() {
                    return;
                }
                thread::sleep(AGAIN);
            }
        });
    }

    // ANCHOR: events
    /// Passes on the events of one connection, until it ends.
    fn events(&self, messages: &Sender<Message>) -> Result<(), String> {
        let request = self.http.get(format!("{}/api/events", self.base));
        let answer = self.send(request)?;
        for event in Events::new(BufReader::new(answer)) {
            let event = event.map_err(|error| reason(&error))?;
            // An event that only another version knows is left out.
            if let Some(event) = Event::read(&event.name, &event.data)
                && messages.send(Message::Event(event)).is_err()
            {
                break;
            }
        }
        Ok(())
    }
    // ANCHOR_END: events

    /// Makes the requests, one after the other.
    pub fn answer(
        self,
        requests: Receiver<Request>,
        messages: Sender<Message>,
    ) {
        thread::spawn(move || {
            for request in requests {
                let message = match request {
                    Request::Test(name) => Some(self.start_test(&name)),
                    Request::Chart(chart, end) => {
                        self.history(&chart, end).map(|columns| {
                            Message::Chart(chart, Box::new(columns))
                        })
                    }
                };
                // A chart that does not come is asked for again soon.
                if let Some(message) = message
                    && messages.send(message).is_err()
                {
                    return;
                }
            }
        });
    }

    /// The state of everything, now.
    pub fn status(&self) -> Result<Status, String> {
        let request = self.http.get(format!("{}/api/status", self.base));
        let answer = self.send(request.timeout(PATIENCE))?;
        answer.json().map_err(|error| reason(&error))
    }

    /// The figures of a chart, if they come.
    pub fn history(&self, chart: &Chart, end: i64) -> Option<Columns> {
        let url = format!("{}{}", self.base, chart.path(end));
        let answer = self.send(self.http.get(url).timeout(PATIENCE)).ok()?;
        answer.json().ok()
    }

    fn start_test(&self, name: &str) -> Message {
        let path = format!("/api/tests/{}", escape(name));
        let request = self.http.post(format!("{}{path}", self.base));
        Message::Tested(self.send(request.timeout(PATIENCE)).err())
    }

    fn send(&self, request: RequestBuilder) -> Result<Response, String> {
        self.prove()?;
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
}

impl Client {
    /// Makes sure that the monitor is what answers, where that is in doubt.
    fn prove(&self) -> Result<(), String> {
        #[derive(Default, Deserialize)]
        struct Proof {
            proof: String,
        }
        let Some(key) = &self.own_key else { return Ok(()) };
        let challenge = Challenge::new().map_err(|error| reason(&error))?;
        let url = format!("{}{}", self.base, challenge.path());
        let answer = self.http.get(url).timeout(PATIENCE).send();
        let answer = answer.map_err(|error| reason(&error))?;
        let address = answer.remote_addr();
        let proof = answer.json::<Proof>().unwrap_or_default();
        let is_ours = address.is_some_and(|address| {
            challenge.is_answered(key, address, &proof.proof)
        });
        is_ours.then_some(()).ok_or_else(|| {
            "what answers there cannot prove that it is this machine's own \
             monitor, so the key was not sent: name it with --server if it is"
                .to_owned()
        })
    }
}

/// The last of an error's causes: what a person can mend. Those before it say
/// that a request was sent, and to whom; that is known here.
fn reason(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => reason(cause),
        None => error.to_string(),
    }
}
