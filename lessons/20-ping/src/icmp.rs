//! The socket through which all hosts of a family are probed.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{self, Instant};

use crate::echo::{ProbeId, reply, request};
use crate::report::milliseconds;
use crate::undelivered::{self, Undelivered};
use crate::{Error, ErrorKind};

/// How many bytes the kernel should hold for us, each way; it gives less where
/// less is allowed. Requests to hosts on this network whose hardware addresses
/// are not found wait in it for seconds.
const BUFFER: usize = 4 << 20;

/// The number of times that a request is sent again because the socket had
/// something to say of an earlier one.
const MOST_STALE: u32 = 100;

/// The number of failures in a row, of which the kernel says nothing, after
/// which a socket is given up.
const MOST_FAILURES: u32 = 100;

/// A socket that sends echo requests and matches the replies to them.
pub(crate) struct Icmp {
    shared: Arc<Shared>,
    receiver: JoinHandle<()>,
}

struct Shared {
    socket: UdpSocket,
    v6: bool,
    /// A random number: see [`ProbeId::socket`].
    id: u64,
    next_probe: AtomicU64,
    waiting: Mutex<HashMap<u64, Waiter>>,
}

/// A probe that waits for its reply.
struct Waiter {
    host: IpAddr,
    sequence: u16,
    /// When the reply came, or why none will.
    reply: oneshot::Sender<Result<Instant, Error>>,
}

impl Icmp {
    // ANCHOR: open
    /// Opens the socket: a datagram one, which needs no privilege where the
    /// system permits it, else a raw one, which needs root or `CAP_NET_RAW`.
    pub fn open(v6: bool) -> io::Result<Icmp> {
        let (domain, protocol) = match v6 {
            false => (Domain::IPV4, Protocol::ICMPV4),
            true => (Domain::IPV6, Protocol::ICMPV6),
        };
        let open = |kind| Socket::new(domain, kind, Some(protocol));
        let socket = open(Type::DGRAM)
            .or_else(|first| open(Type::RAW).map_err(|_| first))?;
        // ANCHOR_END: open
        // A smaller buffer than asked for is good too.
        let _ = socket.set_recv_buffer_size(BUFFER);
        let _ = socket.set_send_buffer_size(BUFFER);
        socket.set_nonblocking(true)?;
        // Without them an unreachable host is one that does not answer.
        #[cfg(target_os = "linux")]
        let _ = error_queue::keep_errors(&socket, v6);
        let shared = Arc::new(Shared {
            socket: UdpSocket::from_std(socket.into())?,
            v6,
            id: fastrand::u64(..),
            next_probe: AtomicU64::new(0),
            waiting: Mutex::default(),
        });
        let receiver = tokio::spawn(Arc::clone(&shared).receive());
        Ok(Icmp { shared, receiver })
    }

    // ANCHOR: echo
    /// Sends one request and waits for its reply: the round trip in
    /// milliseconds, or `None` when nothing came in time.
    pub async fn echo(
        &self,
        to: SocketAddr,
        sequence: u16,
        timeout: Duration,
    ) -> Result<Option<f64>, Error> {
        let shared = &self.shared;
        let number = shared.next_probe.fetch_add(1, Ordering::Relaxed);
        let id = ProbeId { socket: shared.id, number };
        let message = request(shared.v6, id, sequence);

        // The reply may come at once: the waiter is registered before the
        // request is sent.
        let (sender, reply) = oneshot::channel();
        let waiter = Waiter { host: to.ip(), sequence, reply: sender };
        shared.waiting().insert(number, waiter);
        let _registration = Registration { shared, number };

        let sending = time::timeout(timeout, shared.send(&message, to));
        let sent = sending.await.map_err(|_| buffer_full(to))??;
        match time::timeout_at(sent + timeout, reply).await {
            Ok(Ok(Ok(at))) => Ok(Some(milliseconds(at - sent))),
            Ok(Ok(Err(error))) => Err(error),
            Ok(Err(_)) => Err(Error::new(ErrorKind::Local, "the socket broke")),
            Err(_) => Ok(None),
        }
    }
    // ANCHOR_END: echo
}

