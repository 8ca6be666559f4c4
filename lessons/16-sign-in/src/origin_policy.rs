//! Which requests may be answered: those of programs and of the server's own
//! page, but of no other page in a browser.
//!
//! A browser lets any page send a form to any address, loopback too. Three
//! headers tell such requests apart, and a page can forge none. `Origin` names
//! the page that asks (RFC 6454, section 7), `Sec-Fetch-Site` says whether it
//! is one of ours. `Host` is the name it asked for (RFC 9110, section 7.2): a
//! name that somebody else lets lead to 127.0.0.1 (DNS rebinding) still stands
//! there. Names in `.local` are no exception: anybody on the network may
//! answer for one.

use std::net::{IpAddr, UdpSocket};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Version, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use crate::OverTls;

/// Why a request is refused: a status, and a sentence.
type Refusal = (StatusCode, &'static str);

/// The names by which browsers may ask for this server.
#[derive(Debug, Clone, Default)]
pub struct OriginPolicy(Arc<[String]>);

impl OriginPolicy {
    /// Allows this machine's own addresses and names: `localhost`, the name
    /// that it has, with and without a domain, and that name in `.local`. And
    /// these further names and addresses.
    #[must_use]
    pub fn new(names: &[String]) -> OriginPolicy {
        let machine = hostname::get().unwrap_or_default();
        OriginPolicy::on_machine(&machine.to_string_lossy(), names)
    }

    fn on_machine(machine: &str, names: &[String]) -> OriginPolicy {
        let machine = plain_name(machine);
        let (first, _) = machine.split_once('.').unwrap_or((&machine, ""));
        let local = match first {
            "" | "localhost" => String::new(),
            // Multicast DNS (RFC 6762, section 3) finds it by this name.
            name => format!("{name}.local"),
        };
        let own = ["localhost", &machine, first, &local].map(str::to_owned);
        let named = names.iter().map(|name| plain_name(name));
        let all = own.into_iter().chain(named);
        OriginPolicy(all.filter(|name| !name.is_empty()).collect())
    }

    /// The names, `localhost` among them, without the addresses of this machine
    /// that nobody had to name.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// A router that answers 403 to what this policy refuses, and 400 to a
    /// request that does not name one host.
    pub fn protect(self, router: Router) -> Router {
        router.layer(from_fn_with_state(self, check))
    }

    /// A router for what everybody may see, which pages of other sites may
    /// show too, such as a badge. Whatever changes something, or depends on who
    /// asks, does not belong into it. Only its host is checked.
    pub fn protect_public(self, router: Router) -> Router {
        router.layer(from_fn_with_state(self, check_host))
    }

    // ANCHOR: refusal
    /// Why this request is refused, if it is.
    fn refusal(&self, request: &Request) -> Option<Refusal> {
        let host = match self.host(request) {
            Ok(Some(host)) => host,
            // HTTP/1.0 knows no Host, and no browser speaks it.
            Ok(None) => return None,
            Err(refusal) => return Some(refusal),
        };
        // A program, or an address that a person opened, has no origin.
        let mut origins = request.headers().get_all(header::ORIGIN).iter();
        let tls = request.extensions().get() == Some(&OverTls(true));
        let is_ours = origins.all(|origin| is_origin_of(origin, host, tls));
        match is_ours && may_come_from_its_site(request) {
            true => None,
            false => Some((
                StatusCode::FORBIDDEN,
                "requests from other pages are refused\n",
            )),
        }
    }
    // ANCHOR_END: refusal

    /// The host that a request is for, if it is this machine.
    fn host<'a>(
        &self,
        request: &'a Request,
    ) -> Result<Option<&'a str>, Refusal> {
        let host = host_of(request)
            .map_err(|reason| (StatusCode::BAD_REQUEST, reason))?;
        if host.is_some_and(|host| !self.allows(host)) {
            return Err((
                StatusCode::FORBIDDEN,
                "ask for this server by a name or an address of its own \
                 machine, or start it with --host-name and the name you use\n",
            ));
        }
        Ok(host)
    }

    // ANCHOR: host
    /// Whether a `Host` is an address of this machine, or one of its names.
    fn allows(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
                name
            }
            _ => host,
        };
        let name = plain_name(name);
        self.0.contains(&name) || name.parse().is_ok_and(is_own_address)
    }
    // ANCHOR_END: host
}

