//! The check of a page: does it answer, and is it as it should be?

mod body;
mod cookies;

use std::collections::HashMap;
use std::error::Error as StdError;
use std::net::{IpAddr, SocketAddr};
use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock};
use std::time::Duration;
use std::{io, iter};

use hyper::header::{COOKIE, LOCATION};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::tls::TlsInfo;
use reqwest::{Client, Response, Url, redirect};
use tokio::task_local;
use tokio::time::{self, Instant};

use body::Body;
use cookies::Cookies;

use super::{Answer, certificate, no_answer};
use crate::{Error, ErrorKind, Family, race, resolve};

/// The bytes of a page that are read where no keyword is looked for.
const READ: usize = 1 << 20;

/// The fields that an answer may have: browsers take several hundred.
const MOST_FIELDS: usize = 500;

/// A page, fetched by HTTP/1.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// The page: `http://…` or `https://…`.
    pub url: String,
    /// The expected status codes; none: 200 to 399.
    pub status: Vec<u16>,
    /// The text that the page must contain, byte for byte.
    pub keyword: Option<String>,
    /// How many redirects are followed at most.
    pub redirects: u32,
    /// How many bytes of the page are read at most; 1 MiB of one in which no
    /// keyword is looked for.
    pub most_bytes: usize,
    /// Whether any certificate will do: for a router that signs its own.
    pub any_certificate: bool,
    /// Which of a name's addresses may be used.
    pub family: Family,
}

impl Http {
    /// A page with any status from 200 to 399, after at most 10 redirects,
    /// searched to at most 64 MiB.
    pub fn new(url: impl Into<String>) -> Http {
        Http {
            url: url.into(),
            status: Vec::new(),
            keyword: None,
            redirects: 10,
            most_bytes: 64 << 20,
            any_certificate: false,
            family: Family::Any,
        }
    }

    pub(super) async fn run(
        &self,
        end: Instant,
        answer: &mut Answer,
    ) -> Result<(), Error> {
        let client = client(self.any_certificate)?;
        let first = page(&self.url, None)?;
        let mut url = first.clone();
        let mut cookies = Cookies::default();
        // With other cookies it is another page: many sites set one, and lead
        // to where one is already.
        let mut visited = vec![(url.clone(), cookies.clone())];
        let mut response = loop {
            let response = self.fetch(&client, &url, &cookies, end).await?;
            answer.address = response.remote_addr().map(|it| it.ip());
            let info = response.extensions().get::<TlsInfo>();
            answer.certificate_days = info
                .and_then(TlsInfo::peer_certificate)
                .and_then(certificate::days_left);
            cookies.take(&url, response.headers());
            let Some(mut next) = self.next(&response)? else { break response };
            let (from, to) = (shown(url.as_str()), shown(next.as_str()));
            stay_signed_in(&first, &mut next);
            let visit = (next.clone(), cookies.clone());
            if visited.contains(&visit) {
                let message = format!("{from} leads back to {to}");
                return Err(Error::new(ErrorKind::RedirectLoop, message));
            }
            if visited.len() > self.redirects as usize {
                let message = format!(
                    "{from} leads on to {to}, after {} redirects",
                    self.redirects
                );
                return Err(Error::new(ErrorKind::TooManyRedirects, message));
            }
            visited.push(visit);
            url = next;
        };

        let shown = shown(url.as_str());
        let status = response.status();
        answer.detail = Some(status.to_string());
        let expected = match self.status.as_slice() {
            [] => (200..400).contains(&status.as_u16()),
            some => some.contains(&status.as_u16()),
        };
        if !expected {
            let message = format!("{shown} answers {status}");
            return Err(Error::new(ErrorKind::Status, message));
        }

        let body = self.read(&mut response, &url, end).await?;
        let length = body.length();
        answer.detail = Some(format!("{status}, {length}"));
        if !body.has_keyword() {
            let keyword = self.keyword.as_deref().unwrap_or_default();
            let message = format!(
                "{shown} answers {status}, but {keyword:?} is not in it \
                 ({length})"
            );
            return Err(Error::new(ErrorKind::Keyword, message));
        }
        Ok(())
    }

    /// The next page, if the answer is a redirect that is followed.
    fn next(&self, response: &Response) -> Result<Option<Url>, Error> {
        let status = response.status().as_u16();
        let followed = matches!(status, 301 | 302 | 303 | 307 | 308)
            && self.redirects > 0
            && !self.status.contains(&status);
        let place = response.headers().get(LOCATION);
        let Some(place) = place.filter(|_| followed) else { return Ok(None) };
        // Some write it as it is read, and not as RFC 3986 has it.
        let place = String::from_utf8_lossy(place.as_bytes());
        page(&place, Some(response.url())).map(Some)
    }

