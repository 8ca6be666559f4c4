//! The marks that a proxy leaves on the requests that it passes on.

use axum::http::HeaderMap;

/// Headers with which proxies say that they have passed a request on: RFC
/// 7239, RFC 9110 section 7.6.3, and what was usual before.
const FORWARDED: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

/// Whether a proxy says that it has passed this request on. The client is
/// then whoever the proxy lets in, even if the connection comes from the
/// proxy's own machine.
#[must_use]
pub fn is_forwarded(headers: &HeaderMap) -> bool {
    FORWARDED.iter().any(|name| headers.contains_key(*name))
}