async fn check(
    State(policy): State<OriginPolicy>,
    request: Request,
    next: Next,
) -> Response {
    match policy.refusal(&request) {
        None => next.run(request).await,
        Some(refusal) => refusal.into_response(),
    }
}

async fn check_host(
    State(policy): State<OriginPolicy>,
    request: Request,
    next: Next,
) -> Response {
    match policy.host(&request) {
        Ok(_) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Reads a name or an address for a server: an option that an administrator
/// writes.
///
/// # Errors
/// A message for a person.
pub fn host_name(text: &str) -> Result<String, String> {
    let name = plain_name(text);
    let fits =
        |letter: u8| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter);
    // The most that a name can have (RFC 1035, section 2.3.4).
    let is_name = (1..=253).contains(&name.len())
        && name.bytes().all(fits)
        && name.split('.').all(|label| (1..=63).contains(&label.len()));
    match is_name || name.parse::<IpAddr>().is_ok() {
        true => Ok(name),
        false => Err("say a name such as print.example.com, without a port, \
                      or an address"
            .to_owned()),
    }
}

/// The host that a request is for (RFC 9112, section 3.2, and 3.2.2 for one
/// that stands in the address).
fn host_of(request: &Request) -> Result<Option<&str>, &'static str> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => {
            host.to_str().map_err(|_| "the Host header is not text\n")?
        }
        (Some(_), Some(_)) => return Err("there are two Host headers\n"),
        (None, _) if request.version() < Version::HTTP_11 => return Ok(None),
        (None, _) => return Err("there is no Host header\n"),
    };
    let in_address = request.uri().authority();
    Ok(Some(in_address.map_or(host, |authority| authority.as_str())))
}

/// Whether `SCHEME://HOST` is a page of this host. `null`, which a browser
/// sends for a page without an origin, is not. A page that came without TLS
/// may be anybody's, and asks nothing over TLS.
fn is_origin_of(origin: &HeaderValue, host: &str, tls: bool) -> bool {
    let named = origin.to_str().ok().and_then(|text| text.split_once("://"));
    named.is_some_and(|(scheme, named)| {
        named == host && (scheme == "https" || !tls)
    })
}

// ANCHOR: site
/// Whether a browser says that one of our own pages asks, or a person (Fetch
/// Metadata Request Headers, section 2.4). A page of another site may lead a
/// person here by a link, and do nothing else.
fn may_come_from_its_site(request: &Request) -> bool {
    let text = |name| request.headers().get(name).map(HeaderValue::as_bytes);
    match text("sec-fetch-site") {
        None | Some(b"same-origin" | b"none") => true,
        Some(_) => {
            matches!(*request.method(), Method::GET | Method::HEAD)
                && text("sec-fetch-mode") == Some(b"navigate")
                && text("sec-fetch-dest") == Some(b"document")
        }
    }
}
// ANCHOR_END: site

/// A name in the one way in which names are compared here.
fn plain_name(name: &str) -> String {
    let name = name.strip_suffix('.').unwrap_or(name);
    let address = name.strip_prefix('[').and_then(|a| a.strip_suffix(']'));
    match address.unwrap_or(name).parse::<IpAddr>() {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => name.to_lowercase(),
    }
}

