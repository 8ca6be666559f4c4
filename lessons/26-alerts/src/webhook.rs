//! A notice as an HTTP POST, or several.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};

use programs::Failure;
use reqwest::Client;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;

use crate::body::Post;
use crate::message::Message;
use crate::{Body, Secret};

/// One message on its way to one address.
pub(crate) struct Webhook {
    client: Client,
    headers: HeaderMap,
    posts: Vec<Post>,
    /// How many of them were taken. Another attempt goes on behind them.
    taken: AtomicUsize,
}

impl Webhook {
    pub fn new(
        url: &Secret,
        headers: &[(String, Secret)],
        body: &Body,
        message: &Message,
    ) -> Result<Webhook, Failure> {
        // One process has one provider of cryptography; if there is one
        // already, it serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            // The notice and its headers go to the address that was written
            // down, and nowhere else.
            .redirect(Policy::none())
            .user_agent(concat!("network-monitor/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::permanent(in_full(error)))?;
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            // Both were checked when the configuration was read.
            let bad = |_| Failure::permanent(format!("bad header {name}"));
            let key = HeaderName::try_from(name).map_err(|_| bad(()))?;
            let mut value =
                HeaderValue::from_str(value.reveal()).map_err(|_| bad(()))?;
            value.set_sensitive(true);
            map.insert(key, value);
        }
        let url = reqwest::Url::parse(url.reveal())
            .map_err(|error| Failure::permanent(error.to_string()))?;
        let posts = body.posts(&url, message)?;
        let taken = AtomicUsize::new(0);
        Ok(Webhook { client, headers: map, posts, taken })
    }

    /// The first that was not taken yet.
    pub fn next(&self) -> Option<&Post> {
        self.posts.get(self.taken.load(Ordering::Relaxed))
    }

    pub async fn send(&self, post: &Post) -> Result<(), Failure> {
        let request = self
            .client
            .post(post.url.clone())
            .header(CONTENT_TYPE, post.media_type)
            .headers(self.headers.clone())
            .body(post.text.clone());
        // The address may be a secret.
        let answer = request.send().await.map_err(|error| {
            Failure::temporary(in_full(error.without_url()))
        })?;
        let status = answer.status();
        if status.is_success() {
            self.taken.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        let host = post.url.host_str().unwrap_or_default();
        if status.is_redirection() {
            return Err(Failure::permanent(format!(
                "{host} answers {status} and points elsewhere: write the \
                 address that it points to"
            )));
        }
        let words = format!("{host} answers {status}");
        // The server may do later what it cannot do now (RFC 9110, section
        // 15.6; 429: RFC 6585, section 4; 408: RFC 9110, section 15.5.9).
        let later = status.is_server_error()
            || status == StatusCode::TOO_MANY_REQUESTS
            || status == StatusCode::REQUEST_TIMEOUT;
        Err(Failure { words, retry: later })
    }
}

/// An error with its causes: reqwest's own words stop at "error sending
/// request".
fn in_full(error: reqwest::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
