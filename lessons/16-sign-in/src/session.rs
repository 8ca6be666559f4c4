//! A browser's session: a cookie that is signed with the server's key, and an
//! entry in the list of those who are signed in.
//!
//! Both survive a restart. The signature keeps forgeries away from the list;
//! the list says whose session it is, and whether it has been ended. A new key
//! of the server ends all of them.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::time::now;
use crate::{Key, Signer};

/// How long a browser stays signed in after it was last used, in seconds.
pub(crate) const LIFETIME: u64 = 30 * 24 * 3600;

/// The cookies of one server.
pub(crate) struct Cookies {
    name: String,
    signer: Signer,
}

/// A session that was found in a cookie, and may have been ended since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    /// Its name in the list, which is a secret as well.
    pub(crate) id: String,
    /// In seconds since 1970.
    expiry: u64,
}

impl Session {
    /// Whether half of the time is over: then a session in use begins anew.
    pub(crate) fn is_old(&self) -> bool {
        self.expiry < now() + LIFETIME / 2
    }
}

impl Cookies {
    /// The cookies of the server `name`.
    pub(crate) fn new(key: &Key, name: &str) -> Cookies {
        // Browsers send cookies to every port of a host (RFC 6265, section
        // 8.5): the name keeps two servers on one machine apart.
        let mut own: String = name
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect();
        let purpose = format!("session\n{name}");
        let signer = Signer::new(key.expose().as_bytes(), &purpose);
        // Two of one name, as two monitors, have keys of their own.
        let sign = signer.sign("the name of the cookie");
        let sign = sign.chars().filter(char::is_ascii_alphanumeric).take(8);
        own.push('-');
        own.extend(sign);
        own.push_str("-session");
        Cookies { name: own, signer }
    }

    /// The cookie's name. Over TLS it says that it came so: a browser takes no
    /// cookie of such a name from anybody who speaks plain HTTP in our place
    /// (draft-ietf-httpbis-rfc6265bis-22, section 4.1.3.2).
    fn name(&self, tls: bool) -> String {
        let prefix = if tls { "__Host-" } else { "" };
        format!("{prefix}{}", self.name)
    }

    /// The `Set-Cookie` for a session that ends at `expiry`, in seconds since
    /// 1970. Over TLS the cookie is for TLS only.
    pub(crate) fn set(&self, id: &str, expiry: u64, tls: bool) -> HeaderValue {
        let signed = format!("{expiry}.{id}");
        let signature = self.signer.sign(&signed);
        let secure = if tls { "; Secure" } else { "" };
        let name = self.name(tls);
        let cookie = format!(
            "{name}={signed}.{signature}; Path=/; Max-Age={LIFETIME}; \
             HttpOnly; SameSite=Strict{secure}"
        );
        HeaderValue::try_from(cookie).expect("letters, digits and signs")
    }

    /// The `Set-Cookie` that takes the cookie away from a browser.
    pub(crate) fn remove(&self, tls: bool) -> String {
        let name = self.name(tls);
        let secure = if tls { "; Secure" } else { "" };
        format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict{secure}")
    }

    /// The session that a request's cookies hold.
    pub(crate) fn find(
        &self,
        headers: &HeaderMap,
        tls: bool,
    ) -> Option<Session> {
        let ours = self.name(tls);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == ours)
            .find_map(|(_, cookie)| self.verify(cookie))
    }

    // ANCHOR: verify
    /// The session in a cookie `EXPIRY.ID.SIGNATURE`, if this server signed it
    /// and it has not expired.
    fn verify(&self, cookie: &str) -> Option<Session> {
        let (signed, signature) = cookie.rsplit_once('.')?;
        // The signature first: until it fits, the rest is anybody's claim.
        if !self.signer.verify(signed, signature) {
            return None;
        }
        let (expiry, id) = signed.split_once('.')?;
        let expiry: u64 = expiry.parse().ok()?;
        let left = expiry.checked_sub(now())?;
        let id = id.to_owned();
        (1..=LIFETIME).contains(&left).then_some(Session { id, expiry })
    }
    // ANCHOR_END: verify

    /// What a browser sends that has this cookie.
    #[cfg(test)]
    pub(crate) fn cookie(&self, id: &str, expiry: u64) -> String {
        let set = self.set(id, expiry, false);
        let set = set.to_str().expect("text");
        set.split(';').next().unwrap_or_default().to_owned()
    }
}
