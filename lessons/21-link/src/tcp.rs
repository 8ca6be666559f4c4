//! The TCP side of the relay: its connections, their sockets and segments.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry};
use socket2::SockRef;

use crate::LinkSettings;
use crate::agenda::{Agenda, Packet};
use crate::connection::{Connection, End};
use crate::direction::Direction;
use crate::stream::{Acknowledgement, HEADERS};
use crate::timers::Timer;
use crate::token::SocketId;

/// The kernel's buffers beside the link, in bytes: what lies in them is
/// neither waiting in the link nor sent.
const KERNEL_BUFFER: usize = 128 * 1024;
/// The buffer behind the clients' sending sockets, in bytes. The kernel
/// acknowledges what lies in there, in steps of half of it, and a client that
/// counts acknowledged bytes would see larger steps.
const CLIENTS_BUFFER: usize = 16 * 1024;
/// A receiver's window is never smaller, in bytes.
const SMALLEST_WINDOW: u64 = 1 << 20;
/// Bytes that are read from a socket at once.
const PIECE: usize = 64 * 1024;

/// The connections of a link.
pub(crate) struct TcpConnections {
    listener: TcpListener,
    server: SocketAddr,
    registry: Registry,
    /// Bytes that may wait at a receiver.
    receive_window: u64,
    /// How long word from one end takes to the other.
    delay: Duration,
    connections: HashMap<usize, Connection>,
    next_flow: usize,
    /// Flows with something to write to a socket.
    touched: Vec<usize>,
    scratch: Vec<u8>,
}

impl TcpConnections {
    /// Takes connections from `listener`, each to be relayed to `server`.
    pub fn new(
        settings: &LinkSettings,
        mut listener: TcpListener,
        server: SocketAddr,
        registry: Registry,
    ) -> io::Result<TcpConnections> {
        let token = SocketId::Listener.token();
        registry.register(&mut listener, token, Interest::READABLE)?;
        // As a well-kept system's: twice what the link can hold.
        let holds = settings.bytes_in(settings.round_trip) + settings.buffer;
        Ok(TcpConnections {
            listener,
            server,
            registry,
            receive_window: (2 * holds).max(SMALLEST_WINDOW),
            delay: settings.round_trip / 2,
            connections: HashMap::new(),
            next_flow: 0,
            touched: Vec::new(),
            scratch: vec![0; PIECE],
        })
    }

    /// Takes the connections that clients have opened.
    pub fn accept(&mut self, agenda: &mut Agenda, now: Duration) {
        while let Ok((mut socket, _)) = self.listener.accept() {
            let flow = self.next_flow;
            self.next_flow += 1;
            let _ = socket.set_nodelay(true);
            let registered = self.registry.register(
                &mut socket,
                SocketId::Client(flow).token(),
                Interest::READABLE | Interest::WRITABLE,
            );
            if registered.is_ok() {
                let connection = Connection::new(socket, self.receive_window);
                self.connections.insert(flow, connection);
                self.send(flow, Direction::Upload, agenda, now);
            }
        }
    }

    /// The client's socket of a flow is ready for something.
    pub fn client_ready(
        &mut self,
        flow: usize,
        event: &mio::event::Event,
        agenda: &mut Agenda,
        now: Duration,
    ) {
        let Some(connection) = self.connections.get_mut(&flow) else {
            return;
        };
        if !connection.client.learn(event) {
            return self.fail(flow, agenda, now);
        }
        self.send(flow, Direction::Upload, agenda, now);
        self.touched.push(flow);
    }

    /// The server's socket of a flow is ready for something.
    pub fn server_ready(
        &mut self,
        flow: usize,
        event: &mio::event::Event,
        agenda: &mut Agenda,
        now: Duration,
    ) {
        let Some(connection) = self.connections.get_mut(&flow) else {
            return;
        };
        let Some(server) = &mut connection.server else {
            return;
        };
        if !server.learn(event) {
            return self.fail(flow, agenda, now);
        }
        if let Some(number) = connection.connecting {
            if server.socket.peer_addr().is_err() {
                // It is still connecting.
                return;
            }
            connection.connecting = None;
            self.acknowledge(flow, number, Direction::Upload, agenda, now);
        }
        self.send(flow, Direction::Download, agenda, now);
        self.touched.push(flow);
    }

