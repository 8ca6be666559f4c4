//! For whom a server is open without a key: nobody, this machine, some
//! networks, or everybody.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

use crate::is_forwarded;

/// Somebody for whom a server may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// Nobody. Beside others in a list it says nothing.
    Nobody,
    /// The programs of this machine.
    ThisMachine,
    /// The machines of a network.
    Network(IpNet),
    /// Whoever reaches the server.
    Everybody,
}

impl FromStr for Whom {
    type Err = String;

    fn from_str(text: &str) -> Result<Whom, String> {
        match text {
            "nobody" => return Ok(Whom::Nobody),
            "this-machine" => return Ok(Whom::ThisMachine),
            "everybody" => return Ok(Whom::Everybody),
            _ => {}
        }
        let address = text.parse::<IpAddr>().map(IpNet::from);
        match text.parse().or(address) {
            Ok(network) => Ok(Whom::Network(network)),
            Err(_) => Err("say nobody, this-machine, everybody, or a network \
                           such as 192.0.2.0/24"
                .to_owned()),
        }
    }
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Whom::Nobody => f.write_str("nobody"),
            Whom::ThisMachine => f.write_str("this machine"),
            Whom::Network(network) => write!(f, "{}", network.trunc()),
            Whom::Everybody => f.write_str("everybody"),
        }
    }
}

/// For whom a server is open without a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Openness(Vec<Whom>);

impl Openness {
    /// Open for all of these. An empty list is nobody.
    #[must_use]
    pub fn to(whom: &[Whom]) -> Openness {
        let is_somebody = |whom: &Whom| *whom != Whom::Nobody;
        Openness(whom.iter().copied().filter(is_somebody).collect())
    }

    // ANCHOR: allows
    /// Whether a request with these headers comes from one of them.
    ///
    /// What counts is the address at the other end of the connection, and no
    /// header. A proxy stands for clients that we do not see, so what it
    /// passes on comes from no network and from no machine of ours.
    #[must_use]
    pub fn allows(&self, headers: &HeaderMap, extensions: &Extensions) -> bool {
        if self.0.contains(&Whom::Everybody) {
            return true;
        }
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        let Some(ConnectInfo(peer)) = peer else { return false };
        let address = peer.ip().to_canonical();
        let is_theirs = |whom: &Whom| match whom {
            Whom::ThisMachine => address.is_loopback(),
            Whom::Network(network) => network.contains(&address),
            Whom::Nobody | Whom::Everybody => false,
        };
        self.0.iter().any(is_theirs) && !is_forwarded(headers)
    }
    // ANCHOR_END: allows
}

/// `this machine and 192.0.2.0/24`, as a person reads it.
impl fmt::Display for Openness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nobody");
        }
        for (number, whom) in self.0.iter().enumerate() {
            let between = match number {
                0 => "",
                last if last + 1 == self.0.len() => " and ",
                _ => ", ",
            };
            write!(f, "{between}{whom}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn openness(words: &str) -> Openness {
        let whom = words.split(',').map(|word| word.parse().expect(word));
        Openness::to(&whom.collect::<Vec<_>>())
    }

    fn may(words: &str, peer: &str, header: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(name) = header {
            let name: axum::http::HeaderName = name.parse().expect("a name");
            let value = "192.0.2.7".parse().expect("a value");
            headers.insert(name, value);
        }
        let peer: SocketAddr = peer.parse().expect("an address");
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(peer));
        openness(words).allows(&headers, &extensions)
    }

    #[test]
    fn an_address_is_that_of_the_connection() {
        assert!(may("this-machine", "127.0.0.1:9", None));
        assert!(may("this-machine", "[::1]:9", None));
        assert!(may("this-machine", "[::ffff:127.0.0.1]:9", None));
        assert!(!may("this-machine", "192.0.2.7:9", None));
        assert!(may("192.0.2.0/24", "192.0.2.7:9", None));
        assert!(may("192.0.2.0/24", "[::ffff:192.0.2.7]:9", None));
        assert!(may("nobody,192.0.2.7", "192.0.2.7:9", None));
        assert!(may("2001:db8::/48", "[2001:db8:0:9::1]:9", None));
        assert!(!may("192.0.2.0/24", "127.0.0.1:9", None));
        assert!(!may("nobody", "127.0.0.1:9", None));
        assert!(may("everybody", "198.51.100.1:9", None));
        // Without an address there is no telling.
        let nowhere = Extensions::new();
        let headers = HeaderMap::new();
        assert!(!openness("this-machine").allows(&headers, &nowhere));
    }

    #[test]
    fn a_proxy_is_no_machine_of_ours() {
        for header in ["x-forwarded-for", "via", "forwarded", "x-real-ip"] {
            let (here, header) = ("127.0.0.1:9", Some(header));
            assert!(!may("this-machine", here, header));
            assert!(!may("127.0.0.0/8", here, header));
            assert!(may("everybody", here, header));
        }
    }

    #[test]
    fn it_is_said_in_words() {
        assert_eq!(openness("nobody").to_string(), "nobody");
        assert_eq!(
            openness("this-machine,192.0.2.9/24,2001:db8::1").to_string(),
            "this machine, 192.0.2.0/24 and 2001:db8::1/128"
        );
        for word in ["", "localhost", "192.0.2.0/33", "192.0.2"] {
            let said = word.parse::<Whom>().expect_err(word);
            assert!(said.contains("192.0.2.0/24"), "{said}");
        }
    }
}
