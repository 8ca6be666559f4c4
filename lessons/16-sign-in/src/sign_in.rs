//! The sign-in: it finds out who asks, and lets in whoever may.
//!
//! A program sends the key of its account with each request. A person opens a
//! one-time link, or pastes the key into a form; the browser then holds a
//! session's cookie, and never the key.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};

use crate::accounts::{AccountError, Accounts, Secret, account_name};
use crate::admission::{Strangers, admit};
use crate::credentials::Credentials;
use crate::form::{FORM_BYTES, sign_in, sign_out};
use crate::proof::prove;
use crate::random::random_hex;
use crate::refusal::{Reason, Visitor, refuse};
use crate::session::{Cookies, LIFETIME, Session};
use crate::time::now;
use crate::wrong_keys::WrongKeys;
use crate::{BasePath, Key, Openness, OverTls, Signer, User};

/// How long a link may wait to be opened, in seconds.
const LINK_LIFETIME: u64 = 3600;

/// The sign-in of a server. Clones are the same one.
#[derive(Clone)]
pub struct SignIn(Arc<Inner>);

struct Inner {
    key: Key,
    name: String,
    base_path: BasePath,
    accounts: Accounts,
    cookies: Cookies,
    /// Signs the tokens of links, so that a copy of the accounts opens none.
    links: Signer,
    wrong_keys: WrongKeys,
    good: AtomicU64,
    bad: AtomicU64,
}

/// Shows no secret.
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

/// What is found out about whoever sends a request.
pub(crate) enum Found {
    /// The user, and what has shown it.
    User(User, Proof),
    /// Nothing, and why.
    Nobody(Reason),
}

/// What has shown who sends a request.
#[derive(Clone)]
pub(crate) enum Proof {
    /// The server's own key, which does not change while the server runs.
    ServerKey,
    /// The key of an account.
    Key(String),
    /// A session of a browser.
    Session(Session),
}

impl SignIn {
    /// The sign-in of the server `name`, whose accounts are in the folder
    /// `data`. The name is the realm of its keys and a part of its cookie's
    /// name; the server's own key is that of the administrator.
    ///
    /// # Errors
    /// The accounts cannot be opened. The message says what to do.
    pub fn open(
        data: &Path,
        key: Key,
        name: &str,
    ) -> Result<SignIn, AccountError> {
        SignIn::open_under(data, key, name, BasePath::default())
    }

    /// The same of a server that a proxy shows under this path.
    ///
    /// # Errors
    /// As [`open`](SignIn::open).
    pub fn open_under(
        data: &Path,
        key: Key,
        name: &str,
        base_path: BasePath,
    ) -> Result<SignIn, AccountError> {
        Ok(SignIn(Arc::new(Inner {
            base_path,
            accounts: Accounts::open(data)?,
            cookies: Cookies::new(&key, name),
            links: Signer::new(key.expose().as_bytes(), "one-time link"),
            key,
            name: name.to_owned(),
            wrong_keys: WrongKeys::default(),
            good: AtomicU64::new(0),
            bad: AtomicU64::new(0),
        })))
    }

    /// How many requests came with a key or a one-time link.
    #[must_use]
    pub fn attempts(&self) -> Attempts {
        Attempts {
            good: self.0.good.load(Ordering::Relaxed),
            bad: self.0.bad.load(Ordering::Relaxed),
        }
    }

    /// The server's name.
    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    /// Where a proxy shows the server.
    pub(crate) fn base_path(&self) -> &BasePath {
        &self.0.base_path
    }

    /// The accounts, besides the administrator's.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// An address under `base` (`http://HOST:PORT`) that signs in the first
    /// browser that opens it within an hour, as the administrator. The link is
    /// a secret until then.
    ///
    /// # Errors
    /// The accounts cannot be written, or the system has no random numbers.
    pub fn one_time_link(&self, base: &str) -> Result<String, AccountError> {
        self.link_for(User::ADMINISTRATOR, base)
    }

    // ANCHOR: link
    /// The same for another account.
    ///
    /// # Errors
    /// As [`one_time_link`](SignIn::one_time_link), or there is no such
    /// account.
    pub fn link_for(
        &self,
        account: &str,
        base: &str,
    ) -> Result<String, AccountError> {
        let token = random_hex(32)?;
        let signature = self.0.links.sign(&token);
        let expiry = now() + LINK_LIFETIME;
        self.0.accounts.keep_link(&signature, account, expiry)?;
        let path = self.0.base_path.of("/");
        Ok(format!("{}{path}?token={token}", base.trim_end_matches('/')))
    }
    // ANCHOR_END: link

