//! The answer to a visitor who is not signed in: a page with a form for a
//! browser, JSON for a program.

use axum::Json;
use axum::http::request::Parts;
use axum::http::{
    Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri, header,
};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::BasePath;
use crate::page::page;
use crate::sign_in::may_use_basic;

/// What the page may load and do (Content Security Policy, level 3).
pub(crate) const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);
pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Why a visitor is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reason {
    NoKey,
    WrongKey,
    UsedLink,
    /// A name and a key that anybody on the way could read.
    OpenBasic,
}

impl Reason {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Reason::NoKey => {
                "sign in, or send the key as Authorization: Bearer KEY"
            }
            Reason::WrongKey => "this is not the key of an account",
            Reason::UsedLink => {
                "this link was used already or is too old: paste your key"
            }
            Reason::OpenBasic => {
                "a name and a key are taken only over TLS, as with https and \
                 ipps, and from programs on the server's own machine"
            }
        }
    }
}

/// What the answer depends on in a request.
pub(crate) struct Visitor {
    /// A browser, which shows a page to a person.
    pub(crate) wants_page: bool,
    /// The browser followed a link on a page of another site.
    pub(crate) from_other_site: bool,
    /// Where to go after signing in: the path and query, without a token.
    pub(crate) return_path: String,
    /// Whether to ask for a name and a key. A browser that is asked for them
    /// does so in a window of its own, and we have a page for that.
    pub(crate) may_use_basic: bool,
}

impl Visitor {
    /// The visitor who sends this request.
    pub(crate) fn of(head: &Parts) -> Visitor {
        Visitor::new(&head.method, &head.uri, &head.headers, &head.extensions)
    }

    pub(crate) fn new(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Visitor {
        let text = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default()
        };
        let wants_page = text("accept").contains("text/html");
        let is_browser = wants_page || headers.contains_key("sec-fetch-mode");
        Visitor {
            wants_page,
            may_use_basic: !is_browser && may_use_basic(headers, extensions),
            from_other_site: method == Method::GET
                && text("sec-fetch-site") == "cross-site"
                && text("sec-fetch-mode") == "navigate",
            return_path: return_path(uri),
        }
    }
}

/// The 401 of the server `name`.
pub(crate) fn refuse(
    name: &str,
    base_path: &BasePath,
    visitor: &Visitor,
    reason: Reason,
) -> Response {
    // RFC 6750, section 3: the error is named only when a key was sent.
    let challenge = match reason {
        Reason::WrongKey => {
            format!("Bearer realm=\"{name}\", error=\"invalid_token\"")
        }
        _ => format!("Bearer realm=\"{name}\""),
    };
    let mut response = match visitor.wants_page {
        true => page(name, base_path, visitor, reason).into_response(),
        false => Json(json!({ "error": reason.message() })).into_response(),
    };
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    let headers = response.headers_mut();
    if let Ok(challenge) = HeaderValue::try_from(challenge) {
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    let basic = format!("Basic realm=\"{name}\", charset=\"UTF-8\"");
    if let (true, Ok(basic)) =
        (visitor.may_use_basic, HeaderValue::try_from(basic))
    {
        headers.append(header::WWW_AUTHENTICATE, basic);
    }
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    response
}

/// The path and query of an address, without its token, as a place on this
/// server: `//elsewhere.example/` would lead a browser to another one.
pub(crate) fn return_path(uri: &Uri) -> String {
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
