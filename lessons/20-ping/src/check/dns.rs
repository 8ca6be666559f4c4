//! The check of a name: does a DNS server know it, and with what answer?

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, RecordType};
use safe_text::plain;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::time::{self, Instant};

use super::{Answer, left, no_answer};
use crate::{Error, ErrorKind, Family, race, resolve};

/// How many times a query is sent by UDP, because datagrams get lost.
const TRIES: u32 = 3;

/// The most characters of a record that are shown.
const SHOWN: usize = 200;

/// A record that a DNS server is asked for (RFC 1035).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dns {
    /// The name, with or without a dot at its end. It is looked up as it is:
    /// no search list applies.
    pub name: String,
    /// The type of record.
    pub record: RecordType,
    /// The server; `None`: the system's first one (from `/etc/resolv.conf`).
    pub server: Option<SocketAddr>,
    /// Those that must be among the answers, in any order: an address, a
    /// host's name (that of an MX record too, with its preference or without),
    /// a text.
    pub answers: Vec<String>,
}

impl Dns {
    /// A record of a name, from the system's server, with any answer.
    pub fn new(name: impl Into<String>, record: RecordType) -> Dns {
        Dns { name: name.into(), record, server: None, answers: Vec::new() }
    }

    pub(super) fn what(&self) -> String {
        let Dns { name, record, server, .. } = self;
        match server {
            Some(server) => format!("{record} {name} from {server}"),
            None => format!("{record} {name}"),
        }
    }

    pub(super) async fn run(
        &self,
        end: Instant,
        answer: &mut Answer,
    ) -> Result<(), Error> {
        let Dns { name, record, .. } = self;
        let mut wanted = Name::from_utf8(name).map_err(|error| {
            Error::new(
                ErrorKind::Invalid,
                format!("{name} is no name: {error}"),
            )
        })?;
        wanted.set_fqdn(true);
        let server = match self.server {
            Some(server) => server,
            None => system_server(end).await?,
        };
        answer.address = Some(server.ip());
        let query = DnsQuery { server, name: wanted, record: *record };
        let mut message = query.by_udp(end).await?;
        if message.metadata.truncation {
            message = query.by_tcp(end).await?;
        }

        let code = message.metadata.response_code;
        if code != ResponseCode::NoError {
            let message = match code {
                ResponseCode::NXDomain => {
                    format!("{server} says that there is no name {name}")
                }
                code => format!("{server} answers: {code}"),
            };
            return Err(Error::new(ErrorKind::NoRecord, message));
        }
        let found = records(&message, &query.name, *record);
        if found.is_empty() {
            let message =
                format!("{server} knows no {record} record of {name}");
            return Err(Error::new(ErrorKind::NoRecord, message));
        }
        let all: Vec<String> =
            found.iter().map(|data| readable(data)).collect();
        let all = all.join(", ");
        answer.detail = Some(all.clone());
        for wanted in &self.answers {
            if !found.iter().any(|data| is_same(data, wanted)) {
                let message = format!("{name} is {all}, not {wanted}");
                return Err(Error::new(ErrorKind::WrongAnswer, message));
            }
        }
        Ok(())
    }
}

/// A query to one server.
struct DnsQuery {
    server: SocketAddr,
    name: Name,
    record: RecordType,
}

impl DnsQuery {
    async fn by_udp(&self, end: Instant) -> Result<Message, Error> {
        let server = self.server;
        let failed =
            |error: std::io::Error| Error::io(&server.to_string(), &error);
        let any: SocketAddr = match server {
            SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
            SocketAddr::V6(_) => ([0u16; 8], 0).into(),
        };
        let socket = UdpSocket::bind(any).await.map_err(failed)?;
        socket.connect(server).await.map_err(failed)?;

        let (id, request) = self.request()?;
        let interval = (left(end) / TRIES).max(Duration::from_millis(1));
        let mut ticks = time::interval(interval);
        let mut foreign = 0_u32;
        // A longer answer would be cut off and be garbage, but a server asked
        // without EDNS sends at most 512 bytes (RFC 6891, section 6.2.5).
        let mut buffer = [0; 4096];
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    socket.send(&request).await.map_err(failed)?;
                }
                length = socket.recv(&mut buffer) => {
                    let length = length.map_err(failed)?;
                    match self.answer(id, &buffer[..length]) {
                        Some(message) => return Ok(message),
                        // Anybody can send a datagram: the true answer may
                        // still come.
                        None => foreign = foreign.saturating_add(1),
                    }
                }
                () = time::sleep_until(end) => {
                    return Err(match foreign {
                        0 => no_answer(&server.to_string()),
                        _ => self.garbage(),
                    });
                }
            }
        }
    }

    /// For an answer that does not fit into a datagram (RFC 7766).
    async fn by_tcp(&self, end: Instant) -> Result<Message, Error> {
        let server = self.server;
        let (id, request) = self.request()?;
        let exchange = async {
            let what = server.to_string();
            let mut stream = race::connect(&what, &[server], end).await?;
            let failed =
                |error: std::io::Error| Error::io(&server.to_string(), &error);
            let length = u16::try_from(request.len()).expect("a short name");
            let framed = [&length.to_be_bytes(), request.as_slice()].concat();
            stream.write_all(&framed).await.map_err(failed)?;
            let length = stream.read_u16().await.map_err(failed)?;
            let mut bytes = vec![0; usize::from(length)];
            stream.read_exact(&mut bytes).await.map_err(failed)?;
            self.answer(id, &bytes).ok_or_else(|| self.garbage())
        };
        let exchange = time::timeout_at(end, exchange).await;
        exchange.map_err(|_| no_answer(&format!("{server} by TCP")))?
    }

    fn request(&self) -> Result<(u16, Vec<u8>), Error> {
        let id = fastrand::u16(..);
        let mut message = Message::query();
        message.metadata.id = id;
        message.metadata.recursion_desired = true;
        message.add_query(Query::query(self.name.clone(), self.record));
        let bytes = message.to_vec().map_err(|error| {
            let name = &self.name;
            Error::new(
                ErrorKind::Invalid,
                format!("{name} cannot be asked for: {error}"),
            )
        })?;
        Ok((id, bytes))
    }

    /// The message, if it is an answer to this query.
    fn answer(&self, id: u16, bytes: &[u8]) -> Option<Message> {
        let message = Message::from_vec(bytes).ok()?;
        let [query] = message.queries.as_slice() else { return None };
        let same = message.metadata.id == id
            && message.metadata.message_type == MessageType::Response
            && query.query_type() == self.record
            && query.query_class() == DNSClass::IN
            && query.name() == &self.name;
        same.then_some(message)
    }

    fn garbage(&self) -> Error {
        let server = self.server;
        Error::new(
            ErrorKind::Garbage,
            format!("{server} sends what is no answer to this query"),
        )
    }
}

