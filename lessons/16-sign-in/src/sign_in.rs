//! Who is let in: programs with the key, and browsers that have signed in.
//!
//! A program sends the key with each request, `Authorization: Bearer KEY`
//! (RFC 6750). A person opens the one-time link that the server prints when
//! it starts, or pastes the key into a form. The browser then holds a cookie,
//! which is not the key: an expiry and a nonce, signed with the key (HMAC,
//! RFC 2104). The server keeps no list of them, so they survive its restart;
//! a new key ends them all.
//!
//! Nobody is locked out for wrong keys; the metrics count them, and that is
//! all. A key has 256 bits, so guessing is hopeless, and a lock would be a way
//! to shut out its owner.

use crate::Key;
use crate::key::{hex, random};
use axum::extract::{DefaultBodyLimit, Form, FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Json, Router};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use subtle::ConstantTimeEq;
use tokio::time::timeout;

/// How long a browser stays signed in after it was last used, in seconds.
const SESSION: u64 = 30 * 24 * 3600;
/// How long a one-time link may wait to be used.
const LINK: Duration = Duration::from_secs(3600);
/// How many one-time links may wait. The oldest gives way.
const LINKS: usize = 16;
/// The largest form with a key, in bytes.
const FORM: usize = 4096;
/// How long it may take to come.
const FORM_TIME: Duration = Duration::from_secs(10);

/// The door of a server. Clones are the same one.
#[derive(Clone)]
pub struct SignIn(Arc<Inner>);

