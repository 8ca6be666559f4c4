//! Is a page as it should be?

use std::error::Error;
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
use crate::{Family, Fault, Trouble, resolve};

/// A page that is fetched, by HTTP/1.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// The page: `http://…` or `https://…`.
    pub url: String,
    /// The status codes that are expected; when there are none, 200 to 399.
    pub status: Vec<u16>,
    /// What the page must contain, byte for byte.
    pub keyword: Option<String>,
    /// How many redirects are followed.
    pub redirects: u32,
    /// How many bytes of a page are read.
    pub most_bytes: usize,
    /// Whether any certificate is good: for a router that signs its own.
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

    pub(super) async fn ask(
        &self,
        end: Instant,
        answer: &mut Answer,
    ) -> Result<(), Trouble> {
        let client = client(self.any_certificate)?;
        let mut url = page(&self.url, None)?;
        let mut seen = vec![url.clone()];
        let mut response = loop {
            let response = fetch(&client, &url, end).await?;
            answer.address = response.remote_addr().map(|it| it.ip());
            let info = response.extensions().get::<TlsInfo>();
            answer.certificate_days = info
                .and_then(TlsInfo::peer_certificate)
                .and_then(certificate::days_left);
            let Some(next) = self.next(&response)? else { break response };
            let (from, to) = (shown(url.as_str()), shown(next.as_str()));
            if seen.contains(&next) {
                let words = format!("{from} leads back to {to}");
                return Err(Trouble::new(Fault::RedirectLoop, words));
            }
            if seen.len() > self.redirects as usize {
                let words = format!(
                    "{from} leads on to {to}, after {} redirects",
                    self.redirects
                );
                return Err(Trouble::new(Fault::TooManyRedirects, words));
            }
            seen.push(next.clone());
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
            let words = format!("{shown} answers {status}");
            return Err(Trouble::new(Fault::Status, words));
        }

        let body = self.read(&mut response, &url, end).await?;
        let cut = if body.whole { "" } else { ", the first of more" };
        let length = body.bytes.len();
        answer.detail = Some(format!("{status}, {length} B{cut}"));
        let keyword = self.keyword.as_deref().unwrap_or_default();
        if !contains(&body.bytes, keyword.as_bytes()) {
            let words = format!(
                "{shown} answers {status}, but {keyword:?} is not in it \
                 ({length} B{cut})"
            );
            return Err(Trouble::new(Fault::Keyword, words));
        }
        Ok(())
    }

    /// Where the answer leads, if it is a redirect that is followed.
    fn next(&self, response: &Response) -> Result<Option<Url>, Trouble> {
        let status = response.status().as_u16();
        let followed = matches!(status, 301 | 302 | 303 | 307 | 308)
            && self.redirects > 0
            && !self.status.contains(&status);
        let place = response.headers().get(LOCATION);
        let Some(place) = place.filter(|_| followed) else { return Ok(None) };
        let from = response.url();
        let place = place.to_str().map_err(|_| {
            let words = format!("{from} redirects to what is no address");
            Trouble::new(Fault::Garbage, words)
        })?;
        page(place, Some(from)).map(Some)
    }

    async fn read(
        &self,
        response: &mut Response,
        url: &Url,
        end: Instant,
    ) -> Result<Body, Trouble> {
        let mut bytes = Vec::new();
        loop {
            let chunk = time::timeout_at(end, response.chunk()).await;
            let chunk = chunk.map_err(|_| {
                let length = bytes.len();
                let url = shown(url.as_str());
                let words =
                    format!("{url} did not end in time: {length} B came");
                Trouble::new(Fault::TooSlow, words)
            })?;
            let Some(chunk) = chunk.map_err(|error| trouble(url, &error))?
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
) -> Result<Response, Trouble> {
    let request = client.get(url.clone()).send();
    let resolving = Arc::new(AtomicBool::new(false));
    let request = RESOLVING.scope(Arc::clone(&resolving), request);
    let response = time::timeout_at(end, request).await;
    let response = response.map_err(|_| match resolving.load(Relaxed) {
        true => {
            let host = url.host_str().unwrap_or_default();
            let words = format!("{host}: no word from the resolver in time");
            Trouble::new(Fault::Unresolved, words)
        }
        false => no_answer(&shown(url.as_str())),
    })?;
    response.map_err(|error| trouble(url, &error))
}

task_local! {
    /// Whether the request of this task waits for the resolver: then a server
    /// is not to blame for its silence.
    static RESOLVING: Arc<AtomicBool>;
}

/// The address of a page without the name and the password in it, which are
/// for the server alone.
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
    // What is no address may have them in it as well.
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        (None, Some((_, rest))) => rest.to_owned(),
        _ => text.to_owned(),
    }
}