    /// A segment has come through the link.
    pub fn segment_arrived(
        &mut self,
        flow: usize,
        number: u64,
        direction: Direction,
        agenda: &mut Agenda,
        now: Duration,
    ) {
        let Some(connection) = self.connections.get_mut(&flow) else {
            return;
        };
        if connection.broken {
            return;
        }
        // The first segment opens the connection to the server, and is
        // acknowledged only when the server has taken it.
        let opened = connection.server.is_some();
        if direction == Direction::Upload && !opened {
            connection.connecting = Some(number);
            match self.connect(flow) {
                Ok(socket) => {
                    if let Some(connection) = self.connections.get_mut(&flow) {
                        connection.server = Some(End::new(socket, false));
                    }
                }
                Err(_) => self.fail(flow, agenda, now),
            }
        } else if direction == Direction::Upload
            && connection.connecting.is_some()
        {
            connection.connecting = Some(number);
        } else {
            self.acknowledge(flow, number, direction, agenda, now);
        }
    }

    /// An acknowledgement of what went in `direction` has come back.
    pub fn acknowledgement_arrived(
        &mut self,
        flow: usize,
        acknowledgement: Acknowledgement,
        direction: Direction,
        agenda: &mut Agenda,
        now: Duration,
    ) {
        if let Some(connection) = self.connections.get_mut(&flow) {
            connection.stream(direction).acknowledge(acknowledgement, now);
            self.send(flow, direction, agenda, now);
        }
    }

    /// A timer of a connection has gone off.
    pub fn timer(&mut self, timer: Timer, agenda: &mut Agenda, now: Duration) {
        match timer {
            Timer::Reset(flow) => {
                if let Some(connection) = self.connections.remove(&flow) {
                    connection.reset();
                }
            }
            Timer::Probe(flow, direction) => {
                let Some(connection) = self.connections.get_mut(&flow) else {
                    return;
                };
                let stream = connection.stream(direction);
                stream.probe(now, |number, size| {
                    let packet = Packet::Segment { flow, number };
                    agenda.send(packet, size, direction, now);
                });
                set_probe_timer(flow, direction, connection, agenda);
            }
        }
    }

    /// Writes what has arrived to the sockets.
    pub fn write(&mut self, agenda: &mut Agenda, now: Duration) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        for flow in touched.drain(..) {
            let Some(connection) = self.connections.get_mut(&flow) else {
                continue;
            };
            if connection.broken {
                continue;
            }
            if connection.write().is_err() {
                self.fail(flow, agenda, now);
            } else if connection.is_done() {
                self.connections.remove(&flow);
            } else {
                // There is room at the receiver again.
                self.send(flow, Direction::Upload, agenda, now);
                self.send(flow, Direction::Download, agenda, now);
            }
        }
        self.touched = touched;
    }

    /// Ends all connections with a reset.
    pub fn reset_all(&mut self) {
        for (_, connection) in self.connections.drain() {
            connection.reset();
        }
    }

    /// Sends what a stream may send.
    fn send(
        &mut self,
        flow: usize,
        direction: Direction,
        agenda: &mut Agenda,
        now: Duration,
    ) {
        let Some(connection) = self.connections.get_mut(&flow) else {
            return;
        };
        if connection.broken {
            return;
        }
        let Some((stream, source)) = connection.sender(direction) else {
            return;
        };
        let sent = stream.send(
            &mut source.socket,
            &mut source.readable,
            &mut self.scratch,
            now,
            |number, size| {
                let packet = Packet::Segment { flow, number };
                agenda.send(packet, size, direction, now);
            },
        );
        match sent {
            Ok(()) => set_probe_timer(flow, direction, connection, agenda),
            Err(_) => self.fail(flow, agenda, now),
        }
    }

    /// Takes a segment at the receiver and sends the acknowledgement.
    fn acknowledge(
        &mut self,
        flow: usize,
        number: u64,
        direction: Direction,
        agenda: &mut Agenda,
        now: Duration,
    ) {
        let Some(connection) = self.connections.get_mut(&flow) else {
            return;
        };
        let arrived = connection.stream(direction).arrive(number);
        if let Some(acknowledgement) = arrived {
            let packet = Packet::Acknowledgement { flow, acknowledgement };
            agenda.send(packet, HEADERS, direction.opposite(), now);
            self.touched.push(flow);
        }
    }

    /// Opens the connection of a flow to the server.
    fn connect(&self, flow: usize) -> io::Result<TcpStream> {
        let mut socket = TcpStream::connect(self.server)?;
        set_buffers(SockRef::from(&socket))?;
        socket.set_nodelay(true)?;
        self.registry.register(
            &mut socket,
            SocketId::Server(flow).token(),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        Ok(socket)
    }

    /// One end of a connection is gone: the other one hears of it when word
    /// could have come through the link.
    fn fail(&mut self, flow: usize, agenda: &mut Agenda, now: Duration) {
        if let Some(connection) = self.connections.get_mut(&flow)
            && !connection.broken
        {
            connection.broken = true;
            agenda.timers.set(Timer::Reset(flow), now + self.delay);
        }
    }
}