    async fn fetch(
        &self,
        client: &Client,
        url: &Url,
        cookies: &Cookies,
        end: Instant,
    ) -> Result<Response, Error> {
        let address = self.address(url, end).await?;
        let mut request = client.get(url.clone());
        if let Some(field) = cookies.field(url) {
            request = request.header(COOKIE, field);
        }
        let request = ADDRESS.scope(address, request.send());
        let response = time::timeout_at(end, request).await;
        let response = response
            .map_err(|_| no_answer(&shown(url.as_str())))
            .and_then(|sent| sent.map_err(|error| request_error(url, &error)));
        if response.is_err() {
            forget(url);
        }
        response
    }

    /// The address of the URL's host that takes connections; `None` where the
    /// host is an address already.
    async fn address(
        &self,
        url: &Url,
        end: Instant,
    ) -> Result<Option<SocketAddr>, Error> {
        let host = url.host_str().unwrap_or_default();
        let bare = host.trim_matches(['[', ']']);
        if self.family == Family::Any && bare.parse::<IpAddr>().is_ok() {
            return Ok(None);
        }
        // Not the server's silence, but the resolver's.
        let never = Duration::from_secs(3600);
        let found = resolve::addresses(host, self.family, never);
        let found = time::timeout_at(end, found).await.map_err(|_| {
            let message = format!("{host}: no word from the resolver in time");
            Error::new(ErrorKind::Unresolved, message)
        })??;
        let port = url.port_or_known_default().unwrap_or(80);
        let addresses = race::with_port(&found, port);
        if let [one] = addresses.as_slice() {
            return Ok(Some(*one));
        }
        // Several: which of them takes connections is found out once, and
        // again when it has failed.
        let before = known().get(&place(url)).copied();
        if let Some(before) = before.filter(|one| addresses.contains(one)) {
            return Ok(Some(before));
        }
        let stream = race::connect(&addresses, end).await?;
        let winner = stream.peer_addr();
        let winner = winner.map_err(|error| Error::io(host, &error))?;
        known().insert(place(url), winner);
        Ok(Some(winner))
    }

    async fn read(
        &self,
        response: &mut Response,
        url: &Url,
        end: Instant,
    ) -> Result<Body, Error> {
        let keyword = self.keyword.as_deref().unwrap_or_default();
        let most = match keyword {
            "" => self.most_bytes.min(READ),
            _ => self.most_bytes,
        };
        let garbage = |what: String| {
            let message = format!("{}: {what}", shown(url.as_str()));
            Error::new(ErrorKind::Garbage, message)
        };
        let mut body = match Body::new(response.headers(), keyword, most) {
            Ok(body) => body,
            Err(packing) => {
                return Err(garbage(format!(
                    "the page is packed as {packing}, which nobody asked for"
                )));
            }
        };
        loop {
            let chunk = time::timeout_at(end, response.chunk()).await;
            let chunk = chunk.map_err(|_| {
                let length = body.bytes();
                let url = shown(url.as_str());
                let message =
                    format!("{url} did not end in time: {length} B came");
                Error::new(ErrorKind::TooSlow, message)
            })?;
            let Some(chunk) =
                chunk.map_err(|error| request_error(url, &error))?
            else {
                return Ok(body);
            };
            let more = body.take(&chunk).map_err(|error| {
                garbage(format!("the page cannot be unpacked ({error})"))
            })?;
            // Nothing is looked for in the rest.
            let seen = !keyword.is_empty() && body.has_keyword();
            if !more || (seen && body.bytes() >= READ) {
                return Ok(body);
            }
        }
    }
}

/// Takes the user's name and password along to another page of the same
/// origin, as a browser does (RFC 7617, section 2.2).
fn stay_signed_in(first: &Url, next: &mut Url) {
    let signed_in = !first.username().is_empty() || first.password().is_some();
    if signed_in
        && next.origin() == first.origin()
        && next.username().is_empty()
    {
        // A page of `http` or `https` can have both.
        let _ = next.set_username(first.username());
        let _ = next.set_password(first.password());
    }
}

task_local! {
    /// The address for the request of this task.
    static ADDRESS: Option<SocketAddr>;
}

type Known = HashMap<(String, u16), SocketAddr>;

/// Of the hosts with several addresses, the one that took a connection.
fn known() -> MutexGuard<'static, Known> {
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    KNOWN.lock().unwrap_or_else(|broken| broken.into_inner())
}

fn forget(url: &Url) {
    known().remove(&place(url));
}

fn place(url: &Url) -> (String, u16) {
    let port = url.port_or_known_default().unwrap_or(80);
    (url.host_str().unwrap_or_default().to_owned(), port)
}

/// A URL without the user's name and password, which are for the server alone.
pub fn shown(text: &str) -> String {
    if let Ok(mut url) = Url::parse(text)
        && url.has_host()
    {
        if url.username().is_empty() && url.password().is_none() {
            return text.to_owned();
        }
        let bare = url.set_username("").and_then(|()| url.set_password(None));
        if bare.is_ok() {
            return url.into();
        }
    }
    // A text that is no URL may contain them as well.
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        (None, Some((_, rest))) => rest.to_owned(),
        _ => text.to_owned(),
    }
}