impl Drop for Icmp {
    fn drop(&mut self) {
        self.receiver.abort();
    }
}

impl Shared {
    /// Sends as soon as the buffer has room, and returns when that was.
    async fn send(
        &self,
        message: &[u8],
        to: SocketAddr,
    ) -> Result<Instant, Error> {
        // A socket reports what it has heard of an earlier request first.
        let mut stale = MOST_STALE;
        loop {
            let failed =
                |error| Error::io(&format!("cannot ping {}", to.ip()), &error);
            self.socket.writable().await.map_err(failed)?;
            let sent = Instant::now();
            match self.socket.try_send_to(message, to) {
                Ok(_) => return Ok(sent),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) if stale > 0 && self.take_errors() > 0 => stale -= 1,
                Err(error) => return Err(failed(error)),
            }
        }
    }

    // ANCHOR: receive
    /// Hands each reply to the probe that waits for it, until the socket
    /// breaks. Dropping the [`Icmp`] aborts it.
    async fn receive(self: Arc<Shared>) {
        let mut packet = [0; 2048];
        let mut failures = 0;
        while failures < MOST_FAILURES {
            let received = self.socket.recv_from(&mut packet).await;
            let Ok((length, from)) = received else {
                let told = self.take_errors() > 0;
                failures = if told { 0 } else { failures + 1 };
                continue;
            };
            failures = 0;
            let at = Instant::now();
            let packet = &packet[..length];
            let Some(id) = reply(self.v6, packet) else {
                // Only a raw socket hands them out.
                let read = Undelivered::read(self.v6, from.ip(), packet);
                read.iter().for_each(|error| self.give_up(error));
                continue;
            };
            if id.socket != self.id {
                continue;
            }
            // A stranger cannot answer for a host.
            let mut waiting = self.waiting();
            let waiter = waiting.get(&id.number);
            if waiter.is_some_and(|waiter| waiter.accepts(from.ip())) {
                let waiter = waiting.remove(&id.number).expect("just seen");
                // The probe may have given up at this moment.
                let _ = waiter.reply.send(Ok(at));
            }
        }
        self.waiting().clear();
    }
    // ANCHOR_END: receive

    /// Gives the errors that the kernel has kept to the probes that they are
    /// about. Returns their number.
    fn take_errors(&self) -> usize {
        let mut taken = 0;
        #[cfg(target_os = "linux")]
        while let Some(error) = undelivered::next_error(&self.socket) {
            self.give_up(&error);
            taken += 1;
        }
        taken
    }

    /// Gives up the probe that an error is about.
    fn give_up(&self, said: &Undelivered) {
        let Some(error) = said.error() else { return };
        let mut waiting = self.waiting();
        let about = |waiter: &Waiter| {
            waiter.host == said.to && waiter.sequence == said.sequence
        };
        let found = waiting.iter().find(|(_, waiter)| about(waiter));
        let Some(number) = found.map(|(number, _)| *number) else { return };
        if let Some(waiter) = waiting.remove(&number) {
            // The probe may have given up at this moment.
            let _ = waiter.reply.send(Err(error));
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, Waiter>> {
        self.waiting.lock().unwrap_or_else(|broken| broken.into_inner())
    }
}

impl Waiter {
    fn accepts(&self, from: IpAddr) -> bool {
        // 0.0.0.0, "this host" (RFC 1122, section 3.2.1.3), answers from
        // another address.
        self.host == from || self.host.is_unspecified()
    }
}

/// A probe's place among the waiting. Dropping it takes the probe off, however
/// its waiting has ended.
struct Registration<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Drop for Registration<'_> {
    fn drop(&mut self) {
        self.shared.waiting().remove(&self.number);
    }
}

fn buffer_full(to: SocketAddr) -> Error {
    let to = to.ip();
    Error::new(
        ErrorKind::Local,
        format!("cannot ping {to}: the system's send buffer stayed full"),
    )
}
