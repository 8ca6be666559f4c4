//! The check of a page: does it answer, and is it as it should be?

use std::error::Error as StdError;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use std::{io, iter};

use hyper::header::LOCATION;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::tls::TlsInfo;
use reqwest::{Client, Response, Url, redirect};
use tokio::task_local;
use tokio::time::{self, Instant};

use super::{Answer, certificate, no_answer};
use crate::{Error, ErrorKind, Family, resolve};

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
    /// How many bytes of the page are read at most.
    pub most_bytes: usize,
    /// Whether any certificate will do: for a router that signs its own.
    pub any_certificate: bool,
}

impl Http {
    /// A page with any status from 200 to 399, after at most 10 redirects,
    /// read to at most 1 MiB.
    pub fn new(url: impl Into<String>) -> Http {
        Http {
            url: url.into(),
            status: Vec::new(),
            keyword: None,
            redirects: 10,
            most_bytes: 1 << 20,
            any_certificate: false,
        }
    }

    pub(super) async fn run(
        &self,
        end: Instant,
        answer: &mut Answer,
    ) -> Result<(), Error> {
        let client = client(self.any_certificate)?;
        let mut url = page(&self.url, None)?;
        let mut visited = vec![url.clone()];
        let mut response = loop {
            let response = fetch(&client, &url, end).await?;
            answer.address = response.remote_addr().map(|it| it.ip());
            let info = response.extensions().get::<TlsInfo>();
            answer.certificate_days = info
                .and_then(TlsInfo::peer_certificate)
                .and_then(certificate::days_left);
            let Some(next) = self.next(&response)? else { break response };
            let (from, to) = (shown(url.as_str()), shown(next.as_str()));
            if visited.contains(&next) {
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
            visited.push(next.clone());
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
        let cut = if body.whole { "" } else { ", the first of more" };
        let length = body.bytes.len();
        answer.detail = Some(format!("{status}, {length} B{cut}"));
        let keyword = self.keyword.as_deref().unwrap_or_default();
        if !contains(&body.bytes, keyword.as_bytes()) {
            let message = format!(
                "{shown} answers {status}, but {keyword:?} is not in it \
                 ({length} B{cut})"
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
        let from = response.url();
        let place = place.to_str().map_err(|_| {
            let message = format!("{from} redirects to what is no URL");
            Error::new(ErrorKind::Garbage, message)
        })?;
        page(place, Some(from)).map(Some)
    }

    async fn read(
        &self,
        response: &mut Response,
        url: &Url,
        end: Instant,
    ) -> Result<Body, Error> {
        let mut bytes = Vec::new();
        loop {
            let chunk = time::timeout_at(end, response.chunk()).await;
            let chunk = chunk.map_err(|_| {
                let length = bytes.len();
                let url = shown(url.as_str());
                let message =
                    format!("{url} did not end in time: {length} B came");
                Error::new(ErrorKind::TooSlow, message)
            })?;
            let Some(chunk) =
                chunk.map_err(|error| request_error(url, &error))?
            else {
                return Ok(Body { bytes, whole: true });
            };
            let room = self.most_bytes - bytes.len();
            bytes.extend(chunk.iter().take(room));
            if chunk.len() > room {
                return Ok(Body { bytes, whole: false });
            }
        }
    }
}

struct Body {
    bytes: Vec<u8>,
    whole: bool,
}

async fn fetch(
    client: &Client,
    url: &Url,
    end: Instant,
) -> Result<Response, Error> {
    let request = client.get(url.clone()).send();
    let resolving = Arc::new(AtomicBool::new(false));
    let request = RESOLVING.scope(Arc::clone(&resolving), request);
    let response = time::timeout_at(end, request).await;
    let response = response.map_err(|_| match resolving.load(Relaxed) {
        true => {
            let host = url.host_str().unwrap_or_default();
            let message = format!("{host}: no word from the resolver in time");
            Error::new(ErrorKind::Unresolved, message)
        }
        false => no_answer(&shown(url.as_str())),
    })?;
    response.map_err(|error| request_error(url, &error))
}

task_local! {
    /// Whether the request of this task waits for the resolver: then the
    /// silence is not the server's.
    static RESOLVING: Arc<AtomicBool>;
}

/// A URL without the user's name and password, which are for the server alone.
pub(super) fn shown(text: &str) -> String {
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

fn contains(bytes: &[u8], keyword: &[u8]) -> bool {
    keyword.is_empty()
        || bytes.windows(keyword.len()).any(|part| part == keyword)
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
        let kind = match tls {
            rustls::Error::InvalidCertificate(_) => ErrorKind::Certificate,
            _ => ErrorKind::Garbage,
        };
        return because(kind, format!("TLS: {tls}"));
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

/// A client that opens a connection for each request, and so resolves the name
/// anew each time.
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
        .dns_resolver(SystemResolver)
        .tls_info(true)
        .tls_danger_accept_invalid_certs(any_certificate)
        .build()
        .map_err(|error| {
            let message = format!("cannot make an HTTP client: {error:?}");
            Error::new(ErrorKind::Local, message)
        })?;
    Ok(kept.get_or_init(|| client).clone())
}

/// This package's resolver, for the HTTP client.
struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        // There is none where the request was dropped.
        let resolving = RESOLVING.try_with(Arc::clone).unwrap_or_default();
        resolving.store(true, Relaxed);
        Box::pin(async move {
            // The request has its own deadline.
            let timeout = Duration::from_secs(3600);
            let name = name.as_str();
            let found = resolve::addresses(name, Family::Any, timeout).await?;
            resolving.store(false, Relaxed);
            let found: Vec<SocketAddr> = found;
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
