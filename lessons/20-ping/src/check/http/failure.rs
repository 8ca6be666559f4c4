//! Why a page could not be fetched.

use std::error::Error as StdError;
use std::{io, iter};

use url::Url;

use super::address::shown;
use crate::check::certificate;
use crate::{Error, ErrorKind};

/// Why a request failed: the innermost of its causes that `classify` knows.
pub(super) fn failure(url: &Url, error: &(dyn StdError + 'static)) -> Error {
    let url = shown(url.as_str());
    let all: Vec<_> =
        iter::successors(Some(error), |error| inner(*error)).collect();
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
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return match tls {
            rustls::Error::InvalidCertificate(why) => {
                because(ErrorKind::Certificate, certificate::in_words(why))
            }
            _ => because(ErrorKind::Garbage, format!("TLS: {tls}")),
        };
    }
    if let Some(http) = error.downcast_ref::<hyper::Error>() {
        if http.is_incomplete_message() || http.is_canceled() {
            let reason = "the server hung up too early";
            return because(ErrorKind::ClosedEarly, reason.to_owned());
        }
        // Only an error of the wire has a cause of its own.
        if http.is_parse() || (error.source().is_none() && !http.is_user()) {
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