/// The URL in `text`, which may be relative to another one.
fn page(text: &str, from: Option<&Url>) -> Result<Url, Error> {
    let url = match from {
        Some(from) => from.join(text),
        None => Url::parse(text),
    };
    let wrong = |why: &str| {
        let text = shown(text);
        Error::new(
            ErrorKind::Invalid,
            format!("{text} cannot be fetched: {why}"),
        )
    };
    let url = url.map_err(|error| wrong(&error.to_string()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(wrong("it is neither http:// nor https://")),
    }
}

/// Why a request failed: the innermost of its causes that `classify` knows.
fn request_error(url: &Url, error: &reqwest::Error) -> Error {
    let url = shown(url.as_str());
    let first: &(dyn StdError + 'static) = error;
    let all: Vec<_> =
        iter::successors(Some(first), |error| inner(*error)).collect();
    let found = all.iter().rev().find_map(|error| classify(&url, *error));
    let last = all.last().map_or(String::new(), |error| error.to_string());
    let unknown = || Error::new(ErrorKind::Local, format!("{url}: {last}"));
    found.unwrap_or_else(unknown)
}

/// The meaning of one cause, taken alone.
fn classify(url: &str, error: &(dyn StdError + 'static)) -> Option<Error> {
    let because = |kind, reason: String| {
        Some(Error::new(kind, format!("{url}: {reason}")))
    };
    if let Some(ours) = error.downcast_ref::<Error>() {
        return Some(ours.clone());
    }
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return match tls {
            rustls::Error::InvalidCertificate(why) => {
                because(ErrorKind::Certificate, certificate::in_words(why))
            }
            _ => because(ErrorKind::Garbage, format!("TLS: {tls}")),
        };
    }
    if let Some(http) = error.downcast_ref::<hyper::Error>() {
        if http.is_incomplete_message() {
            let reason = "the server hung up too early";
            return because(ErrorKind::ClosedEarly, reason.to_owned());
        }
        if http.is_parse() {
            let reason = format!("what came is no HTTP ({http})");
            return because(ErrorKind::Garbage, reason);
        }
    }
    let io = error.downcast_ref::<io::Error>()?;
    // An error with a cause only wraps it; the cause is classified by itself.
    let bare = io.get_ref().is_none();
    let known = bare || io.kind() == io::ErrorKind::UnexpectedEof;
    known.then(|| Error::io(url, io))
}

/// The cause of an error. The `source` of an [`io::Error`] skips the error that
/// it was made of.
fn inner<'a>(
    error: &'a (dyn StdError + 'static),
) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(cause) => Some(cause),
        None => error.source(),
    }
}

/// A client that opens a connection for each request.
fn client(any_certificate: bool) -> Result<Client, Error> {
    static CLIENTS: [OnceLock<Client>; 2] = [const { OnceLock::new() }; 2];
    let kept = &CLIENTS[usize::from(any_certificate)];
    if let Some(client) = kept.get() {
        return Ok(client.clone());
    }
    // An error means that the program has installed a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .user_agent("taming-ping")
        .no_proxy()
        .redirect(redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .dns_resolver(Chosen)
        .http1_max_headers(MOST_FIELDS)
        .tls_info(true)
        .tls_danger_accept_invalid_certs(any_certificate)
        .build()
        .map_err(|error| {
            let message = format!("cannot make an HTTP client: {error:?}");
            Error::new(ErrorKind::Local, message)
        })?;
    Ok(kept.get_or_init(|| client).clone())
}

/// The resolver of the HTTP client: the address that was chosen for the
/// request.
struct Chosen;

impl Resolve for Chosen {
    fn resolve(&self, name: Name) -> Resolving {
        let chosen = ADDRESS.try_with(|address| *address).ok().flatten();
        Box::pin(async move {
            let found = match chosen {
                Some(address) => vec![address],
                None => {
                    let patience = Duration::from_secs(3600);
                    let name = name.as_str();
                    resolve::addresses(name, Family::Any, patience).await?
                }
            };
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Check;

    #[tokio::test]
    async fn a_silent_resolver_is_not_the_servers_fault() {
        let _silence = resolve::silence("containment.example");
        let page = Http::new("http://containment.example/");
        let most = Duration::from_millis(50);
        let report = Check::Http(page).run(most).await;
        assert_eq!(report.fault, Some(ErrorKind::Unresolved));
        let words = report.error.expect("words");
        let wanted = "containment.example: no word from the resolver in time";
        assert_eq!(words, wanted);
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        for (text, wanted) in [
            ("http://ray:egon@h.example/a", "http://h.example/a"),
            ("http://ray@h.example/a?b@c", "http://h.example/a?b@c"),
            ("http://h.example", "http://h.example"),
            ("http://ray:e@gon@h:99999/", "http://h:99999/"),
            ("ray:egon@h.example", "h.example"),
        ] {
            assert_eq!(shown(text), wanted);
        }
    }
}
