//! The trace itself: one socket, three packets for each hop, and what routers
//! say of them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use error_queue::{PacketError, keep_errors, next_error};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::UdpSocket;
use tokio::time::{self, Instant};

use crate::{Hop, MOST_HOPS, Trace};

/// How many packets each hop gets: one may be lost.
const PACKETS: u8 = 3;

/// The time from one packet to the next. Routers answer few at a time.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long answers are waited for after the last packet.
const PATIENCE: Duration = Duration::from_secs(2);

/// The first port: by custom nothing listens here, nor on the next ninety.
const FIRST_PORT: u16 = 33434;

/// ICMP: the time to live was over (RFC 792; IPv6: RFC 4443, section 3.3).
const TIME_EXCEEDED: [u8; 2] = [11, 3];

/// ICMP: nothing listens on the port: type and code (RFC 792; IPv6: RFC 4443,
/// section 3.1).
const NO_PORT: [(u8, u8); 2] = [(3, 3), (1, 4)];

/// The number of times that a packet is sent again because the socket had
/// something to say of an earlier one.
const MOST_STALE: u32 = 100;

// ANCHOR: trace
pub async fn trace(host: IpAddr) -> io::Result<Trace> {
    let mut way = Way::to(host)?;
    // Packets go out one by one, whatever is heard meanwhile. Beyond the host
    // itself nothing is to be found.
    for number in 0..MOST_HOPS * PACKETS {
        if way.arrived_at.is_some_and(|ttl| ttl < hop_of(number)) {
            break;
        }
        way.send(number).await?;
        way.listen_until(Instant::now() + INTERVAL).await;
    }
    let end = Instant::now() + PATIENCE;
    while !way.is_known() && Instant::now() < end {
        way.listen_until(end).await;
    }
    Ok(way.trace())
}
// ANCHOR_END: trace

/// Which hop a packet is for, counted from 1.
fn hop_of(number: u8) -> u8 {
    number / PACKETS + 1
}

/// What is known of the way so far.
struct Way {
    host: IpAddr,
    socket: UdpSocket,
    /// When each packet was sent.
    sent: Vec<Instant>,
    hops: Vec<Hop>,
    /// The hop at which the host itself has answered.
    arrived_at: Option<u8>,
    /// How many packets were answered.
    answers: usize,
}

impl Way {
    fn to(host: IpAddr) -> io::Result<Way> {
        let domain = Domain::for_address(SocketAddr::new(host, 0));
        let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
        keep_errors(&socket, host.is_ipv6())?;
        socket.set_nonblocking(true)?;
        let any: SocketAddr = match host {
            IpAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
            IpAddr::V6(_) => ([0u16; 8], 0).into(),
        };
        socket.bind(&any.into())?;
        Ok(Way {
            host,
            socket: UdpSocket::from_std(socket.into())?,
            sent: Vec::new(),
            hops: Vec::new(),
            arrived_at: None,
            answers: 0,
        })
    }

    async fn send(&mut self, number: u8) -> io::Result<()> {
        let ttl = hop_of(number);
        let socket = SockRef::from(&self.socket);
        match self.host {
            IpAddr::V4(_) => socket.set_ttl_v4(ttl.into())?,
            IpAddr::V6(_) => socket.set_unicast_hops_v6(ttl.into())?,
        }
        if self.hops.len() < usize::from(ttl) {
            self.hops.push(Hop { ttl, address: None, ms: None });
        }
        // The port says which packet an answer is about.
        let to = SocketAddr::new(self.host, FIRST_PORT + u16::from(number));
        self.sent.push(Instant::now());
        for _ in 0..MOST_STALE {
            match self.socket.send_to(&[0; 32], to).await {
                Ok(_) => return Ok(()),
                // A socket reports what it has heard of an earlier packet
                // first.
                Err(_) if self.take_errors() > 0 => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Listens until this time, or until everything is known.
    async fn listen_until(&mut self, end: Instant) {
        let mut answer = [0; 64];
        loop {
            let heard = self.socket.recv_from(&mut answer);
            match time::timeout_at(end, heard).await {
                Err(_) => return,
                Ok(Err(_)) if self.take_errors() > 0 => {}
                // It will not get better.
                Ok(Err(_)) => return time::sleep_until(end).await,
                // Something does listen on that port of the host.
                Ok(Ok((_, from))) if from.ip() == self.host => {
                    self.answered(from.port(), Some(self.host), true);
                }
                Ok(Ok(_)) => {}
            }
            if self.is_known() {
                return;
            }
        }
    }

    /// Whether every packet that was sent is answered.
    fn is_known(&self) -> bool {
        self.answers >= self.sent.len()
    }

    fn take_errors(&mut self) -> usize {
        let mut taken = 0;
        while let Some(error) = next_error(&self.socket) {
            taken += 1;
            let PacketError { to, from, kind, code, .. } = error;
            if to.ip() != self.host {
                continue;
            }
            let v6 = usize::from(self.host.is_ipv6());
            let passing = kind == TIME_EXCEEDED[v6];
            let arrived = (kind, code) == NO_PORT[v6];
            // Anything else is said by a router that knows no way on: it is
            // the last one of this way.
            if passing || arrived || from.is_some() {
                self.answered(to.port(), from, arrived);
            }
        }
        taken
    }

    /// Notes what was said of the packet to this port.
    fn answered(&mut self, port: u16, from: Option<IpAddr>, arrived: bool) {
        let number = usize::from(port.wrapping_sub(FIRST_PORT));
        let Some(sent) = self.sent.get(number) else { return };
        self.answers += 1;
        let ms = sent.elapsed().as_secs_f64() * 1_000.0;
        let ttl = hop_of(number as u8);
        if let Some(hop) = self.hops.get_mut(usize::from(ttl) - 1) {
            hop.address = hop.address.or(from);
            hop.ms = Some(hop.ms.map_or(ms, |least| least.min(ms)));
        }
        if arrived {
            let before = self.arrived_at.unwrap_or(ttl);
            self.arrived_at = Some(before.min(ttl));
        }
    }

    fn trace(self) -> Trace {
        let mut hops = self.hops;
        if let Some(last) = self.arrived_at {
            hops.truncate(last.into());
        }
        let said = hops.iter().rposition(|hop| hop.address.is_some());
        hops.truncate(said.map_or(0, |place| place + 1));
        // A router that knows no way on says so of each packet for a later hop.
        hops.dedup_by(|later, hop| {
            later.address.is_some() && later.address == hop.address
        });
        Trace { arrived: self.arrived_at.is_some(), hops }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn this_machine_is_one_hop_away() {
        for host in ["127.0.0.1", "127.1.2.3"] {
            let host: IpAddr = host.parse().expect("an address");
            let trace = trace(host).await.expect("a way");
            assert!(trace.arrived, "{trace:?}");
            assert_eq!(trace.hops.len(), 1, "{trace:?}");
            assert_eq!(trace.hops[0].address, Some(host), "{trace:?}");
        }
    }
}