    /// A router that lets in only visitors who are signed in, with the form
    /// for it at `POST /sign-in`, `POST /sign-out`, and the server's proof at
    /// `GET /sign-in/proof`. Each request carries its [`User`].
    pub fn protect(&self, router: Router) -> Router {
        let form = Router::new()
            .route("/sign-in", post(sign_in))
            .route("/sign-out", post(sign_out))
            .route("/sign-in/proof", get(prove))
            .layer(DefaultBodyLimit::max(FORM_BYTES))
            .with_state(self.clone());
        self.admit(router, Strangers::Refused).merge(form)
    }

    /// A router that is open without a key for these. Whoever sends a key is
    /// taken at their word: a wrong one is refused, and a request with a right
    /// one carries its [`User`]. One without carries [`LetIn`]. It has no
    /// form.
    pub fn open_to(&self, openness: &Openness, router: Router) -> Router {
        self.admit(router, Strangers::LetIn(openness.clone()))
    }

    /// A router that decides for each request by itself. A request carries its
    /// [`User`], or [`LetIn`] if it comes from one of these, or neither: then
    /// what is not for everybody is answered with
    /// [`ask_for_a_key`](SignIn::ask_for_a_key), or with any 401, which is
    /// replaced by that one. Only a wrong key is refused here. It has no form.
    pub fn identify(&self, openness: &Openness, router: Router) -> Router {
        self.admit(router, Strangers::PassedOn(openness.clone()))
    }

    fn admit(&self, router: Router, strangers: Strangers) -> Router {
        router.layer(from_fn_with_state((self.clone(), strangers), admit))
    }

    /// The 401 to a visitor of whom nothing is known.
    #[must_use]
    pub fn ask_for_a_key(&self, head: &Parts) -> Response {
        self.refuse(&Visitor::of(head), Reason::NoKey)
    }

