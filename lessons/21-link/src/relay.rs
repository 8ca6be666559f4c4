//! The thread of a link.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use mio::net::{TcpListener, UdpSocket};
use mio::{Events, Poll, Waker};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::agenda::{Agenda, Event, Packet};
use crate::clock::Clock;
use crate::tcp::{self, TcpConnections};
use crate::token::{STOP, SocketId};
use crate::udp::UdpSessions;
use crate::{LinkCounters, LinkSettings};

/// The system's timers count in milliseconds, so the last one is slept
/// through in naps of this length.
const NAP: Duration = Duration::from_micros(200);
/// Tries to find a port that is free for TCP and UDP.
const MOST_TRIES: u32 = 50;

/// Waits for sockets and for the time, and lets happen what is due.
///
/// What is due happens at its own exact time, in the order of time, however
/// late the thread gets to it. So a late thread delays what is seen, but does
/// not leave the wire idle.
pub(crate) struct Relay {
    poll: Poll,
    clock: Clock,
    agenda: Agenda,
    tcp: TcpConnections,
    udp: UdpSessions,
    counters: Arc<Mutex<LinkCounters>>,
}

impl Relay {
    /// Opens the sockets; tells where, and how to stop [`Relay::run`].
    pub fn open(
        settings: &LinkSettings,
        server: SocketAddr,
        counters: Arc<Mutex<LinkCounters>>,
    ) -> io::Result<(Relay, SocketAddr, Waker)> {
        let (listener, datagrams) = listen()?;
        let address = listener.local_addr()?;
        let poll = Poll::new()?;
        let registry = || poll.registry().try_clone();
        let tcp = TcpConnections::new(settings, listener, server, registry()?)?;
        let udp = UdpSessions::new(datagrams, server, registry()?)?;
        let waker = Waker::new(poll.registry(), STOP)?;
        let agenda = Agenda::new(settings);
        let clock = Clock::start();
        Ok((Relay { poll, clock, agenda, tcp, udp, counters }, address, waker))
    }

    /// Relays until the waker is used, then resets what is still open.
    pub fn run(mut self) {
        let mut events = Events::with_capacity(256);
        while self.wait(&mut events).is_ok() {
            let now = self.clock.advance(self.agenda.next_due());
            self.catch_up(now);
            for event in &events {
                if event.token() == STOP {
                    return self.tcp.reset_all();
                }
                self.socket_ready(event, now);
            }
            self.tcp.write(&mut self.agenda, now);
            self.count(now);
        }
        self.tcp.reset_all();
    }

    /// Waits for sockets, or until something is due.
    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        let left = self.agenda.next_due().map(|due| self.clock.until(due));
        let left = match left {
            Some(left) if left.is_zero() => Some(left),
            Some(left) if left.as_millis() == 0 => {
                thread::sleep(NAP);
                Some(Duration::ZERO)
            }
            // Poll would round up.
            Some(left) => Some(Duration::from_millis(left.as_millis() as u64)),
            None => None,
        };
        match self.poll.poll(events, left) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                events.clear();
                Ok(())
            }
            polled => polled,
        }
    }

    /// Lets everything happen that is due by `now`, each at its own time.
    fn catch_up(&mut self, now: Duration) {
        let Relay { agenda, tcp, udp, .. } = self;
        while let Some((event, at)) = agenda.next(now) {
            match event {
                Event::Arrival(Packet::Segment { flow, number }, direction) => {
                    tcp.segment_arrived(flow, number, direction, agenda, at);
                }
                Event::Arrival(
                    Packet::Acknowledgement { flow, acknowledgement },
                    direction,
                ) => tcp.acknowledgement_arrived(
                    flow,
                    acknowledgement,
                    // It comes the other way than what it acknowledges.
                    direction.opposite(),
                    agenda,
                    at,
                ),
                Event::Arrival(
                    Packet::Datagram { session, bytes },
                    direction,
                ) => udp.arrived(session, &bytes, direction),
                Event::Timer(timer) => tcp.timer(timer, agenda, at),
            }
        }
    }

    fn socket_ready(&mut self, event: &mio::event::Event, now: Duration) {
        let Relay { agenda, tcp, udp, .. } = self;
        match SocketId::of(event.token()) {
            SocketId::Listener => tcp.accept(agenda, now),
            SocketId::Client(flow) => {
                tcp.client_ready(flow, event, agenda, now);
            }
            SocketId::Server(flow) => {
                tcp.server_ready(flow, event, agenda, now);
            }
            SocketId::Datagrams => udp.read_from_clients(agenda, now),
            SocketId::Session(session) => {
                udp.read_from_server(session, agenda, now);
            }
        }
    }

    fn count(&mut self, now: Duration) {
        let counters = LinkCounters {
            clock: now,
            left_out: self.clock.left_out(),
            upload: self.agenda.upload.counters(),
            download: self.agenda.download.counters(),
        };
        if let Ok(mut shared) = self.counters.lock() {
            *shared = counters;
        }
    }
}

/// A TCP and a UDP socket on one free port of 127.0.0.1.
fn listen() -> io::Result<(TcpListener, UdpSocket)> {
    let any: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
    for _ in 0..MOST_TRIES {
        let listener =
            Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        listener.set_nonblocking(true)?;
        tcp::set_buffers_of_listener(SockRef::from(&listener))?;
        listener.bind(&any.into())?;
        listener.listen(1024)?;
        let listener = TcpListener::from_std(listener.into());
        match UdpSocket::bind(listener.local_addr()?) {
            Ok(datagrams) => return Ok((listener, datagrams)),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("found no port that is free for TCP and UDP"))
}
