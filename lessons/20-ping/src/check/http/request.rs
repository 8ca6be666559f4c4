//! The request for a page: its head, with whom it names, and its body.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Request;
use hyper::header::{
    ACCEPT, AUTHORIZATION, COOKIE, HOST, HeaderName, HeaderValue, USER_AGENT,
};
use percent_encoding::percent_decode_str;
use secret::Secret;
use serde::{Deserialize, Serialize};
use url::Url;

use super::address::shown;
use super::{Http, Visit};
use crate::{Error, ErrorKind};

/// How a request says who we are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignIn {
    /// A user's name and password (RFC 7617). They are sent as they are, so
    /// this is for `https`, and for networks that nobody listens in on.
    Basic {
        /// The user's name, without a colon.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token (RFC 6750, section 2.1).
    Bearer(Secret),
}

impl SignIn {
    /// What stands in the field `Authorization`.
    fn field(&self) -> String {
        match self {
            SignIn::Basic { user, password } => {
                let both = format!("{user}:{}", password.reveal());
                format!("Basic {}", STANDARD.encode(both))
            }
            SignIn::Bearer(token) => format!("Bearer {}", token.reveal()),
        }
    }
}

impl Http {
    /// The request for the page of this visit.
    pub(super) fn request(
        &self,
        first: &Url,
        visit: &Visit,
    ) -> Result<Request<String>, Error> {
        let Visit { url, method, cookies } = visit;
        let wrong = |what: &str| {
            let message =
                format!("{} cannot be asked for: {what}", shown(url.as_str()));
            Error::new(ErrorKind::Invalid, message)
        };
        let mut place = url.path().to_owned();
        if let Some(query) = url.query() {
            let _ = write!(place, "?{query}");
        }
        let body = match *method == self.method {
            true => self.body.clone(),
            false => String::new(),
        };
        let mut request = Request::builder()
            .method(method.as_str())
            .uri(place)
            .body(body)
            .map_err(|error| wrong(&error.to_string()))?;

        let fields = request.headers_mut();
        let mut set = |name: HeaderName, value: &str| {
            // Secrets are among the values: an error names the field alone.
            let words = format!("the field {name} cannot have such a value");
            let value = HeaderValue::from_str(value);
            fields.insert(name, value.map_err(|_| wrong(&words))?);
            Ok(())
        };
        set(HOST, &host(url))?;
        set(ACCEPT, "*/*")?;
        set(USER_AGENT, "taming-ping")?;
        if let Some(cookies) = cookies.field(url) {
            set(COOKIE, &cookies)?;
        }
        // A secret is for the server that it was written for, and no other, as
        // with a browser (RFC 7617, section 2.2).
        let same = url.origin() == first.origin();
        let signed_in = match self.sign_in.as_ref().filter(|_| same) {
            Some(sign_in) => Some(sign_in.field()),
            None => in_url(url).or_else(|| in_url(first).filter(|_| same)),
        };
        if let Some(field) = signed_in {
            set(AUTHORIZATION, &field)?;
        }
        for (name, value) in self.headers.iter().filter(|_| same) {
            let known = HeaderName::try_from(name);
            let known = known.map_err(|_| {
                wrong(&format!("{name:?} is no name of a field"))
            })?;
            set(known, value.reveal())?;
        }
        Ok(request)
    }
}

/// What stands in the field `Host`: the port only where it is another than
/// usual (RFC 9110, section 7.2).
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The name and the password in a URL.
fn in_url(url: &Url) -> Option<String> {
    let given = !url.username().is_empty() || url.password().is_some();
    let plain = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    given.then(|| {
        let mut both = plain(url.username());
        both.push(b':');
        both.extend(plain(url.password().unwrap_or_default()));
        format!("Basic {}", STANDARD.encode(both))
    })
}
