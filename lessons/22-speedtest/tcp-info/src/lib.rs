//! What the kernel knows about a TCP connection.
//!
//! `write` succeeds when the kernel has taken the bytes. They may lie in its
//! buffer for a while, and a program that counts them measures how fast a
//! buffer grows. Linux says what has arrived: the module `sock_diag`, which
//! `ss -ti` uses too, answers questions about a socket over a socket of
//! the family netlink (`sock_diag(7)`), and `bytes_acked` is in its answer
//! (`struct tcp_info` in `linux/tcp.h`; RFC 4898, `tcpEStatsAppHCThruOctetsAcked`).
//! A question costs a few microseconds. It needs no rights.
//!
//! After a lost packet that counter stands still until the gap is filled, and
//! then jumps. What has arrived behind the gap is acknowledged too, selectively
//! (RFC 2018), and counted as `sacked`, in packets: the sum of both runs
//! smoothly.
//!
//! The same answer has the round trip as TCP estimates it: as a sender, from
//! what it sends (RFC 6298), and as a receiver, from the timestamps that come
//! back (RFC 7323).

use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

// `linux/netlink.h`, `linux/sock_diag.h`, `linux/inet_diag.h`.
const AF_NETLINK: i32 = 16;
const NETLINK_SOCK_DIAG: i32 = 4;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const REQUEST: u16 = 1;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
/// The attribute that carries `struct tcp_info`, and the flag to ask for it.
const INFO: u16 = 2;
const WITH_INFO: u8 = 1 << (INFO - 1);
/// `struct nlmsghdr`, `struct inet_diag_msg`.
const HEADER: usize = 16;
const MESSAGE: usize = 72;
/// Where the fields stand in `struct tcp_info`: `tcpi_snd_mss` (bytes of a
/// packet), `tcpi_sacked` (packets), `tcpi_rtt` and `tcpi_rcv_rtt`
/// (microseconds), `tcpi_bytes_acked`.
const SND_MSS: usize = 16;
const SACKED: usize = 28;
const RTT: usize = 68;
const RCV_RTT: usize = 92;
const BYTES_ACKED: usize = 120;

/// What the kernel says of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpInfo {
    /// Bytes sent that have arrived.
    pub acknowledged: u64,
    /// The smoothed round trip of what was sent; 0 when not known.
    pub sending: Duration,
    /// The same of what was received.
    pub receiving: Duration,
}

/// The two ends of a connection, by which the kernel finds it.
#[derive(Debug, Clone, Copy)]
pub struct Ends {
    /// This end.
    pub local: SocketAddr,
    /// The other end.
    pub peer: SocketAddr,
}

impl Ends {
    /// Those of a connection.
    ///
    /// # Errors
    /// When it has none, because it was cut.
    pub fn of(stream: &TcpStream) -> io::Result<Ends> {
        Ok(Ends { local: stream.local_addr()?, peer: stream.peer_addr()? })
    }
}

/// Asks the kernel about connections.
pub struct Kernel {
    socket: Socket,
    sequence: u32,
}

impl Kernel {
    /// Opens the way to the kernel.
    ///
    /// # Errors
    /// Where there is none: on other systems than Linux, and on a Linux that
    /// was built without `sock_diag`.
    pub fn open() -> io::Result<Kernel> {
        static ANSWERS: OnceLock<bool> = OnceLock::new();
        let mut kernel = Kernel::new()?;
        // A kernel without that module opens the socket all the same.
        match ANSWERS.get_or_init(|| kernel.knows_its_own().is_ok()) {
            true => Ok(kernel),
            false => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn new() -> io::Result<Kernel> {
        if !cfg!(any(target_os = "linux", target_os = "android")) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let socket = Socket::new(
            Domain::from(AF_NETLINK),
            Type::RAW,
            Some(Protocol::from(NETLINK_SOCK_DIAG)),
        )?;
        // The kernel answers before `send` returns. Never wait for it.
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        Ok(Kernel { socket, sequence: 0 })
    }

    /// Asks about a connection of this program to itself.
    fn knows_its_own(&mut self) -> io::Result<TcpInfo> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let stream = TcpStream::connect(listener.local_addr()?)?;
        self.ask(Ends::of(&stream)?)
    }

    /// What the kernel knows of a connection of this machine.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn ask(&mut self, about: Ends) -> io::Result<TcpInfo> {
        self.sequence = self.sequence.wrapping_add(1);
        self.socket.send(&question(self.sequence, about))?;
        let mut answer = [0; 2048];
        // An answer to an earlier question may have come too late for it.
        for _ in 0..16 {
            let length = (&self.socket).read(&mut answer)?;
            let answer = answer.get(..length).unwrap_or_default();
            if number(answer, 8) == Some(self.sequence) {
                return tcp_info(answer)
                    .ok_or_else(|| io::ErrorKind::NotFound.into());
            }
        }
        Err(io::ErrorKind::InvalidData.into())
    }
}

