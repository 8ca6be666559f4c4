//! A small browser: asks by multicast DNS (RFC 6762), and keeps what it hears.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

/// Where all of multicast DNS is spoken (RFC 6762, section 3).
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const PORT: u16 = 5353;

/// How long it listens. Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it asks, as long as there is no answer.
const AGAIN: Duration = Duration::from_millis(250);

/// A browser on one network.
pub struct Browser {
    socket: UdpSocket,
    /// All that was heard, in its order.
    heard: Vec<Record>,
}

/// What an SRV record says (RFC 2782).
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    pub host: String,
    pub port: u16,
}

impl Browser {
    /// A browser on the network of the interface with this address.
    pub fn open(interface: Ipv4Addr) -> Browser {
        let socket =
            Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))
                .expect("a socket");
        // The responders of this machine use the port as well.
        socket.set_reuse_address(true).expect("an option");
        socket.set_reuse_port(true).expect("an option");
        let all = SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT));
        socket.bind(&SockAddr::from(all)).expect("the port is shared");
        let socket = UdpSocket::from(socket);
        socket.join_multicast_v4(&GROUP, &interface).expect("the group");
        let sender = socket2::SockRef::from(&socket);
        sender.set_multicast_if_v4(&interface).expect("an option");
        socket.set_read_timeout(Some(AGAIN)).expect("an option");
        Browser { socket, heard: Vec::new() }
    }

    /// The names of the services of this type, or of this subtype.
    pub fn services(&mut self, kind: &str) -> Vec<String> {
        self.records(kind, RecordType::PTR)
            .iter()
            .filter_map(|data| match data {
                RData::PTR(name) => Some(words(&name.0)),
                _ => None,
            })
            .collect()
    }

    /// Where a service is.
    pub fn service(&mut self, name: &str) -> Service {
        let found = self.records(name, RecordType::SRV);
        let [RData::SRV(srv)] = &found[..] else { panic!("{found:?}") };
        Service { host: words(&srv.target), port: srv.port }
    }

    /// What is said about a service: keys and values.
    pub fn facts(&mut self, name: &str) -> BTreeMap<String, String> {
        let found = self.records(name, RecordType::TXT);
        let [RData::TXT(txt)] = &found[..] else { panic!("{found:?}") };
        let entry = |entry: &[u8]| {
            let entry = std::str::from_utf8(entry).expect("UTF-8");
            let (key, value) = entry.split_once('=').unwrap_or((entry, ""));
            (key.to_owned(), value.to_owned())
        };
        txt.txt_data.iter().map(|data| entry(data)).collect()
    }

    /// The address of a host.
    pub fn address(&mut self, host: &str) -> Ipv4Addr {
        let found = self.records(host, RecordType::A);
        let [RData::A(address)] = &found[..] else { panic!("{found:?}") };
        address.0
    }

    /// Waits for the farewell of a name: its record lives no longer.
    pub fn wait_for_farewell(&mut self, kind: &str, name: &str) {
        let from = Instant::now();
        while !self.heard.iter().any(|record| {
            let RData::PTR(target) = &record.data else { return false };
            record.ttl == 0
                && words(&record.name) == kind
                && words(&target.0) == name
        }) {
            assert!(from.elapsed() < PATIENCE, "{name} stays");
            self.listen();
        }
    }

    /// Asks for records until there are some; returns those that differ.
    fn records(&mut self, name: &str, kind: RecordType) -> Vec<RData> {
        let from = Instant::now();
        loop {
            self.ask(name, kind);
            let until = Instant::now() + AGAIN;
            while Instant::now() < until {
                self.listen();
            }
            let mut found: Vec<RData> = Vec::new();
            for record in &self.heard {
                let it = words(&record.name) == name
                    && record.record_type() == kind
                    && record.ttl > 0;
                if it && !found.contains(&record.data) {
                    found.push(record.data.clone());
                }
            }
            if !found.is_empty() {
                return found;
            }
            assert!(from.elapsed() < PATIENCE, "no {kind} record of {name}");
        }
    }

    fn ask(&self, name: &str, kind: RecordType) {
        // Dots end labels, except in the name of a service.
        let labels: Vec<&str> = match name.find("._") {
            Some(end) if !name.starts_with('_') => {
                let (service, kind) = (&name[..end], &name[end + 1..]);
                [service].into_iter().chain(kind.split('.')).collect()
            }
            _ => name.split('.').collect(),
        };
        let labels = labels.into_iter().map(str::as_bytes);
        let mut wanted = Name::from_labels(labels).expect("a name");
        wanted.set_fqdn(true);
        let mut message = Message::query();
        message.metadata.id = 0;
        message.add_query(Query::query(wanted, kind));
        let bytes = message.to_vec().expect("a short message");
        self.socket.send_to(&bytes, (GROUP, PORT)).expect("it is sent");
    }

    /// Takes in one message, if one comes soon.
    fn listen(&mut self) {
        let mut bytes = [0; 9000];
        match self.socket.recv(&mut bytes) {
            Ok(length) => {
                let message = Message::from_vec(&bytes[..length]);
                let message = message.expect("a message of DNS");
                self.heard.extend(message.answers);
                self.heard.extend(message.additionals);
            }
            Err(error) => assert!(
                matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut
                ),
                "{error}"
            ),
        }
    }
}

/// A name as it is written, without the dot at its end.
fn words(name: &Name) -> String {
    let labels = name.iter().map(String::from_utf8_lossy);
    labels.collect::<Vec<_>>().join(".")
}
