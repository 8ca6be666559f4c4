//! The address of a page.

use std::fmt;

use crate::Error;

/// An `http` or `https` address, in the parts that a client needs
/// (RFC 9110, section 4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    pub tls: bool,
    /// A name or an address; IPv6 without its brackets.
    pub host: String,
    pub port: u16,
    /// Path and query, from the first slash on.
    pub path: String,
}

impl Url {
    /// Reads an address. Without a scheme it is `http`.
    pub fn parse(text: &str) -> Result<Url, Error> {
        let wrong = |why| Error::Address { text: shown(text), why };
        let bad = |c: char| c.is_whitespace() || c.is_control();
        if text.contains(bad) || text.len() > 2048 {
            return Err(wrong("blanks, or far too long"));
        }
        let (tls, rest) = match text.split_once("://") {
            Some((s, rest)) if s.eq_ignore_ascii_case("http") => (false, rest),
            Some((s, rest)) if s.eq_ignore_ascii_case("https") => (true, rest),
            Some(_) => return Err(wrong("only http and https are spoken")),
            None => (false, text),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(wrong("no user names, please"));
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(v6) => v6.split_once(']').ok_or(wrong("no closing ]"))?,
            None => authority
                .split_at(authority.find(':').unwrap_or(authority.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port
                .parse()
                .ok()
                .filter(|port| *port != 0)
                .ok_or(wrong("a port is a number from 1 to 65535"))?,
            None if port.is_empty() => 80 + u16::from(tls) * 363,
            None => return Err(wrong("something stands between ] and /")),
        };
        if host.is_empty() {
            return Err(wrong("there is no host in it"));
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        let path = format!("{slash}{path}");
        Ok(Url { tls, host: host.to_owned(), port, path })
    }

    /// Where a reference in this page leads: a whole address, a path of this
    /// server, or a name in this folder (RFC 3986, section 5.2, without dot
    /// segments).
    pub fn join(&self, reference: &str) -> Result<Url, Error> {
        if reference.contains("://") {
            return Url::parse(reference);
        }
        if let Some(rest) = reference.strip_prefix("//") {
            let scheme = if self.tls { "https" } else { "http" };
            return Url::parse(&format!("{scheme}://{rest}"));
        }
        let folder =
            if reference.starts_with('/') { "" } else { self.folder() };
        let path = format!("{folder}{reference}");
        // The checks for blanks and length hold for references as well.
        Url::parse(&format!("http://host{path}"))?;
        Ok(Url { path, ..self.clone() })
    }

    /// The path up to its last slash.
    pub fn folder(&self) -> &str {
        let path = self.path.split('?').next().unwrap_or_default();
        &path[..path.rfind('/').map_or(0, |slash| slash + 1)]
    }

    /// Whether both are reached through one connection.
    pub fn same_origin(&self, other: &Url) -> bool {
        (self.tls, &self.host, self.port)
            == (other.tls, &other.host, other.port)
    }

    /// What stands in the `Host` field: the usual port is not named.
    pub fn host_field(&self) -> String {
        let authority = self.authority();
        let usual = if self.tls { ":443" } else { ":80" };
        authority.strip_suffix(usual).unwrap_or(&authority).to_owned()
    }

    /// `HOST:PORT`, for people.
    pub fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.path)
    }
}

/// Text from elsewhere, short enough for a message.
pub(crate) fn shown(text: &str) -> String {
    let safe = |c: char| if c.is_control() { '?' } else { c };
    text.chars().take(120).map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (bool, String, u16, String) {
        let url = Url::parse(text).expect(text);
        (url.tls, url.host, url.port, url.path)
    }

    #[test]
    fn an_address_is_read_in_the_forms_that_people_write() {
        for (text, tls, host, port, path) in [
            ("localhost", false, "localhost", 80, "/"),
            ("127.0.0.1:8700", false, "127.0.0.1", 8700, "/"),
            ("http://a.example/x?y=z", false, "a.example", 80, "/x?y=z"),
            ("HTTPS://a.example", true, "a.example", 443, "/"),
            ("http://[::1]:81/#top", false, "::1", 81, "/"),
            ("http://a.example?x", false, "a.example", 80, "/?x"),
        ] {
            let wanted = (tls, host.to_owned(), port, path.to_owned());
            assert_eq!(parts(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_reason() {
        for text in [
            "",
            "http://",
            "ftp://a.example",
            "http://a.example:0",
            "http://a.example:port",
            "http://[::1",
            "http://[::1]x",
            "http://me@a.example",
            "a b",
            "http://a.example/\r\nHost: b.example",
        ] {
            assert!(Url::parse(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_reference_leads_where_a_browser_would_go() {
        let page = Url::parse("http://a.example:81/b/c?d=/e").expect("valid");
        for (reference, there) in [
            ("x.php", "http://a.example:81/b/x.php"),
            ("/x.php", "http://a.example:81/x.php"),
            ("//f.example/x", "http://f.example:80/x"),
            ("https://f.example", "https://f.example:443/"),
        ] {
            let url = page.join(reference).expect(reference);
            assert_eq!(url.to_string(), there);
        }
        assert!(page.join("/x\r\ny").is_err());
    }
}