/// `struct nlmsghdr` and `struct inet_diag_req_v2`.
fn question(sequence: u32, about: Ends) -> Vec<u8> {
    let Ends { local, peer } = about;
    let family = if local.is_ipv4() { AF_INET } else { AF_INET6 };
    let mut bytes = Vec::with_capacity(HEADER + 56);
    bytes.extend(72_u32.to_ne_bytes());
    bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes.extend(REQUEST.to_ne_bytes());
    bytes.extend(sequence.to_ne_bytes());
    bytes.extend([0; 4]);
    bytes.extend([family, IPPROTO_TCP, WITH_INFO, 0]);
    // In every state.
    bytes.extend(u32::MAX.to_ne_bytes());
    bytes.extend(local.port().to_be_bytes());
    bytes.extend(peer.port().to_be_bytes());
    for address in [local.ip(), peer.ip()] {
        let mut field = [0; 16];
        match address {
            IpAddr::V4(v4) => field[..4].copy_from_slice(&v4.octets()),
            IpAddr::V6(v6) => field = v6.octets(),
        }
        bytes.extend(field);
    }
    // Any interface (a link-local address says its own), no cookie.
    let scope = match local {
        SocketAddr::V6(v6) => v6.scope_id(),
        SocketAddr::V4(_) => 0,
    };
    bytes.extend(scope.to_ne_bytes());
    bytes.extend([0xff; 8]);
    bytes
}

/// Looks for the figures in the kernel's answer.
fn tcp_info(answer: &[u8]) -> Option<TcpInfo> {
    let kind = answer.get(4..6)?.try_into().map(u16::from_ne_bytes).ok()?;
    if kind != SOCK_DIAG_BY_FAMILY {
        return None;
    }
    let mut rest = answer.get(HEADER + MESSAGE..)?;
    loop {
        let two = |at: usize| {
            rest.get(at..at + 2)?.try_into().map(u16::from_ne_bytes).ok()
        };
        let (length, kind) = (usize::from(two(0)?), two(2)?);
        if kind == INFO {
            let info = rest.get(4..length)?;
            let field = info.get(BYTES_ACKED..)?.get(..8)?;
            let acked = field.try_into().map(u64::from_ne_bytes).ok()?;
            let packets = u64::from(number(info, SACKED)?);
            let size = u64::from(number(info, SND_MSS)?);
            let time = |at| {
                let microseconds = u64::from(number(info, at)?);
                Some(Duration::from_micros(microseconds))
            };
            return Some(TcpInfo {
                acknowledged: acked.checked_add(packets * size)?,
                sending: time(RTT)?,
                receiving: time(RCV_RTT)?,
            });
        }
        // Attributes begin at multiples of four.
        rest = rest.get(length.max(4).next_multiple_of(4)..)?;
    }
}

fn number(answer: &[u8], at: usize) -> Option<u32> {
    answer.get(at..at + 4)?.try_into().map(u32::from_ne_bytes).ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Write;
    use std::time::Instant;

    use super::*;

    #[test]
    fn what_nobody_reads_is_not_acknowledged() {
        for listen in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(listen) else {
                assert!(listen.starts_with('['), "no loopback");
                continue;
            };
            let address = listener.local_addr().expect("bound");
            let mut sender = TcpStream::connect(address).expect("listens");
            let (mut receiver, _) = listener.accept().expect("connected");
            sender.set_nonblocking(true).expect("a socket");

            // Fill the buffers of both sides, until no byte more is taken.
            let mut sent = 0;
            while let Ok(more) = sender.write(&[0; 65536]) {
                sent += more as u64;
            }
            let mut kernel = Kernel::open().expect("this is Linux");
            let ends = Ends::of(&sender).expect("connected");
            let mut ask = || kernel.ask(ends).expect("there").acknowledged;
            let before = ask();
            assert!(before < sent, "{before} of {sent} are acknowledged");

            // Now somebody reads: all of it arrives.
            let mut left = sent;
            let mut buffer = [0; 65536];
            while left > 0 {
                left -= receiver.read(&mut buffer).expect("data") as u64;
            }
            // Its last word may be on its way for a moment.
            let most = Instant::now() + Duration::from_secs(20);
            while ask() < sent && Instant::now() < most {
                std::thread::yield_now();
            }
            // The opening of a connection counts as one byte.
            assert!((sent..=sent + 1).contains(&ask()));
        }
    }

    #[test]
    fn a_connection_that_is_gone_is_an_error() {
        let mut kernel = Kernel::open().expect("this is Linux");
        let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
        let ends = Ends { local: nobody, peer: nobody };
        assert!(kernel.ask(ends).is_err());
    }

    #[test]
    fn an_answer_cut_short_says_nothing() {
        let mut answer = vec![0; HEADER + MESSAGE + 4 + 200];
        answer[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        let info = HEADER + MESSAGE;
        answer[info..info + 2].copy_from_slice(&204_u16.to_ne_bytes());
        answer[info + 2..info + 4].copy_from_slice(&INFO.to_ne_bytes());
        answer[info + 4 + BYTES_ACKED] = 7;
        answer[info + 4 + RTT] = 9;
        let whole = tcp_info(&answer).expect("a whole answer");
        assert_eq!(whole.acknowledged, 7);
        assert_eq!(whole.sending, Duration::from_micros(9));
        for length in 0..answer.len() {
            let cut = tcp_info(&answer[..length]);
            assert_eq!(cut, None, "of {length} bytes");
        }
    }
}
