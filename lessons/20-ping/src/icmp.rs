//! One socket through which every host of a family is asked.

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

use crate::echo::{Mark, reply, request};
use crate::report::milliseconds;
use crate::{Fault, Trouble};

/// What the kernel may hold for us, in bytes. It gives less where less is
/// allowed. Probes to hosts that are not found wait in it for seconds.
const BUFFER: usize = 4 << 20;

/// A socket that sends echo requests and knows whose the replies are.
pub(crate) struct Icmp {
    shared: Arc<Shared>,
    receiver: JoinHandle<()>,
}

struct Shared {
    socket: UdpSocket,
    v6: bool,
    key: u64,
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, Waiter>>,
}

/// A probe that waits for its reply.
struct Waiter {
    from: IpAddr,
    heard: oneshot::Sender<Instant>,
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
        // Less than asked for is good too.
        let _ = socket.set_recv_buffer_size(BUFFER);
        let _ = socket.set_send_buffer_size(BUFFER);
        socket.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            socket: UdpSocket::from_std(socket.into())?,
            v6,
            key: fastrand::u64(..),
            next: AtomicU64::new(0),
            waiting: Mutex::default(),
        });
        let receiver = tokio::spawn(Arc::clone(&shared).receive());
        Ok(Icmp { shared, receiver })
    }

    // ANCHOR: ask
    /// Sends one request and waits for its reply: the round trip in
    /// milliseconds, or none when nothing came in time.
    pub async fn ask(
        &self,
        to: SocketAddr,
        sequence: u16,
        timeout: Duration,
    ) -> Result<Option<f64>, Trouble> {
        let shared = &self.shared;
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        let mark = Mark { key: shared.key, number };
        let message = request(shared.v6, mark, sequence);

        // Whoever listens must be known before the request leaves.
        let (heard, reply) = oneshot::channel();
        shared.waiting().insert(number, Waiter { from: to.ip(), heard });
        let _forget = Forget { shared, number };

        let sending = time::timeout(timeout, shared.send(&message, to));
        let sent = sending.await.map_err(|_| buffer_full(to))??;
        match time::timeout_at(sent + timeout, reply).await {
            Ok(Ok(at)) => Ok(Some(milliseconds(at - sent))),
            Ok(Err(_)) => Err(Trouble::new(Fault::Local, "the socket broke")),
            Err(_) => Ok(None),
        }
    }
    // ANCHOR_END: ask
}

impl Drop for Icmp {
    fn drop(&mut self) {
        self.receiver.abort();
    }
}

impl Shared {
    /// Sends when there is room, and tells when that was.
    async fn send(
        &self,
        message: &[u8],
        to: SocketAddr,
    ) -> Result<Instant, Trouble> {
        loop {
            let failed = |error| {
                Trouble::of(&format!("cannot ping {}", to.ip()), &error)
            };
            self.socket.writable().await.map_err(failed)?;
            let sent = Instant::now();
            match self.socket.try_send_to(message, to) {
                Ok(_) => return Ok(sent),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }

    // ANCHOR: receive
    /// Hands each reply to the probe that waits for it, until the socket
    /// breaks or is not wanted any more.
    async fn receive(self: Arc<Shared>) {
        let mut packet = [0; 2048];
        while let Ok((length, from)) = self.socket.recv_from(&mut packet).await
        {
            let at = Instant::now();
            let mark = reply(self.v6, &packet[..length]);
            let Some(mark) = mark.filter(|mark| mark.key == self.key) else {
                continue;
            };
            let mut waiting = self.waiting();
            // A stranger cannot answer for a host.
            let known = waiting.get(&mark.number);
            if known.is_some_and(|waiter| waiter.is_asked(from.ip())) {
                let waiter = waiting.remove(&mark.number).expect("just seen");
                // It may have given up this moment.
                let _ = waiter.heard.send(at);
            }
        }
        self.waiting().clear();
    }
    // ANCHOR_END: receive

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, Waiter>> {
        self.waiting.lock().unwrap_or_else(|broken| broken.into_inner())
    }
}

impl Waiter {
    fn is_asked(&self, address: IpAddr) -> bool {
        // "This host" (RFC 1122, section 3.2.1.3) answers by another name.
        self.from == address || self.from.is_unspecified()
    }
}

/// Takes a probe off the list, however its waiting ends.
struct Forget<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.shared.waiting().remove(&self.number);
    }
}

fn buffer_full(to: SocketAddr) -> Trouble {
    let to = to.ip();
    Trouble::new(
        Fault::Local,
        format!("cannot ping {to}: the system's send buffer stayed full"),
    )
}
