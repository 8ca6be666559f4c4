//! The check of a page: does it answer, and is it as it should be?

mod address;
mod body;
mod connection;
mod cookies;
mod failure;
mod json;
mod request;
mod verifier;

use hyper::StatusCode;
use hyper::header::LOCATION;
use secret::Secret;
use serde::{Deserialize, Serialize};
use tokio::time::{self, Instant};
use url::Url;

pub use address::shown;
pub use json::JsonValue;
pub use request::SignIn;

use address::page;
use body::Body;
use connection::{Connection, Response};
use cookies::Cookies;
use failure::failure;

use super::{Answer, no_answer};
use crate::report::milliseconds;
use crate::{Error, ErrorKind, Family};

/// The bytes of a page that are read where no keyword is looked for.
const READ: usize = 1 << 20;

/// A page, fetched by HTTP/1.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Http {
    /// The page: `http://…` or `https://…`.
    pub url: String,
    /// The method (RFC 9110, section 9), such as `GET`.
    pub method: String,
    /// Fields of the request's head, besides those that every request has.
    /// Some are secrets: they are sent to the page's own server only.
    pub headers: Vec<(String, Secret)>,
    /// What the request carries; it may be empty.
    pub body: String,
    /// How we say who we are.
    pub sign_in: Option<SignIn>,
    /// The expected status codes; none: 200 to 399.
    pub status: Vec<u16>,
    /// The text that the page must contain, byte for byte.
    pub keyword: Option<String>,
    /// What the page must contain if it is JSON.
    pub json: Option<JsonValue>,
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
            method: "GET".to_owned(),
            headers: Vec::new(),
            body: String::new(),
            sign_in: None,
            status: Vec::new(),
            keyword: None,
            json: None,
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
        let first = page(&self.url, None)?;
        let mut visit = Visit {
            url: first.clone(),
            method: self.method.clone(),
            cookies: Cookies::default(),
        };
        // With other cookies it is another page: many sites set one, and lead
        // to where one is already.
        let mut visited = vec![visit.clone()];
        let (_connection, mut response) = loop {
            let request = self.request(&first, &visit)?;
            let url = &visit.url;
            let mut connection =
                Connection::open(self, url, end, answer).await?;
            let response = connection.send(request, url, end, answer).await?;
            answer.http_status = Some(response.status().as_u16());
            visit.cookies.take(url, response.headers());
            let Some(next) = self.next(&visit, &response)? else {
                break (connection, response);
            };
            if visited.contains(&next) {
                let (from, to) = (visit.shown(), next.shown());
                let message = format!("{from} leads back to {to}");
                return Err(Error::new(ErrorKind::RedirectLoop, message));
            }
            if visited.len() > self.redirects as usize {
                let message = format!(
                    "{} leads on to {}, after {} redirects",
                    visit.shown(),
                    next.shown(),
                    self.redirects
                );
                return Err(Error::new(ErrorKind::TooManyRedirects, message));
            }
            visited.push(next.clone());
            visit = next;
        };

        let shown = visit.shown();
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

        let began = Instant::now();
        let body = self.read(&mut response, &visit.url, end).await;
        answer.phases().rest_ms += milliseconds(began.elapsed());
        let body = body?;
        answer.detail = Some(format!("{status}, {}", body.length()));
        self.look_into(&body, &shown, status)
    }

    /// The next page, if the answer is a redirect that is followed.
    fn next(
        &self,
        visit: &Visit,
        response: &Response,
    ) -> Result<Option<Visit>, Error> {
        let status = response.status().as_u16();
        let followed = matches!(status, 301 | 302 | 303 | 307 | 308)
            && self.redirects > 0
            && !self.status.contains(&status);
        let place = response.headers().get(LOCATION);
        let Some(place) = place.filter(|_| followed) else { return Ok(None) };
        // Some write it as it is read, and not as RFC 3986 has it.
        let place = String::from_utf8_lossy(place.as_bytes());
        let url = page(&place, Some(&visit.url))?;
        // What was posted is posted once (RFC 9110, sections 15.4.2 to 15.4.4).
        let again = match status {
            301 | 302 => visit.method != "POST",
            303 => visit.method == "HEAD",
            _ => true,
        };
        let method = if again { visit.method.as_str() } else { "GET" };
        let (method, cookies) = (method.to_owned(), visit.cookies.clone());
        Ok(Some(Visit { url, method, cookies }))
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
        if self.json.is_some() {
            body.keep();
        }
        loop {
            let chunk = time::timeout_at(end, connection::chunk(response));
            let chunk = chunk.await.map_err(|_| {
                let length = body.bytes();
                let url = shown(url.as_str());
                let message =
                    format!("{url} did not end in time: {length} B came");
                Error::new(ErrorKind::TooSlow, message)
            })?;
            let Some(chunk) = chunk.map_err(|error| failure(url, &error))?
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

    /// Whether the page is as it should be.
    fn look_into(
        &self,
        body: &Body,
        shown: &str,
        status: StatusCode,
    ) -> Result<(), Error> {
        if !body.has_keyword() {
            let keyword = self.keyword.as_deref().unwrap_or_default();
            let message = format!(
                "{shown} answers {status}, but {keyword:?} is not in it ({})",
                body.length()
            );
            return Err(Error::new(ErrorKind::Keyword, message));
        }
        let Some(wanted) = &self.json else { return Ok(()) };
        wanted.check(body.kept()).map_err(|Error { kind, message }| {
            Error::new(kind, format!("{shown} answers {status}, but {message}"))
        })
    }
}

/// A page on the way through redirects, and how it is asked for.
#[derive(Clone, PartialEq, Eq)]
struct Visit {
    url: Url,
    method: String,
    cookies: Cookies,
}

impl Visit {
    fn shown(&self) -> String {
        shown(self.url.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::check::Check;
    use crate::resolve;

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
}
