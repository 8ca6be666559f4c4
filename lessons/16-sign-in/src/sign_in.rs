//! The sign-in: it lets in programs that send the key, and browsers that have
//! signed in.
//!
//! A program sends the key with each request, `Authorization: Bearer KEY`
//! (RFC 6750). A person opens the one-time link that the server prints when it
//! starts, or pastes the key into a form; the browser then holds a session's
//! cookie, and never the key.
//!
//! Wrong keys are counted, and lock nobody out. A key has 256 bits, so
//! guessing is hopeless, and a lock would be a way to shut out its owner.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{fmt, io};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, FromRequest, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use tokio::time::timeout;

use crate::one_time_tokens::OneTimeTokens;
use crate::proof::prove;
use crate::refusal::{NO_STORE, Reason, Visitor, refuse, return_path};
use crate::session::Sessions;
use crate::{Key, User};

/// The largest form with a key, in bytes.
const FORM_BYTES: usize = 4096;
/// How long the form may take to arrive.
const FORM_TIME: Duration = Duration::from_secs(10);

/// The sign-in of a server. Clones are the same one.
#[derive(Clone)]
pub struct SignIn(Arc<Inner>);

struct Inner {
    key: Key,
    name: String,
    tokens: OneTimeTokens,
    sessions: Sessions,
    good: AtomicU64,
    bad: AtomicU64,
}

/// Shows no secret: neither the key nor a token.
impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.0.name;
        f.debug_struct("SignIn").field("name", name).finish_non_exhaustive()
    }
}

/// In the extensions of a request that was let in without a key, because the
/// server's configuration says so. It has no [`User`]: what is made of it
/// belongs to nobody by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetIn;

/// How many requests came with a key or a one-time link, by whether it was
/// right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// Right ones.
    pub good: u64,
    /// Wrong, used or expired ones.
    pub bad: u64,
}

impl SignIn {
    /// The sign-in of the server `name`, which is the realm of its key and a
    /// part of its cookie's name.
    #[must_use]
    pub fn new(key: Key, name: &str) -> SignIn {
        SignIn(Arc::new(Inner {
            sessions: Sessions::new(&key, name),
            key,
            name: name.to_owned(),
            tokens: OneTimeTokens::default(),
            good: AtomicU64::new(0),
            bad: AtomicU64::new(0),
        }))
    }

    /// How many requests came with a key or a one-time link.
    #[must_use]
    pub fn attempts(&self) -> Attempts {
        Attempts {
            good: self.0.good.load(Ordering::Relaxed),
            bad: self.0.bad.load(Ordering::Relaxed),
        }
    }