/// The records of a name, or of the name that it is an alias for (RFC 1034,
/// section 3.6.2). Records of other names do not count.
fn records<'a>(
    message: &'a Message,
    name: &'a Name,
    record: RecordType,
) -> Vec<&'a RData> {
    let mut owner = name;
    // A chain that is longer goes in circles.
    for _ in 0..=message.answers.len() {
        let own = message.answers.iter().filter(|found| {
            found.dns_class == DNSClass::IN && &found.name == owner
        });
        let found: Vec<&RData> = own
            .clone()
            .filter(|found| found.record_type() == record)
            .map(|found| &found.data)
            .collect();
        if !found.is_empty() {
            return found;
        }
        let alias = own.map(|found| &found.data).find_map(|data| match data {
            RData::CNAME(target) => Some(&target.0),
            _ => None,
        });
        let Some(alias) = alias else { break };
        owner = alias;
    }
    Vec::new()
}

/// The record as a person reads it.
fn readable(data: &RData) -> String {
    plain(&whole(data), SHOWN)
}

/// The record as it is written.
fn whole(data: &RData) -> String {
    match data {
        RData::TXT(text) => {
            let bytes = text.txt_data.concat();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        data => data.to_string(),
    }
}

/// Whether the record is the expected one; names may be written in any way.
fn is_same(data: &RData, expected: &str) -> bool {
    let plain = |name: &str| name.trim_end_matches('.').to_lowercase();
    match data {
        RData::TXT(_) => whole(data) == expected,
        RData::A(address) => expected.parse() == Ok(IpAddr::V4(address.0)),
        RData::AAAA(address) => expected.parse() == Ok(IpAddr::V6(address.0)),
        data => {
            let all = whole(data);
            // "10 mail.example.org." is mail.example.org as well.
            let last = all.rsplit(' ').next().unwrap_or(&all);
            plain(&all) == plain(expected) || plain(last) == plain(expected)
        }
    }
}

/// The first server of resolv.conf(5).
async fn system_server(end: Instant) -> Result<SocketAddr, Error> {
    let file = "/etc/resolv.conf";
    let text = tokio::fs::read_to_string(file).await.map_err(|error| {
        let message =
            format!("{file}: {error}; say which server to ask, as ADDRESS:53");
        Error::new(ErrorKind::Invalid, message)
    })?;
    Ok(first_server(&text, end).await)
}

async fn first_server(text: &str, end: Instant) -> SocketAddr {
    let servers = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some("nameserver")).then(|| words.next())?
    });
    for server in servers {
        // The system's resolver knows the network in fe80::1%eth0.
        let found = resolve::addresses(server, Family::Any, left(end)).await;
        if let Some(address) = found.ok().and_then(|all| all.first().copied()) {
            let mut address = address;
            address.set_port(53);
            return address;
        }
    }
    // Without a line it is the server on this machine (resolv.conf(5)).
    SocketAddr::new([127, 0, 0, 1].into(), 53)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_name_server_that_is_an_address_is_asked() {
        let end = Instant::now() + Duration::from_secs(60);
        for (text, wanted) in [
            ("# ours\nsearch example\nnameserver 192.0.2.1\n", "192.0.2.1:53"),
            ("nameserver a..b\nnameserver ::1\n", "[::1]:53"),
            ("", "127.0.0.1:53"),
        ] {
            assert_eq!(first_server(text, end).await.to_string(), wanted);
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_name_server_next_door_has_its_network_with_it() {
        let end = Instant::now() + Duration::from_secs(60);
        let server = first_server("nameserver fe80::1%lo\n", end).await;
        let SocketAddr::V6(server) = server else { panic!("{server}") };
        assert_eq!(server.ip().to_string(), "fe80::1");
        assert_ne!(server.scope_id(), 0);
    }
}