/// Whether an address is one of this machine's: a socket cannot be bound to
/// any other.
fn is_own_address(address: IpAddr) -> bool {
    // 0.0.0.0 leads here as well. Many machines share a multicast address.
    address.is_loopback()
        || !address.is_multicast() && UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn status(request: &[(&str, &str)]) -> u16 {
        let mut built = Request::builder().uri("/upload").method("POST");
        for (name, value) in request {
            built = match *name {
                "method" => built.method(*value),
                "uri" => built.uri(*value),
                "tls" => built.extension(OverTls(*value == "yes")),
                _ => built.header(*name, *value),
            };
        }
        let request = built.body(Body::empty()).expect("a request");
        let names = ["Monitor.example.com", "192.0.2.7"].map(str::to_owned);
        let policy = OriginPolicy::on_machine("Printhost.office", &names);
        policy.refusal(&request).map_or(200, |(status, _)| status.as_u16())
    }

    fn may_ask(host: &str, origin: Option<&str>) -> bool {
        let origin = origin.map(|origin| ("origin", origin));
        let headers = [Some(("host", host)), origin];
        let headers: Vec<_> = headers.into_iter().flatten().collect();
        status(&headers) == 200
    }

    #[test]
    fn our_own_page_and_programs_may_ask() {
        assert!(may_ask("127.0.0.1:8631", None));
        assert!(may_ask("[::1]:8631", Some("http://[::1]:8631")));
        assert!(may_ask("localhost:8631", Some("http://localhost:8631")));
        assert!(may_ask("LOCALHOST.", None));
        for name in ["printhost", "printhost.local:8631", "printhost.office"] {
            assert!(may_ask(name, None), "{name}");
        }
        assert!(may_ask("monitor.example.com", None));
        assert!(may_ask("192.0.2.7:8631", None));
        let own = "https://monitor.example.com";
        assert!(may_ask("monitor.example.com", Some(own)));
    }

    #[test]
    fn another_page_may_not() {
        assert!(!may_ask("127.0.0.1:8631", Some("https://example.com")));
        assert!(!may_ask("127.0.0.1:8631", Some("http://127.0.0.1:9999")));
        assert!(!may_ask("127.0.0.1:8631", Some("null")));
        assert!(!may_ask("rebound.example.com:8631", None));
        assert!(!may_ask("monitor.example.com.evil.example", None));
    }

    #[test]
    fn a_page_without_tls_may_not_ask_over_tls() {
        let host = ("host", "localhost:8631");
        for (origin, tls, wanted) in [
            ("http://localhost:8631", "no", 200),
            ("http://localhost:8631", "yes", 403),
            ("https://localhost:8631", "yes", 200),
            // A proxy speaks TLS for us.
            ("https://localhost:8631", "no", 200),
        ] {
            let request = [host, ("origin", origin), ("tls", tls)];
            assert_eq!(status(&request), wanted, "{origin} {tls}");
        }
    }

    #[test]
    fn a_name_that_is_not_this_machines_may_not() {
        // Anybody may answer for a name in .local, and .ai is a domain.
        for host in ["evil.local", "ai", "printhost.evil", "local", ""] {
            assert!(!may_ask(host, None), "{host}");
            let origin = format!("http://{host}");
            assert!(!may_ask(host, Some(&origin)), "{host}");
        }
        // Addresses of documentation are nobody's.
        for host in ["192.0.2.1", "[2001:db8::1]:80", "224.0.0.1"] {
            assert!(!may_ask(host, None), "{host}");
        }
    }

    #[test]
    fn a_browser_says_whose_page_asks() {
        let host = ("host", "localhost:8631");
        for (site, may) in [
            ("same-origin", true),
            ("none", true),
            ("same-site", false),
            ("cross-site", false),
        ] {
            let site = ("sec-fetch-site", site);
            assert_eq!(status(&[host, site]) == 200, may, "{site:?}");
            let get = ("method", "GET");
            let image = ("sec-fetch-dest", "image");
            assert_eq!(status(&[host, site, get, image]) == 200, may);
            // A link on another site's page is one that a person follows.
            let link = [
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ];
            assert_eq!(status(&[host, site, get, link[0], link[1]]), 200);
            assert_eq!(status(&[host, site, link[0], link[1]]) == 200, may);
            // A frame is no link.
            let frame = ("sec-fetch-dest", "iframe");
            let in_frame = status(&[host, site, get, link[0], frame]);
            assert_eq!(in_frame == 200, may);
        }
    }

    #[test]
    fn a_request_names_one_host() {
        let host = ("host", "localhost");
        assert_eq!(status(&[host, host]), 400);
        assert_eq!(status(&[]), 400);
        assert_eq!(status(&[host, ("uri", "http://evil.local/")]), 403);
        assert_eq!(status(&[host, ("uri", "http://localhost/")]), 200);
    }

    #[test]
    fn a_name_in_the_configuration_is_one() {
        for name in ["a.example", "Print-1.example.", "192.0.2.1", "[::1]"] {
            assert!(host_name(name).is_ok(), "{name}");
        }
        let long = "a".repeat(64);
        for name in ["", "bad name!", "a..b", "a:80", "http://a", &long] {
            let said = host_name(name).expect_err(name);
            assert!(said.contains("such as"), "{said}");
        }
    }
}
