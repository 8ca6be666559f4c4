//! Only the panel's own page may use its API.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::refuse;

/// Refuses requests of web sites that are open in the same browser. Such a
/// site must not jam the printer: not directly (then `Origin` names the site),
/// and not by pointing its own name at our address (then `Host` has that name;
/// nobody can do so with an address or with `localhost`).
pub async fn check(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = header_text(headers, header::HOST);
    if !host.as_deref().is_some_and(is_local_name) {
        let text = "call this panel by its address or as localhost";
        return refuse(StatusCode::FORBIDDEN, text);
    }
    let origin = header_text(headers, header::ORIGIN);
    let own = host.map(|host| format!("http://{host}"));
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    if !reads && origin.is_some() && origin != own {
        let text = "only the panel's own page may do this";
        return refuse(StatusCode::FORBIDDEN, text);
    }
    next.run(request).await
}

fn header_text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn is_local_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_localhost_are_local_names() {
        for host in ["127.0.0.1:9180", "localhost", "[::1]:9180", "10.0.0.7"] {
            assert!(is_local_name(host), "{host}");
        }
        for host in ["", "evil.example", "127.0.0.1.evil.example:80", "[x"] {
            assert!(!is_local_name(host), "{host}");
        }
    }
}
