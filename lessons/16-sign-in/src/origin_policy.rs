//! Which requests may be answered: those of programs and of the server's own
//! page, but of no other page in a browser.
//!
//! A browser lets any page send a form to any address, loopback too. Two
//! headers tell such requests apart, and a page can forge neither. `Origin`
//! names the page that asks (RFC 6454, section 7). `Host` is the name it asked
//! for (RFC 9110, section 7.2): a domain whose owner lets it resolve to
//! 127.0.0.1 (DNS rebinding) still stands there.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

/// The names by which browsers may ask for this server.
#[derive(Debug, Clone, Default)]
pub struct OriginPolicy(Arc<[String]>);

impl OriginPolicy {
    /// Allows IP addresses, names without a dot or in `.local`, which no
    /// stranger can register, and these further names.
    #[must_use]
    pub fn new(names: &[String]) -> OriginPolicy {
        OriginPolicy(names.iter().map(|name| name.to_lowercase()).collect())
    }

    /// A router that answers 403 to what this policy refuses.
    pub fn protect(self, router: Router) -> Router {
        router.layer(from_fn_with_state(self, check))
    }

    // ANCHOR: refusal
    /// Why a request with these headers is refused, if it is.
    fn refusal(&self, headers: &HeaderMap) -> Option<&'static str> {
        let text = |name| headers.get(name).map(|value| value.to_str());
        let host = match text(header::HOST) {
            Some(Ok(host)) => host,
            Some(Err(_)) => return Some("the Host header is not text\n"),
            // HTTP/1.0 knows no Host, and no browser speaks it.
            None => return None,
        };
        if !self.allows(host) {
            return Some(
                "ask for this server by its IP address, as localhost or by a \
                 name without dots, or name it with --host-name\n",
            );
        }
        match text(header::ORIGIN) {
            // A program, or an address that a person opened.
            None => None,
            Some(Ok(origin)) if is_origin_of(origin, host) => None,
            Some(_) => Some("requests from other pages are refused\n"),
        }
    }
    // ANCHOR_END: refusal

    // ANCHOR: host
    /// Whether a `Host` is an address, a name that nobody can register in
    /// public, or one of the policy's own.
    fn allows(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => name,
            _ => host,
        };
        let address = name.trim_start_matches('[').trim_end_matches(']');
        let name = name.to_lowercase();
        address.parse::<IpAddr>().is_ok()
            || !name.contains('.')
            || name.ends_with(".local")
            || self.0.contains(&name)
    }
    // ANCHOR_END: host
}

async fn check(
    State(policy): State<OriginPolicy>,
    request: Request,
    next: Next,
) -> Response {
    match policy.refusal(request.headers()) {
        None => next.run(request).await,
        Some(reason) => (StatusCode::FORBIDDEN, reason).into_response(),
    }
}

/// Whether `SCHEME://HOST` is a page of this host. `null`, which a browser
/// sends for a page without an origin, is not.
fn is_origin_of(origin: &str, host: &str) -> bool {
    origin.split_once("://").is_some_and(|(_, named)| named == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_ask(host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().expect("a host"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().expect("a value"));
        }
        let policy = OriginPolicy::new(&["Monitor.example.com".to_owned()]);
        policy.refusal(&headers).is_none()
    }

    #[test]
    fn our_own_page_and_programs_may_ask() {
        assert!(may_ask("127.0.0.1:8631", None));
        assert!(may_ask("[::1]:8631", Some("http://[::1]:8631")));
        assert!(may_ask("localhost:8631", Some("http://localhost:8631")));
        assert!(may_ask("printhost", None));
        assert!(may_ask("monitor.example.com", None));
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
}
