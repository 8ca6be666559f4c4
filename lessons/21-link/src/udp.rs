//! The UDP side of the relay: its clients, and the datagrams to and from them.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use mio::net::UdpSocket;
use mio::{Interest, Registry};

use crate::agenda::{Agenda, Packet};
use crate::direction::Direction;
use crate::token::SocketId;

/// Headers of a datagram: 20 bytes of IPv4, 8 of UDP.
const HEADERS: usize = 28;
/// Clients that are remembered. When one more comes, the one is forgotten that
/// has been silent for longest.
const MOST_SESSIONS: usize = 256;
/// The largest datagram, in bytes.
const LARGEST: usize = 64 * 1024;

/// The sessions of a link, one for each client that sends datagrams.
pub(crate) struct UdpSessions {
    /// Where clients send to.
    socket: UdpSocket,
    server: SocketAddr,
    registry: Registry,
    sessions: HashMap<usize, Session>,
    by_client: HashMap<SocketAddr, usize>,
    next_session: usize,
    scratch: Vec<u8>,
}

/// A client, and the socket that talks to the server for it.
struct Session {
    client: SocketAddr,
    socket: UdpSocket,
    last_used: Duration,
}

impl UdpSessions {
    /// Takes datagrams from `socket`, to be relayed to `server`.
    pub fn new(
        mut socket: UdpSocket,
        server: SocketAddr,
        registry: Registry,
    ) -> io::Result<UdpSessions> {
        let token = SocketId::Datagrams.token();
        registry.register(&mut socket, token, Interest::READABLE)?;
        Ok(UdpSessions {
            socket,
            server,
            registry,
            sessions: HashMap::new(),
            by_client: HashMap::new(),
            next_session: 0,
            scratch: vec![0; LARGEST],
        })
    }

    /// Sends the datagrams of the clients on their way.
    pub fn read_from_clients(&mut self, agenda: &mut Agenda, now: Duration) {
        loop {
            let (size, client) = match self.socket.recv_from(&mut self.scratch)
            {
                Ok(received) => received,
                // An earlier answer found nobody (Windows says so).
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    continue;
                }
                // There is no more for now.
                Err(_) => return,
            };
            let Ok(session) = self.session_of(client, now) else {
                continue;
            };
            let bytes = self.scratch[..size].into();
            let packet = Packet::Datagram { session, bytes };
            agenda.send(packet, size + HEADERS, Direction::Upload, now);
        }
    }

    /// Sends the server's answers to one client on their way.
    pub fn read_from_server(
        &mut self,
        session: usize,
        agenda: &mut Agenda,
        now: Duration,
    ) {
        let Some(Session { socket, .. }) = self.sessions.get(&session) else {
            return;
        };
        loop {
            match socket.recv(&mut self.scratch) {
                Ok(size) => {
                    let bytes = self.scratch[..size].into();
                    let packet = Packet::Datagram { session, bytes };
                    let size = size + HEADERS;
                    agenda.send(packet, size, Direction::Download, now);
                }
                // Nobody listens there: the client hears nothing, as ever.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(_) => return,
            }
        }
    }

    /// A datagram has come through the link.
    pub fn arrived(
        &mut self,
        session: usize,
        bytes: &[u8],
        direction: Direction,
    ) {
        let Some(session) = self.sessions.get(&session) else {
            return;
        };
        // A datagram that nobody takes is lost, as ever.
        let _ = match direction {
            Direction::Upload => session.socket.send(bytes),
            Direction::Download => self.socket.send_to(bytes, session.client),
        };
    }

    /// The session of a client, a new one if need be.
    fn session_of(
        &mut self,
        client: SocketAddr,
        now: Duration,
    ) -> io::Result<usize> {
        if let Some(number) = self.by_client.get(&client) {
            if let Some(session) = self.sessions.get_mut(number) {
                session.last_used = now;
            }
            return Ok(*number);
        }
        if self.sessions.len() >= MOST_SESSIONS {
            self.forget_one();
        }
        let any = match self.server {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let mut socket = UdpSocket::bind(any)?;
        socket.connect(self.server)?;
        let number = self.next_session;
        let token = SocketId::Session(number).token();
        self.registry.register(&mut socket, token, Interest::READABLE)?;
        self.next_session += 1;
        let session = Session { client, socket, last_used: now };
        self.sessions.insert(number, session);
        self.by_client.insert(client, number);
        Ok(number)
    }

    fn forget_one(&mut self) {
        let oldest = self
            .sessions
            .iter()
            .min_by_key(|(_, session)| session.last_used)
            .map(|(&number, _)| number);
        if let Some(session) =
            oldest.and_then(|number| self.sessions.remove(&number))
        {
            self.by_client.remove(&session.client);
        }
    }
}
