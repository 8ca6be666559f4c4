use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream, UdpSocket};
use mio::{Events, Interest, Poll, Token, Waker};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::connection::{Connection, End};
use crate::pipe::Pipe;
use crate::stream::{Acknowledgement, HEADERS, Stream};
use crate::{LinkCounters, LinkSettings};

const LISTENER: Token = Token(0);
const DATAGRAMS: Token = Token(1);
const STOP: Token = Token(2);
/// From here on a flow has two tokens: its near end and its far end.
const FLOWS: usize = 4;

/// Headers of a datagram: 20 bytes of IPv4, 8 of UDP.
const DATAGRAM_HEADERS: usize = 28;
/// The kernel's buffers beside the link, in bytes: what hides in them is
/// neither waiting nor sent.
const KERNEL_BUFFER: usize = 128 * 1024;
/// Smaller still: the kernel acknowledges what lies in there, in steps of half
/// of it, and whoever counts acknowledged bytes would see the steps.
const RECEIVE_BUFFER: usize = 16 * 1024;
/// Senders of datagrams that are remembered.
const MOST_CALLERS: usize = 256;
/// The system's timers count in milliseconds, so the last one is slept
/// through in naps of this length.
const NAP: Duration = Duration::from_micros(200);

/// The thread behind a [`Link`](crate::Link).
///
/// What happens in the pipes happens at its own exact time, however late the
/// thread gets to it, and in the order of time. So a late thread delays what
/// is seen, but does not leave the wire idle.
pub(crate) struct Relay {
    poll: Poll,
    listener: TcpListener,
    datagrams: UdpSocket,
    to: SocketAddr,
    receive_window: u64,

    clock: Instant,
    upload: Pipe<Packet>,
    download: Pipe<Packet>,
    delay: Duration,
    timers: BinaryHeap<Reverse<(Duration, Timer)>>,

    connections: HashMap<usize, Connection>,
    /// Those with something to write to a socket.
    touched: Vec<usize>,
    callers: HashMap<usize, Caller>,
    caller_by_address: HashMap<SocketAddr, usize>,
    next_flow: usize,
    scratch: Vec<u8>,
    counters: Arc<Mutex<LinkCounters>>,
}

/// What travels through a pipe. Streams keep their bytes themselves.
enum Packet {
    Segment { flow: usize, number: u64 },
    Acknowledgement { flow: usize, news: Acknowledgement },
    Datagram { flow: usize, bytes: Box<[u8]> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Probe(usize, Direction),
    Reset(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    Upload,
    Download,
}

/// A sender of datagrams, and the socket that speaks to the server for it.
struct Caller {
    address: SocketAddr,
    socket: UdpSocket,
    last: Duration,
}

impl Relay {
    /// Opens the sockets; tells where, and how to stop [`Relay::run`].
    pub fn open(
        settings: &LinkSettings,
        to: SocketAddr,
        counters: Arc<Mutex<LinkCounters>>,
    ) -> io::Result<(Relay, SocketAddr, Waker)> {
        let (mut listener, mut datagrams) = listen()?;
        let address = listener.local_addr()?;
        let poll = Poll::new()?;
        let registry = poll.registry();
        registry.register(&mut listener, LISTENER, Interest::READABLE)?;
        registry.register(&mut datagrams, DATAGRAMS, Interest::READABLE)?;
        let waker = Waker::new(registry, STOP)?;

        // As a well-kept system's: twice what the link can hold.
        let holds = settings.bytes_in(settings.round_trip) + settings.buffer;
        let relay = Relay {
            poll,
            listener,
            datagrams,
            to,
            receive_window: (2 * holds).max(1 << 20),
            clock: Instant::now(),
            upload: Pipe::new(settings, settings.seed),
            download: Pipe::new(settings, !settings.seed),
            delay: settings.round_trip / 2,
            timers: BinaryHeap::new(),
            connections: HashMap::new(),
            touched: Vec::new(),
            callers: HashMap::new(),
            caller_by_address: HashMap::new(),
            next_flow: 0,
            scratch: vec![0; 64 * 1024],
            counters,
        };
        Ok((relay, address, waker))
    }

    /// Relays until the waker is used, then resets what is still open.
    pub fn run(mut self) {
        let mut events = Events::with_capacity(256);
        loop {
            match self.wait(&mut events) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    continue;
                }
                Err(_) => break,
                Ok(()) => {}
            }
            let now = self.clock.elapsed();
            self.catch_up(now);
            for event in &events {
                match event.token() {
                    STOP => return self.end(),
                    LISTENER => self.accept(now),
                    DATAGRAMS => self.calls(now),
                    token => self.socket(token, event, now),
                }
            }
            self.write(now);
            self.count(now);
        }
        self.end();
    }

