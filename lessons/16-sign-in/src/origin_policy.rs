//! Who may ask: programs and our own page, but no other page in a browser.
//!
//! A browser lets any page send a form to any address, loopback too. Two
//! headers tell such requests apart: `Origin` names the page that asks (RFC
//! 6454, section 7), and `Host` the name it asked for (RFC 9110, section
//! 7.2), which an attacker's domain that resolves to 127.0.0.1 (DNS
//! rebinding) cannot fake.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;

/// The names by which this server may be asked.
#[derive(Debug, Clone, Default)]
pub struct OriginPolicy(Arc<[String]>);

impl OriginPolicy {
    /// IP addresses, names without a dot or in `.local`, and these names,
    /// which stand in a public domain and are ours.
    #[must_use]
    pub fn new(names: &[String]) -> OriginPolicy {
        OriginPolicy(names.iter().map(|name| name.to_lowercase()).collect())
    }

    /// A router that refuses requests that another page made.
    pub fn protect(self, router: Router) -> Router {
        router.layer(from_fn_with_state(self, own))
    }

    // ANCHOR: foreign
    fn foreign(&self, headers: &HeaderMap) -> Option<&'static str> {
        let text = |name| headers.get(name).map(|value| value.to_str());
        let host = match text(header::HOST) {
            Some(Ok(host)) => host,
            Some(Err(_)) => return Some("the Host header is not text\n"),
            // HTTP/1.0 knows no Host, and no browser speaks it.
            None => return None,
        };
        if !self.is_ours(host) {
            return Some(
                "ask for this server by its IP address, as localhost or by a \
                 name without dots, or name it with --host-name\n",
            );
        }
        match text(header::ORIGIN) {
            None => None,
            Some(Ok(origin)) if names(origin, host) => None,
            Some(_) => Some("requests from other pages are refused\n"),
        }
    }
    // ANCHOR_END: foreign

    /// An address, a name that no public domain can carry, or one of ours.
    fn is_ours(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => name,
            _ => host,
        };
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let name = name.to_lowercase();
        bare.parse::<IpAddr>().is_ok()
            || !name.contains('.')
            || name.ends_with(".local")
            || self.0.contains(&name)
    }
}

async fn own(
    State(own): State<OriginPolicy>,
    request: Request,
    next: Next,
) -> Response {
    match own.foreign(request.headers()) {
        None => next.run(request).await,
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
    }
}

fn names(origin: &str, host: &str) -> bool {
    origin.split_once("://").is_some_and(|(_, named)| named == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().expect("a host"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().expect("a value"));
        }
        let own = OriginPolicy::new(&["Monitor.example.com".to_owned()]);
        own.foreign(&headers).is_none()
    }

    #[test]
    fn our_own_page_and_programs_may_ask() {
        assert!(asked("127.0.0.1:8631", None));
        assert!(asked("[::1]:8631", Some("http://[::1]:8631")));
        assert!(asked("localhost:8631", Some("http://localhost:8631")));
        assert!(asked("printhost", None));
        assert!(asked("monitor.example.com", None));
        let own = "https://monitor.example.com";
        assert!(asked("monitor.example.com", Some(own)));
    }

    #[test]
    fn another_page_may_not() {
        assert!(!asked("127.0.0.1:8631", Some("https://example.com")));
        assert!(!asked("127.0.0.1:8631", Some("http://127.0.0.1:9999")));
        assert!(!asked("127.0.0.1:8631", Some("null")));
        assert!(!asked("rebound.example.com:8631", None));
        assert!(!asked("monitor.example.com.evil.example", None));
    }
}
