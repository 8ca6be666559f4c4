//! A printer's address, as it is written in options and files.

use std::fmt;
use std::net::{Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// Where a printer listens: `tcp://HOST[:PORT][?replies=no]`, or
/// `lpd://HOST[:PORT]/QUEUE`.
///
/// The port is 9100 unless given, and 515 for LPD. `replies=no` is for
/// printers, and for print server boxes, that never answer: nothing is asked,
/// and no answer is waited for. By LPD no printer answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    host: String,
    port: u16,
    replies: bool,
    /// The queue's name, for LPD.
    queue: Option<String>,
}

/// A text that is not a printer's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a printer's address: write tcp://HOST, tcp://HOST:PORT, \
     tcp://HOST:PORT?replies=no or lpd://HOST/QUEUE"
)]
pub struct BadAddress(String);

impl Address {
    /// The port that printers listen on for raw jobs.
    pub const RAW_PORT: u16 = 9100;
    /// The port of LPD (RFC 1179, section 3.1).
    pub const LPD_PORT: u16 = 515;

    /// Host name or IP address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the printer answers PJL.
    pub fn replies(&self) -> bool {
        self.replies
    }

    /// The queue's name, when the printer is reached by LPD.
    pub fn queue(&self) -> Option<&str> {
        self.queue.as_deref()
    }

    /// The same address, with `replies` set. By LPD there are none.
    pub fn with_replies(mut self, replies: bool) -> Address {
        self.replies = replies && self.queue.is_none();
        self
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Address {
        Address {
            host: address.ip().to_string(),
            port: address.port(),
            replies: true,
            queue: None,
        }
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Address, BadAddress> {
        parse(text).ok_or_else(|| BadAddress(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Address> {
    if let Some(rest) = text.strip_prefix("lpd://") {
        let (place, queue) = rest.split_once('/')?;
        let (host, port) = host_and_port(place, Address::LPD_PORT)?;
        let queue = Some(queue.to_owned()).filter(|name| is_queue(name))?;
        let queue = Some(queue);
        return Some(Address { host, port, replies: false, queue });
    }
    let rest = text.strip_prefix("tcp://")?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, "replies=yes"));
    let replies = match query {
        "replies=yes" => true,
        "replies=no" => false,
        _ => return None,
    };
    let place = place.strip_suffix('/').unwrap_or(place);
    let (host, port) = host_and_port(place, Address::RAW_PORT)?;
    Some(Address { host, port, replies, queue: None })
}

/// A queue's name goes into a line that a line feed ends and a blank divides.
fn is_queue(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    (1..=31).contains(&name.len()) && name.chars().all(plain)
}

fn host_and_port(place: &str, usual: u16) -> Option<(String, u16)> {
    // An IPv6 address stands in brackets, because it has colons of its own.
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            (host, if port.is_empty() { None } else { port.strip_prefix(':') })
        }
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let port = match port {
        Some(port) => port.parse().ok().filter(|&port| port != 0)?,
        None if place.ends_with(']') || !place.starts_with('[') => usual,
        None => return None,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:%".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return None;
    }
    Some((host.to_owned(), port))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Address { host, port, replies, queue } = self;
        let (scheme, rest) = match queue {
            Some(queue) => ("lpd", format!("/{queue}")),
            None if *replies => ("tcp", String::new()),
            None => ("tcp", "?replies=no".to_owned()),
        };
        if host.contains(':') {
            write!(f, "{scheme}://[{host}]:{port}{rest}")
        } else {
            write!(f, "{scheme}://{host}:{port}{rest}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written_back() {
        for (text, full) in [
            ("tcp://c360", "tcp://c360:9100"),
            ("tcp://192.0.2.36:9101", "tcp://192.0.2.36:9101"),
            ("tcp://[::1]", "tcp://[::1]:9100"),
            ("tcp://[::1]:99?replies=no", "tcp://[::1]:99?replies=no"),
            ("tcp://c360?replies=yes", "tcp://c360:9100"),
            ("lpd://c360/Print", "lpd://c360:515/Print"),
            ("lpd://[::1]:99/a_b", "lpd://[::1]:99/a_b"),
        ] {
            let address: Address = text.parse().expect(text);
            assert_eq!(address.to_string(), full);
            assert_eq!(full.parse(), Ok(address));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_an_example() {
        for text in [
            "",
            "c360",
            "tcp://",
            "tcp://:9100",
            "tcp://c360:0",
            "tcp://c360:99999",
            "tcp://c360:port",
            "tcp://c 360",
            "tcp://c360?replies=maybe",
            "tcp://[::1",
            "tcp://[::1]9100",
            "tcp://[c360]",
            "http://c360",
            "lpd://c360",
            "lpd://c360/",
            "lpd://c360/a b",
            "lpd://c360/a\nb",
            "lpd://c360/a/b",
            "lpd:///Print",
        ] {
            let error = text.parse::<Address>().expect_err(text);
            assert!(error.to_string().contains("tcp://HOST"), "{text}");
        }
    }
}