    fn end(&mut self) {
        for (_, connection) in self.connections.drain() {
            connection.reset();
        }
    }

    /// Waits for sockets, or until something is due in the pipes.
    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        let next = self.next_due();
        let left = next.map(|due| due.saturating_sub(self.clock.elapsed()));
        let left = match left {
            Some(left) if left.is_zero() => left,
            Some(left) if left.as_millis() == 0 => {
                thread::sleep(NAP);
                Duration::ZERO
            }
            // Poll would round up.
            Some(left) => Duration::from_millis(left.as_millis() as u64),
            None => return self.poll.poll(events, None),
        };
        self.poll.poll(events, Some(left))
    }

    fn next_due(&self) -> Option<Duration> {
        let timer = self.timers.peek().map(|Reverse((at, _))| *at);
        [self.upload.next_due(), self.download.next_due(), timer]
            .into_iter()
            .flatten()
            .min()
    }

    /// Lets everything happen that is due by `now`, each at its own time.
    fn catch_up(&mut self, now: Duration) {
        while let Some(at) = self.next_due().filter(|at| *at <= now) {
            if let Some(packet) = self.upload.due(at) {
                self.arrive(packet, Direction::Upload, at);
            } else if let Some(packet) = self.download.due(at) {
                self.arrive(packet, Direction::Download, at);
            } else if let Some(Reverse((_, timer))) = self.timers.pop() {
                self.timer(timer, at);
            }
        }
    }

    fn arrive(&mut self, packet: Packet, way: Direction, now: Duration) {
        match packet {
            Packet::Segment { flow, number } => {
                self.arrive_segment(flow, number, way, now);
            }
            Packet::Acknowledgement { flow, news } => {
                // It came the other way than what it acknowledges.
                let way = way.back();
                if let Some(connection) = self.connections.get_mut(&flow) {
                    connection.stream(way).acknowledge(news, now);
                    self.send(flow, way, now);
                }
            }
            Packet::Datagram { flow, bytes } => {
                let Some(caller) = self.callers.get_mut(&flow) else {
                    return;
                };
                // A datagram that nobody takes is lost, as ever.
                let _ = match way {
                    Direction::Upload => caller.socket.send(&bytes),
                    Direction::Download => {
                        self.datagrams.send_to(&bytes, caller.address)
                    }
                };
            }
        }
    }

    fn arrive_segment(
        &mut self,
        flow: usize,
        number: u64,
        way: Direction,
        now: Duration,
    ) {
        let Some(connection) = self.connections.get_mut(&flow) else {
            return;
        };
        if connection.broken {
            return;
        }
        // The first segment opens the connection at the other end; only then
        // is it answered.
        let Connection { far, connecting, .. } = connection;
        match (way, &far) {
            (Direction::Upload, None) => {
                *connecting = Some(number);
                let Ok(socket) = self.connect(flow) else {
                    return self.fail(flow, now);
                };
                if let Some(connection) = self.connections.get_mut(&flow) {
                    connection.far = Some(End::new(socket, false));
                }
            }
            (Direction::Upload, Some(_)) if connecting.is_some() => {
                *connecting = Some(number);
            }
            _ => self.answer(flow, number, way, now),
        }
    }

    /// Takes a segment at the receiver and sends the acknowledgement.
    fn answer(
        &mut self,
        flow: usize,
        number: u64,
        way: Direction,
        now: Duration,
    ) {
        let Some(connection) = self.connections.get_mut(&flow) else {
            return;
        };
        if let Some(news) = connection.stream(way).arrive(number) {
            let packet = Packet::Acknowledgement { flow, news };
            let _ = self.pipe(way.back()).offer(packet, HEADERS, now);
            self.touched.push(flow);
        }
    }

    fn connect(&mut self, flow: usize) -> io::Result<TcpStream> {
        let mut socket = TcpStream::connect(self.to)?;
        small_buffers(SockRef::from(&socket))?;
        socket.set_nodelay(true)?;
        self.poll.registry().register(
            &mut socket,
            Token(FLOWS + 2 * flow + 1),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        Ok(socket)
    }

    fn timer(&mut self, timer: Timer, now: Duration) {
        match timer {
            Timer::Reset(flow) => {
                if let Some(connection) = self.connections.remove(&flow) {
                    connection.reset();
                }
            }
            Timer::Probe(flow, way) => {
                let Some(connection) = self.connections.get_mut(&flow) else {
                    return;
                };
                let pipe = match way {
                    Direction::Upload => &mut self.upload,
                    Direction::Download => &mut self.download,
                };
                *connection.timer(way) = None;
                connection.stream(way).probe(now, |number, size| {
                    let packet = Packet::Segment { flow, number };
                    let _ = pipe.offer(packet, size, now);
                });
                self.set_timer(flow, way);
            }
        }
    }

    /// A stream has at most one timer in the heap. It may be early: then the
    /// stream does nothing and it is set again.
    fn set_timer(&mut self, flow: usize, way: Direction) {
        let Some(connection) = self.connections.get_mut(&flow) else {
            return;
        };
        let deadline = connection.stream(way).deadline();
        let timer = connection.timer(way);
        if deadline < Duration::MAX && timer.is_none() {
            *timer = Some(deadline);
            self.timers.push(Reverse((deadline, Timer::Probe(flow, way))));
        }
    }

    /// Sends what a stream may send.
    fn send(&mut self, flow: usize, way: Direction, now: Duration) {
        let Some(connection) = self.connections.get_mut(&flow) else {
            return;
        };
        let Connection { near, far, upload, download, broken, .. } = connection;
        let (stream, source, pipe) = match (way, far) {
            (Direction::Upload, _) => (upload, near, &mut self.upload),
            (Direction::Download, Some(far)) => {
                (download, far, &mut self.download)
            }
            _ => return,
        };
        if *broken {
            return;
        }
        let sent = stream.send(
            &mut source.socket,
            &mut source.readable,
            &mut self.scratch,
            now,
            |number, size| {
                let packet = Packet::Segment { flow, number };
                let _ = pipe.offer(packet, size, now);
            },
        );
        match sent {
            Ok(()) => self.set_timer(flow, way),
            Err(_) => self.fail(flow, now),
        }
    }

    /// One end of a connection is gone: the other one hears of it when word
    /// could have come through the link.
    fn fail(&mut self, flow: usize, now: Duration) {
        if let Some(connection) = self.connections.get_mut(&flow)
            && !connection.broken
        {
            connection.broken = true;
            let at = now + self.delay;
            self.timers.push(Reverse((at, Timer::Reset(flow))));
        }
    }

    /// Hands to the sockets what has arrived for them.
    fn write(&mut self, now: Duration) {
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
                self.fail(flow, now);
            } else if connection.is_done() {
                self.connections.remove(&flow);
            } else {
                // There is room at the receiver again.
                self.send(flow, Direction::Upload, now);
                self.send(flow, Direction::Download, now);
            }
        }
        self.touched = touched;
    }

    fn count(&mut self, now: Duration) {
        let counters = LinkCounters {
            clock: now,
            upload: self.upload.counters(),
            download: self.download.counters(),
        };
        if let Ok(mut shared) = self.counters.lock() {
            *shared = counters;
        }
    }

    fn accept(&mut self, now: Duration) {
        while let Ok((mut socket, _)) = self.listener.accept() {
            let flow = self.next_flow;
            self.next_flow += 1;
            let _ = socket.set_nodelay(true);
            let registered = self.poll.registry().register(
                &mut socket,
                Token(FLOWS + 2 * flow),
                Interest::READABLE | Interest::WRITABLE,
            );
            if registered.is_ok() {
                let connection = Connection::new(socket, self.receive_window);
                self.connections.insert(flow, connection);
                self.send(flow, Direction::Upload, now);
            }
        }
    }

    /// The socket behind `token` is ready for something.
    fn socket(
        &mut self,
        token: Token,
        event: &mio::event::Event,
        now: Duration,
    ) {
        let flow = (token.0 - FLOWS) / 2;
        let is_far = (token.0 - FLOWS) % 2 == 1;
        if self.callers.contains_key(&flow) {
            return self.replies(flow, now);
        }
        let Some(connection) = self.connections.get_mut(&flow) else {
            return;
        };
        let connecting = connection.connecting;
        let end = match is_far {
            true => connection.far.as_mut(),
            false => Some(&mut connection.near),
        };
        let Some(end) = end else {
            return;
        };
        end.readable |= event.is_readable() || event.is_read_closed();
        end.writable |= event.is_writable();
        if event.is_error() && !matches!(end.socket.take_error(), Ok(None)) {
            return self.fail(flow, now);
        }
        if is_far && let Some(number) = connecting {
            match end.socket.peer_addr() {
                Ok(_) => {
                    connection.connecting = None;
                    self.answer(flow, number, Direction::Upload, now);
                }
                // A mere sign of life: it is still connecting.
                Err(_) => return,
            }
        }
        let way = if is_far { Direction::Download } else { Direction::Upload };
        self.send(flow, way, now);
        self.touched.push(flow);
    }

    /// Datagrams from those who call the server.
    fn calls(&mut self, now: Duration) {
        loop {
            let (size, from) = match self.datagrams.recv_from(&mut self.scratch)
            {
                Ok(received) => received,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return;
                }
                // An earlier answer found nobody (Windows says so).
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    continue;
                }
                Err(_) => return,
            };
            let Ok(flow) = self.caller(from, now) else {
                continue;
            };
            let bytes = self.scratch[..size].into();
            let packet = Packet::Datagram { flow, bytes };
            let _ = self.upload.offer(packet, size + DATAGRAM_HEADERS, now);
        }
    }

    /// The flow of a sender of datagrams, a new one if need be.
    fn caller(
        &mut self,
        address: SocketAddr,
        now: Duration,
    ) -> io::Result<usize> {
        if let Some(flow) = self.caller_by_address.get(&address) {
            if let Some(caller) = self.callers.get_mut(flow) {
                caller.last = now;
            }
            return Ok(*flow);
        }
        if self.callers.len() >= MOST_CALLERS {
            let oldest = self.callers.iter().min_by_key(|(_, one)| one.last);
            if let Some((&flow, caller)) = oldest {
                self.caller_by_address.remove(&caller.address);
                self.callers.remove(&flow);
            }
        }
        let any = match self.to {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let mut socket = UdpSocket::bind(any)?;
        socket.connect(self.to)?;
        let flow = self.next_flow;
        self.poll.registry().register(
            &mut socket,
            Token(FLOWS + 2 * flow + 1),
            Interest::READABLE,
        )?;
        self.next_flow += 1;
        self.callers.insert(flow, Caller { address, socket, last: now });
        self.caller_by_address.insert(address, flow);
        Ok(flow)
    }

    /// Datagrams from the server.
    fn replies(&mut self, flow: usize, now: Duration) {
        let Some(caller) = self.callers.get_mut(&flow) else {
            return;
        };
        loop {
            match caller.socket.recv(&mut self.scratch) {
                Ok(size) => {
                    let bytes = self.scratch[..size].into();
                    let packet = Packet::Datagram { flow, bytes };
                    let size = size + DATAGRAM_HEADERS;
                    let _ = self.download.offer(packet, size, now);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // Nobody listens there: the caller hears nothing, as ever.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(_) => return,
            }
        }
    }

    fn pipe(&mut self, way: Direction) -> &mut Pipe<Packet> {
        match way {
            Direction::Upload => &mut self.upload,
            Direction::Download => &mut self.download,
        }
    }
}

impl Direction {
    fn back(self) -> Direction {
        match self {
            Direction::Upload => Direction::Download,
            Direction::Download => Direction::Upload,
        }
    }
}

impl Connection {
    fn stream(&mut self, way: Direction) -> &mut Stream {
        match way {
            Direction::Upload => &mut self.upload,
            Direction::Download => &mut self.download,
        }
    }

    fn timer(&mut self, way: Direction) -> &mut Option<Duration> {
        &mut self.timers[way as usize]
    }
}

/// A TCP and a UDP socket on one free port of 127.0.0.1.
fn listen() -> io::Result<(TcpListener, UdpSocket)> {
    let any: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
    for _ in 0..50 {
        let listener =
            Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        listener.set_nonblocking(true)?;
        // What is accepted inherits them.
        small_buffers(SockRef::from(&listener))?;
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

fn small_buffers(socket: SockRef) -> io::Result<()> {
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    socket.set_send_buffer_size(KERNEL_BUFFER)
}
