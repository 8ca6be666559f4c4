//! What it means when Redis refuses, in words for a person.

use std::{io, sync::Arc};

use redis::{ErrorKind, RedisError};

use super::{
    Opened,
    connections::{PATIENCE, is_broken, is_loading},
};
use crate::Error;

impl Opened {
    /// What an error of the client, or of Redis itself, means for the queue.
    pub(super) fn explain(&self, error: RedisError) -> Error {
        let (url, detail) = (self.url.clone(), error.to_string());
        let unfit = |detail: &str| {
            let (url, detail) = (url.clone(), detail.to_owned());
            Error::Unfit { url, detail }
        };
        if let Some(refused) = tls_error(&error) {
            return unfit(&explain_tls(refused));
        }
        match error.code() {
            Some("OOM") => {
                let place = format!("the memory of Redis at {url}");
                return Error::Full { place, detail };
            }
            Some("MISCONF") => {
                let place = format!("the disk of Redis at {url}");
                return Error::Full { place, detail };
            }
            Some("READONLY") => {
                return unfit(
                    "it is a replica, which takes no changes. Name its master",
                );
            }
            Some("EMPTIED") => return Error::Emptied { url },
            Some("NOAUTH") => {
                return unfit(
                    "it wants a password. Name it, and the user, if there is \
                     one",
                );
            }
            Some("NOPERM") => {
                return unfit(&format!(
                    "its user may not do all that a queue needs ({detail}). \
                     Let the user run every command but the dangerous ones, \
                     and INFO, on keys that begin with jobs: \
                     `ACL SETUSER NAME ~jobs:* +@all -@dangerous +info`"
                ));
            }
            _ => {}
        }
        match error.kind() {
            ErrorKind::AuthenticationFailed => {
                unfit("it does not know this user with this password")
            }
            ErrorKind::InvalidClientConfig => unfit(&detail),
            ErrorKind::Parse => unfit(
                "it does not answer as Redis does. If that is its port for \
                 TLS, say rediss://",
            ),
            _ if error.is_timeout() => {
                let seconds = PATIENCE.as_secs();
                let mut detail = format!("it said nothing for {seconds} s");
                if url.starts_with("rediss://") {
                    detail += "; perhaps this is not its port for TLS";
                }
                Error::Unreachable { url, detail }
            }
            _ if is_broken(&error) || is_loading(&error) => {
                let hung_up = !error.is_connection_refusal()
                    && error.is_connection_dropped();
                let is_plain = url.starts_with("redis://");
                let detail = match hung_up && is_plain && !self.is_known() {
                    true => format!(
                        "{detail}. If that is its port for TLS, say rediss://"
                    ),
                    false => detail,
                };
                Error::Unreachable { url, detail }
            }
            // It may have become another one since it was looked at.
            _ => match self.examine() {
                Err(error @ Error::Unfit { .. }) => error,
                _ => Error::Redis { url, detail },
            },
        }
    }
}

/// What TLS says, where it is TLS that fails.
pub(super) fn tls_error(error: &RedisError) -> Option<&rustls::Error> {
    type Shared = Arc<dyn std::error::Error + Send + Sync>;
    let source = std::error::Error::source(error)?;
    let inner: &Shared = source.downcast_ref()?;
    inner.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref()
}

fn explain_tls(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(
            rustls::CertificateError::UnknownIssuer
            | rustls::CertificateError::BadSignature,
        ) => "its certificate is of an issuer that is not trusted. Name the \
              file with the issuer's certificate"
            .to_owned(),
        rustls::Error::InvalidCertificate(_) => {
            format!("its certificate is not accepted ({error})")
        }
        rustls::Error::InvalidMessage(_) => {
            "it does not speak TLS there. Say redis://, or name its port for \
             TLS"
            .to_owned()
        }
        _ => format!("TLS fails: {error}"),
    }
}