/// An address of a page, perhaps written as seen from another one.
fn page(text: &str, from: Option<&Url>) -> Result<Url, Trouble> {
    let url = match from {
        Some(from) => from.join(text),
        None => Url::parse(text),
    };
    let wrong = |why: &str| {
        let text = shown(text);
        Trouble::new(Fault::Invalid, format!("{text} cannot be fetched: {why}"))
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

/// What a failed request means, from whatever lies deepest in the error.
fn trouble(url: &Url, error: &reqwest::Error) -> Trouble {
    let url = shown(url.as_str());
    let first: &(dyn Error + 'static) = error;
    let all: Vec<_> =
        iter::successors(Some(first), |error| inner(*error)).collect();
    let found = all.iter().rev().find_map(|error| meaning(&url, *error));
    let last = all.last().map_or(String::new(), |error| error.to_string());
    let unknown = || Trouble::new(Fault::Local, format!("{url}: {last}"));
    found.unwrap_or_else(unknown)
}

/// What one of the errors behind a failed request means, taken alone.
fn meaning(url: &str, error: &(dyn Error + 'static)) -> Option<Trouble> {
    let because = |fault, words: String| {
        Some(Trouble::new(fault, format!("{url}: {words}")))
    };
    if let Some(trouble) = error.downcast_ref::<Trouble>() {
        return Some(trouble.clone());
    }
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        let fault = match tls {
            rustls::Error::InvalidCertificate(_) => Fault::Certificate,
            _ => Fault::Garbage,
        };
        return because(fault, format!("TLS: {tls}"));
    }
    if let Some(http) = error.downcast_ref::<hyper::Error>() {
        if http.is_incomplete_message() {
            let words = "the server hung up too early";
            return because(Fault::ClosedEarly, words.to_owned());
        }
        if http.is_parse() {
            let words = format!("what came is no HTTP ({http})");
            return because(Fault::Garbage, words);
        }
    }
    let io = error.downcast_ref::<io::Error>()?;
    // Others only wrap what is looked at by itself.
    let bare = io.get_ref().is_none();
    let known = bare || io.kind() == io::ErrorKind::UnexpectedEof;
    known.then(|| Trouble::of(url, io))
}

/// What an error was made of. Errors of the system name only what lies behind
/// their cause.
fn inner<'a>(
    error: &'a (dyn Error + 'static),
) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(cause) => Some(cause),
        None => error.source(),
    }
}

/// A client that opens a connection for each request, and so resolves each
/// name each time.
fn client(any_certificate: bool) -> Result<Client, Trouble> {
    static CLIENTS: [OnceLock<Client>; 2] = [const { OnceLock::new() }; 2];
    let kept = &CLIENTS[usize::from(any_certificate)];
    if let Some(client) = kept.get() {
        return Ok(client.clone());
    }
    // An error says that the program has chosen one already.
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
            let words = format!("cannot make an HTTP client: {error:?}");
            Trouble::new(Fault::Local, words)
        })?;
    Ok(kept.get_or_init(|| client).clone())
}

/// The system's resolver, as the whole part uses it.
struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        // Of a request that nobody waits for any more there is none.
        let resolving = RESOLVING.try_with(Arc::clone).unwrap_or_default();
        resolving.store(true, Relaxed);
        Box::pin(async move {
            // The request's own deadline counts.
            let most = Duration::from_secs(3600);
            let name = name.as_str();
            let found = resolve::addresses(name, Family::Any, most).await?;
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
        assert_eq!(report.fault, Some(Fault::Unresolved));
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