struct Inner {
    key: Key,
    name: String,
    /// One-time tokens, and when each was made.
    links: Mutex<Vec<(String, Instant)>>,
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
    /// A door for the server `name`, which is the realm of its key and a part
    /// of its cookie's name.
    #[must_use]
    pub fn new(key: Key, name: &str) -> SignIn {
        SignIn(Arc::new(Inner {
            key,
            name: name.to_owned(),
            links: Mutex::default(),
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
        let token = random(32)?;
        let link = format!("{}/?token={token}", base.trim_end_matches('/'));
        let mut links = self.links();
        if links.len() >= LINKS {
            links.remove(0);
        }
        links.push((token, Instant::now()));
        Ok(link)
    }

    /// A router that lets in only who is signed in, and has the form for it
    /// at `POST /sign-in`, and `POST /sign-out`.
    pub fn protect(&self, router: Router) -> Router {
        let form = Router::new()
            .route("/sign-in", post(sign_in))
            .route("/sign-out", post(sign_out))
            .layer(DefaultBodyLimit::max(FORM))
            .with_state(self.clone());
        router.layer(from_fn_with_state(self.clone(), door)).merge(form)
    }

    /// A router that lets in only who is signed in where the headers are such
    /// as `when` says, and everybody else. It has no form.
    pub fn protect_when(
        &self,
        router: Router,
        when: fn(&HeaderMap) -> bool,
    ) -> Router {
        let door = move |sign_in, request: Request, next: Next| async move {
            match when(request.headers()) {
                true => door(sign_in, request, next).await,
                false => next.run(request).await,
            }
        };
        router.layer(from_fn_with_state(self.clone(), door))
    }

    /// Whether these headers carry the key or a session's cookie.
    #[must_use]
    pub fn is_signed_in(&self, headers: &HeaderMap) -> bool {
        bearer(headers).is_some_and(|key| self.0.key.matches(key))
            || self.session_in(headers).is_some()
    }

    /// The expiry of the browser's session, if it has one.
    fn session_in(&self, headers: &HeaderMap) -> Option<u64> {
        let name = self.cookie_name();
        cookies(headers, &name).find_map(|cookie| self.session(cookie))
    }

    /// The value of a `Set-Cookie` header that signs a browser in.
    fn cookie(&self, headers: &HeaderMap) -> io::Result<HeaderValue> {
        let expiry = now() + SESSION;
        let nonce = random(16)?;
        let signed = format!("{expiry}.{nonce}");
        let signature = hex(&self.mac(&signed).finalize().into_bytes());
        // A proxy with TLS before us says so; then no other way is allowed.
        let tls = headers.get("x-forwarded-proto");
        let secure = match tls.is_some_and(|value| value == "https") {
            true => "; Secure",
            false => "",
        };
        let cookie = format!(
            "{}={signed}.{signature}; Path=/; Max-Age={SESSION}; HttpOnly; \
             SameSite=Strict{secure}",
            self.cookie_name()
        );
        HeaderValue::try_from(cookie).map_err(io::Error::other)
    }

    /// Browsers send cookies to every port of a host (RFC 6265, section
    /// 8.5): the name keeps two servers on one machine apart.
    fn cookie_name(&self) -> String {
        let name = self.0.name.chars();
        let name: String =
            name.filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        format!("{name}-session")
    }

    // ANCHOR: session
    /// The expiry of the session that a cookie holds, if we signed it and it
    /// is still good, in seconds since 1970.
    fn session(&self, cookie: &str) -> Option<u64> {
        let (signed, signature) = cookie.rsplit_once('.')?;
        let (expiry, _nonce) = signed.split_once('.')?;
        // The signature first: what it does not cover is anybody's word.
        let signature = from_hex(signature)?;
        self.mac(signed).verify_slice(&signature).ok()?;
        let expiry: u64 = expiry.parse().ok()?;
        let left = expiry.checked_sub(now())?;
        (1..=SESSION).contains(&left).then_some(expiry)
    }
    // ANCHOR_END: session

    fn mac(&self, signed: &str) -> Hmac<Sha256> {
        let key = self.0.key.expose().as_bytes();
        let mut mac =
            Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(format!("session\n{}\n{signed}", self.0.name).as_bytes());
        mac
    }

    /// Whether a one-time token is good; then it was.
    fn use_up(&self, given: &str) -> bool {
        let mut links = self.links();
        links.retain(|(_, made)| made.elapsed() < LINK);
        let good = links.iter().position(|(token, _)| {
            token.as_bytes().ct_eq(given.as_bytes()).into()
        });
        good.map(|at| links.remove(at)).is_some()
    }

    fn links(&self) -> std::sync::MutexGuard<'_, Vec<(String, Instant)>> {
        self.0.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, good: bool) {
        let counter = if good { &self.0.good } else { &self.0.bad };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The answer to who is not signed in: a page with a form for a browser,
    /// JSON for a program.
    fn refuse(&self, seen: &Seen, why: Refusal) -> Response {
        let name = &self.0.name;
        // RFC 6750, section 3: the error is named only when a key was sent.
        let challenge = match why {
            Refusal::WrongKey => {
                format!("Bearer realm=\"{name}\", error=\"invalid_token\"")
            }
            _ => format!("Bearer realm=\"{name}\""),
        };
        let mut response = match seen.wants_page {
            true => Html(self.page(seen, why)).into_response(),
            false => Json(json!({ "error": why.words() })).into_response(),
        };
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        let headers = response.headers_mut();
        if let Ok(challenge) = HeaderValue::try_from(challenge) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        headers.insert(header::CACHE_CONTROL, NO_STORE);
        headers.insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
        response
    }

    fn page(&self, seen: &Seen, why: Refusal) -> String {
        // A link on another site opens this one without its cookies
        // (SameSite=Strict). Opened once more, from here, it has them.
        let again = match seen.from_elsewhere {
            true => "<meta http-equiv=\"refresh\" content=\"0\">",
            false => "",
        };
        let said = match why {
            Refusal::NoKey => String::new(),
            _ => format!("<p role=\"alert\">{}</p>", escaped(why.words())),
        };
        include_str!("sign_in.html")
            .replace("{again}", again)
            .replace("{said}", &said)
            .replace("{name}", &escaped(&self.0.name))
            .replace("{to}", &escaped(&seen.here))
    }
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// What a refusal needs to know of a request.
struct Seen {
    wants_page: bool,
    from_elsewhere: bool,
    /// The path and the query, without a token.
    here: String,
}

impl Seen {
    fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Seen {
        let text = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default()
        };
        Seen {
            wants_page: text("accept").contains("text/html"),
            from_elsewhere: method == Method::GET
                && text("sec-fetch-site") == "cross-site"
                && text("sec-fetch-mode") == "navigate",
            here: here(uri),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Refusal {
    NoKey,
    WrongKey,
    UsedLink,
}

impl Refusal {
    fn words(self) -> &'static str {
        match self {
            Refusal::NoKey => {
                "sign in, or send the key as Authorization: Bearer KEY"
            }
            Refusal::WrongKey => "this is not the key",
            Refusal::UsedLink => {
                "this link was used already or is too old: paste the key"
            }
        }
    }
}

/// Lets a request pass, signs its browser in, or refuses it.
async fn door(
    State(sign_in): State<SignIn>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let seen = Seen::of(request.method(), request.uri(), headers);
    let mut why = Refusal::NoKey;
    if let Some(key) = bearer(headers) {
        let good = sign_in.0.key.matches(key);
        sign_in.count(good);
        if good {
            return next.run(request).await;
        }
        why = Refusal::WrongKey;
    }
    let session = sign_in.session_in(headers);
    // Only a GET: what looks at links before a person does sends HEAD.
    if request.method() == Method::GET
        && let Some(token) = token(request.uri())
    {
        let good = sign_in.use_up(token);
        if session.is_none() {
            sign_in.count(good);
        }
        if good {
            return signed_in(&sign_in, headers, &seen.here);
        }
        if session.is_some() {
            return Redirect::to(&seen.here).into_response();
        }
        why = Refusal::UsedLink;
    }
    let Some(expiry) = session else {
        return sign_in.refuse(&seen, why);
    };
    // Half of the time is over, and it is in use: it begins anew.
    let renewed = match expiry < now() + SESSION / 2 {
        true => sign_in.cookie(headers).ok(),
        false => None,
    };
    let mut response = next.run(request).await;
    if let Some(cookie) = renewed {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[derive(Deserialize)]
struct KeyForm {
    key: String,
    to: Option<String>,
}

async fn sign_in(State(sign_in): State<SignIn>, request: Request) -> Response {
    let headers = request.headers().clone();
    // Whoever has no key yet could keep us waiting here for ever.
    let form = timeout(FORM_TIME, Form::from_request(request, &())).await;
    let Form(form): Form<KeyForm> = match form {
        Ok(Ok(form)) => form,
        Ok(Err(refused)) => return refused.into_response(),
        Err(_) => {
            let words = "the key did not come in time: try again\n";
            return (StatusCode::REQUEST_TIMEOUT, words).into_response();
        }
    };
    let to = form.to.and_then(|to| to.parse().ok()).unwrap_or_default();
    let good = sign_in.0.key.matches(form.key.trim());
    sign_in.count(good);
    match good {
        true => signed_in(&sign_in, &headers, &here(&to)),
        false => {
            let seen = Seen::of(&Method::POST, &to, &headers);
            sign_in.refuse(&seen, Refusal::WrongKey)
        }
    }
}

async fn sign_out(State(sign_in): State<SignIn>) -> Response {
    let name = sign_in.cookie_name();
    let gone = format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    ([(header::SET_COOKIE, gone)], Redirect::to("/")).into_response()
}

/// 303 (RFC 9110, section 15.4.4), so that the secret leaves the address.
fn signed_in(sign_in: &SignIn, headers: &HeaderMap, to: &str) -> Response {
    match sign_in.cookie(headers) {
        Ok(cookie) => {
            let headers = [
                (header::SET_COOKIE, cookie),
                (header::CACHE_CONTROL, NO_STORE),
            ];
            (headers, Redirect::to(to)).into_response()
        }
        Err(error) => {
            tracing::error!("cannot sign a browser in: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

fn cookies<'a>(
    headers: &'a HeaderMap,
    name: &'a str,
) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn token(uri: &Uri) -> Option<&str> {
    let query = uri.query()?.split('&');
    query.into_iter().find_map(|pair| pair.strip_prefix("token="))
}

/// The path and query of an address, without its token, as a place on this
/// server: `//elsewhere.example/` would lead a browser to another one.
fn here(uri: &Uri) -> String {
    let path = uri.path().trim_start_matches(['/', '\\']);
    let query: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("token="))
        .collect();
    match query.is_empty() {
        true => format!("/{path}"),
        false => format!("/{path}?{}", query.join("&")),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (digits, odd) = text.as_bytes().as_chunks::<2>();
    // A `+` would pass for a digit.
    if !odd.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    digits
        .iter()
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        })
        .collect()
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests;
