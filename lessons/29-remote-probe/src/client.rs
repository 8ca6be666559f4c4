//! The probe's requests to its monitor.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use safe_text::plain;
use schedule::Now;
use serde::de::DeserializeOwned;
use tls::Trust;

use crate::{Delivery, Error, Orders, PlaceKey, Receipt, Result, ServerClock};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a whole exchange may take: a line of 128 kbit/s needs half of it
/// for the largest delivery.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest foreign text in a message, in characters.
const LONGEST: usize = 200;

/// A monitor, as a probe asks it. Clones share its connections.
#[derive(Clone)]
pub struct MonitorClient {
    base: Url,
    key: PlaceKey,
    http: Client,
}

/// An answer, and when it was asked for and came.
#[derive(Debug)]
pub struct Answer<T> {
    /// What the monitor said.
    pub said: T,
    /// When the request was sent.
    pub sent: Now,
    /// When the answer came.
    pub came: Now,
}

impl MonitorClient {
    /// The monitor at `address`, `https://HOST:PORT`, to which a place sends
    /// with this key. Plain HTTP is for a monitor on this machine.
    ///
    /// # Errors
    /// The address is none, or the certificates to trust cannot be read.
    pub fn new(
        address: &str,
        key: &PlaceKey,
        trust: &Trust,
    ) -> Result<MonitorClient> {
        let no_address = || Error::Address(address.to_owned());
        let mut base = Url::parse(address).map_err(|_| no_address())?;
        match base.scheme() {
            "https" => {}
            "http" if is_here(&base) => {}
            "http" => return Err(Error::Plain(address.to_owned())),
            _ => return Err(no_address()),
        }
        // What stands in the address already may be a proxy's own path.
        base.path_segments_mut()
            .map_err(|()| no_address())?
            .pop_if_empty()
            .extend(["api", "places", &key.place]);
        let mut http = Client::builder();
        if base.scheme() == "https" {
            http = http.tls_backend_preconfigured(trust.config()?);
        } else {
            // It is not used, and must be there. An error says that it is
            // there already.
            let provider = rustls::crypto::ring::default_provider();
            let _ = provider.install_default();
        }
        let http = http
            .connect_timeout(CONNECT)
            .timeout(PATIENCE)
            // A key is for the monitor alone.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Error::Http(reason(&error)))?;
        Ok(MonitorClient { base, key: key.clone(), http })
    }

    /// Asks what to measure.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    pub async fn orders<T: DeserializeOwned>(
        &self,
    ) -> std::result::Result<Answer<Orders<T>>, String> {
        let request = self.http.get(self.url("targets"));
        self.ask(request).await
    }

    /// Sends batches.
    ///
    /// # Errors
    /// Why there is no receipt, in words. The monitor may have them
    /// nevertheless.
    pub async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> std::result::Result<Answer<Receipt>, String> {
        let request = self.http.post(self.url("batches")).json(delivery);
        self.ask(request).await
    }

    fn url(&self, last: &str) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(last);
        }
        url
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> std::result::Result<Answer<T>, String> {
        let sent = Now::read();
        let answer = request.bearer_auth(self.key.expose()).send().await;
        let answer = answer.map_err(|error| reason(&error))?;
        let came = Now::read();
        if answer.status() != StatusCode::OK {
            return Err(refusal(answer).await);
        }
        let said = answer.json().await.map_err(|error| {
            format!("it answers what no monitor says: {}", reason(&error))
        })?;
        Ok(Answer { said, sent, came })
    }
}

impl<T> Answer<T> {
    /// Tells a clock what this exchange shows of the monitor's.
    pub fn set(&self, clock: &mut crate::ClockError, monitor: ServerClock) {
        clock.exchanged(self.sent, monitor, self.came);
    }
}

/// Whether an address is one of this machine's own.
fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_matches(['[', ']']);
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Why the monitor refuses, in words.
async fn refusal(answer: Response) -> String {
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    let json: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    let words = json.as_ref().and_then(|json| json["error"].as_str());
    match (status, words) {
        (StatusCode::UNAUTHORIZED, _) => {
            "it does not take the key: make one there with `network-monitor \
             place add NAME`, and name its file here with --key-file"
                .to_owned()
        }
        (_, Some(words)) => plain(words, LONGEST),
        (status, None) => format!("it answers {status}"),
    }
}

/// The last of an error's causes: what a person can mend.
fn reason(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => reason(cause),
        None => plain(&error.to_string(), LONGEST),
    }
}
