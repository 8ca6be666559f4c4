//! The address of an intake: where workers on other machines find it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;
use thiserror::Error;

/// The address of an intake, such as `https://printing.example:8631`: a scheme,
/// a host and a port, and no more.
///
/// One address is always the same text: names are in small letters, and the
/// scheme's own port is left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IntakeAddress(String);

/// A text that is no address of an intake.
#[derive(Debug, Error)]
#[error(
    "{text:?} is no address of an intake ({why}): write it as \
     https://printing.example:8631"
)]
pub struct BadAddress {
    text: String,
    why: String,
}

impl IntakeAddress {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what is sent there can be read by nobody on the way: over TLS,
    /// or because it stays on this machine.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let Ok(url) = Url::parse(&self.0) else { return false };
        let host = url.host_str().unwrap_or_default();
        let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let is_here = match ip {
            Ok(ip) => ip.to_canonical().is_loopback(),
            Err(_) => host == "localhost",
        };
        url.scheme() == "https" || is_here
    }

    /// Whether the text is an address as [`IntakeAddress::as_str`] gives it.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        text.parse().is_ok_and(|address: IntakeAddress| address.0 == text)
    }
}

impl FromStr for IntakeAddress {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<IntakeAddress, BadAddress> {
        let bad = |why: &str| BadAddress {
            text: safe_text::plain(text, 200),
            why: why.to_owned(),
        };
        let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("its scheme is neither https nor http"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("a name or a password is in it"));
        }
        let has_more = url.query().is_some() || url.fragment().is_some();
        if url.path() != "/" || has_more {
            return Err(bad("there is more behind the host and the port"));
        }
        Ok(IntakeAddress(url.origin().ascii_serialization()))
    }
}

impl fmt::Display for IntakeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_one_text() {
        for (text, address) in [
            ("https://printing.example:8631", "https://printing.example:8631"),
            ("HTTPS://Printing.Example:443/", "https://printing.example"),
            ("http://192.0.2.7:80", "http://192.0.2.7"),
            ("http://[2001:DB8::0007]:8631/", "http://[2001:db8::7]:8631"),
        ] {
            let parsed: IntakeAddress = text.parse().expect("an address");
            assert_eq!(parsed.as_str(), address);
            assert!(IntakeAddress::is_one(address));
            assert_eq!(IntakeAddress::is_one(text), text == address);
        }
    }

    #[test]
    fn what_is_more_than_an_address_is_refused() {
        for text in [
            "",
            "printing.example:8631",
            "ftp://printing.example",
            "file:///etc/passwd",
            "https://a:b@printing.example",
            "https://printing.example/api",
            "https://printing.example/?key=1",
            "https://printing.example/#top",
            "https://",
        ] {
            let error = text.parse::<IntakeAddress>().expect_err(text);
            assert!(error.to_string().contains("https://printing"), "{error}");
        }
    }

    #[test]
    fn plain_http_is_private_only_on_this_machine() {
        for (text, private) in [
            ("https://printing.example", true),
            ("http://printing.example", false),
            ("http://192.0.2.7:8631", false),
            ("http://127.0.0.1:8631", true),
            ("http://[::1]:8631", true),
            ("http://localhost:8631", true),
        ] {
            let address: IntakeAddress = text.parse().expect("an address");
            assert_eq!(address.is_private(), private, "{text}");
        }
    }
}