    /// The user who sends a request with these headers, if that is known.
    pub async fn user(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Option<User> {
        match self.find(headers, extensions).await {
            Ok(Found::User(user, _)) => Some(user),
            Ok(Found::Nobody(_)) | Err(_) => None,
        }
    }

    /// Whose key this is, for a protocol that has it in a place of its own.
    /// The attempt is counted, and a wrong key waits like any other.
    ///
    /// # Errors
    /// The accounts cannot be read.
    pub async fn user_of_key(
        &self,
        key: &str,
        extensions: &Extensions,
    ) -> Result<Option<User>, AccountError> {
        let found = self.by_key(key.to_owned()).await?;
        self.note_attempt(found.is_some(), extensions).await;
        Ok(found.map(|(user, _)| user))
    }

    /// Finds out who sends a request. Counts nothing.
    pub(crate) async fn find(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Found, AccountError> {
        let (user, reason) = match Credentials::of(headers) {
            Credentials::None => (None, Reason::NoKey),
            Credentials::Malformed => (None, Reason::WrongKey),
            Credentials::Bearer { key } => {
                (self.by_key(key).await?, Reason::WrongKey)
            }
            Credentials::Basic { .. }
                if !may_use_basic(headers, extensions) =>
            {
                (None, Reason::OpenBasic)
            }
            Credentials::Basic { name, key } => {
                (self.by_name(&name, key).await?, Reason::WrongKey)
            }
        };
        if let Some((user, proof)) = user {
            return Ok(Found::User(user, proof));
        }
        // A proxy with a sign-in of its own may have passed on its header.
        let tls = is_over_tls(headers, extensions);
        let Some(session) = self.0.cookies.find(headers, tls) else {
            return Ok(Found::Nobody(reason));
        };
        let proof = Proof::Session(session);
        let asked = proof.clone();
        let user = self.0.accounts.ask(move |list| list.by_proof(&asked));
        Ok(match user.await? {
            Some(user) => Found::User(user, proof),
            None => Found::Nobody(reason),
        })
    }

    // ANCHOR: by-name
    /// Whose key this is, if it belongs to the account `name`.
    async fn by_name(
        &self,
        name: &str,
        key: String,
    ) -> Result<Option<(User, Proof)>, AccountError> {
        let Ok(name) = account_name(name) else { return Ok(None) };
        let found = self.by_key(key).await?;
        Ok(found.filter(|(user, _)| user.name == name))
    }
    // ANCHOR_END: by-name

    async fn by_key(
        &self,
        key: String,
    ) -> Result<Option<(User, Proof)>, AccountError> {
        let proof = match self.0.key.matches(&key) {
            true => Proof::ServerKey,
            false => Proof::Key(key),
        };
        let asked = proof.clone();
        let user = self.0.accounts.ask(move |list| list.by_proof(&asked));
        Ok(user.await?.map(|user| (user, proof)))
    }

    /// Begins a session with the key that somebody has pasted. Returns the
    /// `Set-Cookie`; `None` if the key is nobody's.
    pub(crate) async fn begin_with_key(
        &self,
        key: &str,
        tls: bool,
    ) -> Result<Option<HeaderValue>, AccountError> {
        let secret = match self.0.key.matches(key) {
            true => Secret::ServerKey,
            false => Secret::Key(key.to_owned()),
        };
        self.begin(secret, tls).await
    }

    /// Begins a session with the token of a link, which is used up.
    pub(crate) async fn begin_with_link(
        &self,
        token: &str,
        tls: bool,
    ) -> Result<Option<HeaderValue>, AccountError> {
        self.begin(Secret::Link(self.0.links.sign(token)), tls).await
    }

    async fn begin(
        &self,
        secret: Secret,
        tls: bool,
    ) -> Result<Option<HeaderValue>, AccountError> {
        let (id, expiry) = (random_hex(16)?, now() + LIFETIME);
        let cookie = self.0.cookies.set(&id, expiry, tls);
        let begin = move |accounts: &Accounts| {
            accounts.begin_session(&secret, &id, expiry)
        };
        let user = self.0.accounts.ask(begin).await?;
        Ok(user.map(|_| cookie))
    }

    /// Lets a session that is in use go on, if half of its time is over.
    /// Returns the `Set-Cookie`. If the accounts cannot be written, another
    /// request will do.
    pub(crate) async fn renew(
        &self,
        session: &Session,
        tls: bool,
    ) -> Option<HeaderValue> {
        if !session.is_old() {
            return None;
        }
        let expiry = now() + LIFETIME;
        let cookie = self.0.cookies.set(&session.id, expiry, tls);
        let id = session.id.clone();
        let renew = move |list: &Accounts| list.renew_session(&id, expiry);
        self.0.accounts.ask(renew).await.ok().map(|()| cookie)
    }

    /// Counts a request with a key or a link. One that was wrong waits if its
    /// sender has sent many.
    pub(crate) async fn note_attempt(
        &self,
        good: bool,
        extensions: &Extensions,
    ) {
        let counter = if good { &self.0.good } else { &self.0.bad };
        counter.fetch_add(1, Ordering::Relaxed);
        if let (false, Some(peer)) = (good, peer(extensions)) {
            let wait = self.0.wrong_keys.note(peer, Instant::now());
            tokio::time::sleep(wait).await;
        }
    }

    /// Counts a request with a key that was right. Those of a session are not
    /// counted.
    pub(crate) fn note_key(&self, proof: &Proof) {
        if !matches!(proof, Proof::Session(_)) {
            self.0.good.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn key(&self) -> &Key {
        &self.0.key
    }

    pub(crate) fn cookies(&self) -> &Cookies {
        &self.0.cookies
    }

    pub(crate) fn refuse(&self, visitor: &Visitor, reason: Reason) -> Response {
        refuse(&self.0.name, &self.0.base_path, visitor, reason)
    }
}

/// Whether a request came by TLS, to us or to a proxy in front of us.
pub(crate) fn is_over_tls(
    headers: &HeaderMap,
    extensions: &Extensions,
) -> bool {
    let to_us = extensions.get() == Some(&OverTls(true));
    let proxy = headers.get("x-forwarded-proto");
    to_us || proxy.is_some_and(|value| value == "https")
}

// ANCHOR: may-use-basic
/// Whether nobody could read a name and a key on the way: the request came by
/// TLS, or from a program on this machine.
pub(crate) fn may_use_basic(
    headers: &HeaderMap,
    extensions: &Extensions,
) -> bool {
    if extensions.get() == Some(&OverTls(true)) {
        return true;
    }
    let here = peer(extensions).is_some_and(|peer| peer.is_loopback());
    // A proxy here speaks for a client elsewhere: what did that client speak?
    here && (!crate::is_forwarded(headers) || is_over_tls(headers, extensions))
}
// ANCHOR_END: may-use-basic

/// The address at the other end of the connection.
fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(peer)| peer.ip().to_canonical())
}

#[cfg(test)]
mod tests;
