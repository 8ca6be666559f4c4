//! How often each person may ask, over HTTP.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use connections::client_of;
use rates::{Rate, Rates};
use serde_json::json;
use sign_in::User;

/// Whoever is counted as one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Person {
    /// An account, from wherever it asks.
    Account(String),
    /// Whoever asks from an address without an account. Those behind a proxy
    /// are one person.
    Address(IpAddr),
}

impl Person {
    /// The person of this account, or whoever asks from this address.
    #[must_use]
    pub fn new(account: Option<&str>, address: IpAddr) -> Person {
        match account {
            Some(name) => Person::Account(name.to_owned()),
            None => Person::Address(client_of(address)),
        }
    }

    /// The person who asks, by what the server and its sign-in have put into a
    /// request's extensions.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Person {
        match extensions.get::<User>() {
            Some(user) => Person::Account(user.name.clone()),
            None => Person::at_address(extensions),
        }
    }

    fn at_address(extensions: &Extensions) -> Person {
        let peer: Option<&ConnectInfo<SocketAddr>> = extensions.get();
        // A request without a connection comes from a test.
        let ip = peer.map_or(IpAddr::from([0; 4]), |peer| peer.0.ip());
        Person::Address(client_of(ip))
    }
}

/// A limit for how often each person may ask. Clones are the same one.
#[derive(Debug, Clone)]
pub struct RateLimit(Option<Arc<Rates<Person>>>);

impl RateLimit {
    /// At most this often; `None` is no limit.
    #[must_use]
    pub fn new(rate: Option<Rate>) -> RateLimit {
        RateLimit(rate.map(|rate| Arc::new(Rates::new(rate))))
    }

    /// Counts a request of this person.
    ///
    /// # Errors
    /// It is one too many: how long the person has to wait for the next.
    pub fn take(&self, person: &Person) -> Result<(), Duration> {
        match &self.0 {
            Some(rates) => rates.take(person, Instant::now()),
            None => Ok(()),
        }
    }

    /// A router that answers 429 to requests beyond the limit. Put it inside of
    /// the sign-in, which says who asks.
    pub fn protect<S>(&self, router: Router<S>) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        router.layer(from_fn_with_state(self.clone(), limit))
    }

    /// A router that counts the requests which its sign-in turns away, by
    /// their address.
    pub(crate) fn protect_sign_in(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.clone(), limit_strangers))
    }
}

async fn limit(
    State(limit): State<RateLimit>,
    request: Request,
    next: Next,
) -> Response {
    match limit.take(&Person::of(request.extensions())) {
        Ok(()) => next.run(request).await,
        Err(wait) => too_often(wait),
    }
}

async fn limit_strangers(
    State(limit): State<RateLimit>,
    request: Request,
    next: Next,
) -> Response {
    let person = Person::at_address(request.extensions());
    let answer = next.run(request).await;
    if answer.status() != StatusCode::UNAUTHORIZED {
        return answer;
    }
    match limit.take(&person) {
        Ok(()) => answer,
        Err(wait) => too_often(wait),
    }
}

/// Says that somebody asks too often, and when to come back (RFC 6585, section
/// 4).
pub fn too_often(wait: Duration) -> Response {
    let seconds = wait.as_secs_f64().ceil().max(1.0);
    let message = format!(
        "you ask more often than this server allows: try again in {seconds} s"
    );
    let headers = [(header::RETRY_AFTER, seconds.to_string())];
    let body = Json(json!({ "error": message }));
    (StatusCode::TOO_MANY_REQUESTS, headers, body).into_response()
}