impl End {
    /// Learns from an event what the socket is ready for; `false` when it is
    /// broken.
    fn learn(&mut self, event: &mio::event::Event) -> bool {
        self.readable |= event.is_readable() || event.is_read_closed();
        self.writable |= event.is_writable();
        !event.is_error() || matches!(self.socket.take_error(), Ok(None))
    }
}

fn set_probe_timer(
    flow: usize,
    direction: Direction,
    connection: &mut Connection,
    agenda: &mut Agenda,
) {
    let deadline = connection.stream(direction).deadline();
    if deadline < Duration::MAX {
        agenda.timers.set(Timer::Probe(flow, direction), deadline);
    }
}

/// Sets the buffers of a listener, before it listens: what it accepts inherits
/// them.
pub(crate) fn set_buffers_of_listener(listener: SockRef) -> io::Result<()> {
    listener.set_recv_buffer_size(CLIENTS_BUFFER)?;
    listener.set_send_buffer_size(KERNEL_BUFFER)
}

/// Sets the buffers of a socket that may be connected already.
///
/// A receive buffer that is made smaller then is a trap. The server may have
/// seen a large window; TCP sends segments of up to half of the largest window
/// that it has seen. In a window that stays smaller than one such segment,
/// each has to wait for a timer: 200 ms on Linux, and 160 kB/s are all that
/// goes through. So this buffer only ever grows.
fn set_buffers(socket: SockRef) -> io::Result<()> {
    if socket.recv_buffer_size()? < KERNEL_BUFFER {
        socket.set_recv_buffer_size(KERNEL_BUFFER)?;
    }
    socket.set_send_buffer_size(KERNEL_BUFFER)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_server_that_writes_before_the_buffers_are_set_is_not_slowed_down() {
        const SIZE: usize = 10_000_000;
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = listener.local_addr().expect("an address");
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            stream.write_all(&vec![7; SIZE]).expect("a download");
        });
        let mut stream = TcpStream::connect(server).expect("a connection");

        // The relay is late: the server has written all that it may.
        let mut seen = 0;
        let mut buffer = vec![0; 1 << 20];
        loop {
            let now = stream.peek(&mut buffer).expect("a download");
            if now == seen {
                break;
            }
            seen = now;
            thread::sleep(Duration::from_millis(50));
        }
        set_buffers(SockRef::from(&stream)).expect("buffers");

        let start = Instant::now();
        let mut received = 0;
        while received < SIZE {
            received += stream.read(&mut buffer).expect("a download");
        }
        // A segment every 200 ms would take a minute.
        assert!(start.elapsed() < Duration::from_secs(20));
    }
}