    /// An address under `base` (`http://HOST:PORT`) that signs in the first
    /// browser that opens it within an hour. The link is a secret until then.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn one_time_link(&self, base: &str) -> io::Result<String> {
        let token = self.0.tokens.issue()?;
        Ok(format!("{}/?token={token}", base.trim_end_matches('/')))
    }

    /// A router that lets in only visitors who are signed in, with the form
    /// for it at `POST /sign-in`, `POST /sign-out`, and the server's proof at
    /// `GET /sign-in/proof`.
    pub fn protect(&self, router: Router) -> Router {
        let form = Router::new()
            .route("/sign-in", post(sign_in))
            .route("/sign-out", post(sign_out))
            .route("/sign-in/proof", get(prove))
            .layer(DefaultBodyLimit::max(FORM_BYTES))
            .with_state(self.clone());
        router.layer(from_fn_with_state(self.clone(), admit)).merge(form)
    }

    /// A router that asks for a sign-in only where `condition` holds for a
    /// request's headers. It has no form. Where the condition does not hold, a
    /// visitor is [`LetIn`] without a key.
    pub fn protect_when(
        &self,
        router: Router,
        condition: fn(&HeaderMap) -> bool,
    ) -> Router {
        let admit = move |sign_in, request: Request, next: Next| async move {
            let mut request = request;
            match condition(request.headers()) {
                true => admit(sign_in, request, next).await,
                false => {
                    request.extensions_mut().insert(LetIn);
                    next.run(request).await
                }
            }
        };
        router.layer(from_fn_with_state(self.clone(), admit))
    }

    /// Whether these headers carry the key or a session's cookie.
    #[must_use]
    pub fn is_signed_in(&self, headers: &HeaderMap) -> bool {
        bearer(headers).is_some_and(|key| self.0.key.matches(key))
            || self.0.sessions.find(headers).is_some()
    }

    /// The 401 to a visitor of whom nothing is known.
    pub(crate) fn ask_for_a_key(&self, request: &Request) -> Response {
        let headers = request.headers();
        let visitor = Visitor::new(request.method(), request.uri(), headers);
        refuse(&self.0.name, &visitor, Reason::NoKey)
    }

    pub(crate) fn key(&self) -> &Key {
        &self.0.key
    }

    fn count(&self, good: bool) {
        let counter = if good { &self.0.good } else { &self.0.bad };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Begins a session and leads to `path`, with 303 (RFC 9110, section
    /// 15.4.4), so that the secret leaves the address.
    fn welcome(&self, headers: &HeaderMap, path: &str) -> Response {
        match self.0.sessions.begin(headers) {
            Ok(cookie) => {
                let headers = [
                    (header::SET_COOKIE, cookie),
                    (header::CACHE_CONTROL, NO_STORE),
                ];
                (headers, Redirect::to(path)).into_response()
            }
            Err(error) => {
                tracing::error!("cannot sign a browser in: {error}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// Lets a request pass, signs its browser in, or refuses it.
async fn admit(
    State(sign_in): State<SignIn>,
    mut request: Request,
    next: Next,
) -> Response {
    let SignIn(inner) = &sign_in;
    let headers = request.headers();
    let visitor = Visitor::new(request.method(), request.uri(), headers);
    let mut reason = Reason::NoKey;

    // A program with the key.
    if let Some(key) = bearer(headers) {
        let good = inner.key.matches(key);
        sign_in.count(good);
        if good {
            request.extensions_mut().insert(User::administrator());
            return next.run(request).await;
        }
        reason = Reason::WrongKey;
    }

    // A person with a link. Programs that look at links before a person does
    // send HEAD, and must not use the token up.
    let session = inner.sessions.find(headers);
    if request.method() == Method::GET
        && let Some(token) = token(request.uri())
    {
        let good = inner.tokens.consume(token);
        if session.is_none() {
            sign_in.count(good);
        }
        if good {
            return sign_in.welcome(headers, &visitor.return_path);
        }
        if session.is_some() {
            return Redirect::to(&visitor.return_path).into_response();
        }
        reason = Reason::UsedLink;
    }

    // A browser that has signed in.
    let Some(session) = session else {
        return refuse(&inner.name, &visitor, reason);
    };
    let renewed = match session.is_old() {
        true => inner.sessions.begin(headers).ok(),
        false => None,
    };
    request.extensions_mut().insert(User::administrator());
    let mut response = next.run(request).await;
    if let Some(cookie) = renewed {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// What the form of the page sends.
#[derive(Deserialize)]
struct KeyForm {
    key: String,
    to: Option<String>,
}

async fn sign_in(State(sign_in): State<SignIn>, request: Request) -> Response {
    let headers = request.headers().clone();
    // Anybody may send this form, and could keep us waiting for its end.
    let form = timeout(FORM_TIME, Form::from_request(request, &())).await;
    let Form(form): Form<KeyForm> = match form {
        Ok(Ok(form)) => form,
        Ok(Err(refused)) => return refused.into_response(),
        Err(_) => {
            let message = "the key did not come in time: try again\n";
            return (StatusCode::REQUEST_TIMEOUT, message).into_response();
        }
    };
    let to = form.to.and_then(|to| to.parse().ok()).unwrap_or_default();
    let good = sign_in.0.key.matches(form.key.trim());
    sign_in.count(good);
    match good {
        true => sign_in.welcome(&headers, &return_path(&to)),
        false => {
            let visitor = Visitor::new(&Method::POST, &to, &headers);
            refuse(&sign_in.0.name, &visitor, Reason::WrongKey)
        }
    }
}

async fn sign_out(State(sign_in): State<SignIn>) -> Response {
    let cookie = [(header::SET_COOKIE, sign_in.0.sessions.end())];
    (cookie, Redirect::to("/")).into_response()
}

/// The key in a request's `Authorization` header (RFC 6750, section 2.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// The one-time token in an address.
fn token(uri: &Uri) -> Option<&str> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix("token="))
}

#[cfg(test)]
mod tests;
