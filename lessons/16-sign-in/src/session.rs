//! A browser's session: a cookie with an expiry, signed with the key.
//!
//! The server keeps no list of sessions. So they survive its restart, and a
//! new key ends all of them.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderValue, header};

use crate::random::random_hex;
use crate::{Key, Signer};

/// How long a browser stays signed in after it was last used, in seconds.
pub(crate) const LIFETIME: u64 = 30 * 24 * 3600;

/// The sessions of one server.
pub(crate) struct Sessions {
    cookie_name: String,
    signer: Signer,
}

/// A session that was found in a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Session {
    /// In seconds since 1970.
    expiry: u64,
}

impl Session {
    /// Whether half of the time is over: then a session in use begins anew.
    pub(crate) fn is_old(self) -> bool {
        self.expiry < now() + LIFETIME / 2
    }
}

impl Sessions {
    /// The sessions of the server `name`.
    pub(crate) fn new(key: &Key, name: &str) -> Sessions {
        // Browsers send cookies to every port of a host (RFC 6265, section
        // 8.5): the name keeps two servers on one machine apart.
        let mut cookie_name: String = name
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect();
        cookie_name.push_str("-session");
        let purpose = format!("session\n{name}");
        let signer = Signer::new(key.expose().as_bytes(), &purpose);
        Sessions { cookie_name, signer }
    }

    /// The `Set-Cookie` that signs a browser in.
    pub(crate) fn begin(&self, headers: &HeaderMap) -> io::Result<HeaderValue> {
        let expiry = now() + LIFETIME;
        let signed = format!("{expiry}.{}", random_hex(16)?);
        let signature = self.signer.sign(&signed);
        // Where a proxy says that it speaks TLS, the cookie is for TLS only.
        let tls = headers.get("x-forwarded-proto");
        let secure = match tls.is_some_and(|value| value == "https") {
            true => "; Secure",
            false => "",
        };
        let name = &self.cookie_name;
        let cookie = format!(
            "{name}={signed}.{signature}; Path=/; Max-Age={LIFETIME}; \
             HttpOnly; SameSite=Strict{secure}"
        );
        HeaderValue::try_from(cookie).map_err(io::Error::other)
    }

    /// The `Set-Cookie` that signs a browser out.
    pub(crate) fn end(&self) -> String {
        let name = &self.cookie_name;
        format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")
    }

    /// The session that a request's cookies hold.
    pub(crate) fn find(&self, headers: &HeaderMap) -> Option<Session> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.cookie_name)
            .find_map(|(_, cookie)| self.verify(cookie))
    }

    // ANCHOR: verify
    /// The session in a cookie `EXPIRY.NONCE.SIGNATURE`, if this server
    /// signed it and it has not expired.
    fn verify(&self, cookie: &str) -> Option<Session> {
        let (signed, signature) = cookie.rsplit_once('.')?;
        // The signature first: until it fits, the rest is anybody's claim.
        if !self.signer.verify(signed, signature) {
            return None;
        }
        let (expiry, _nonce) = signed.split_once('.')?;
        let expiry: u64 = expiry.parse().ok()?;
        let left = expiry.checked_sub(now())?;
        (1..=LIFETIME).contains(&left).then_some(Session { expiry })
    }
    // ANCHOR_END: verify

    /// What a cookie holds that expires at a moment in seconds since 1970.
    #[cfg(test)]
    pub(crate) fn cookie_until(&self, expiry: u64) -> String {
        let signed = format!("{expiry}.00");
        format!("{}={signed}.{}", self.cookie_name, self.signer.sign(&signed))
    }
}

pub(crate) fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs()
}
