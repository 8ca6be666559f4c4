//! What routers say of our packets, as Linux keeps it for the socket that sent
//! them (`IP_RECVERR` in ip(7)). It takes no privilege. On other systems this
//! library is empty.

#![cfg(target_os = "linux")]

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};

use nix::libc::{sock_extended_err, sockaddr_in6};
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt,
    sockopt,
};

/// The most bytes of our own packet that are given back.
const LONGEST: usize = 128;

/// What somebody says of a packet (ICMP's errors: RFC 792; RFC 4443, section
/// 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketError {
    /// Where the packet was to go.
    pub to: SocketAddr,
    /// The host that says so, where that is known.
    pub from: Option<IpAddr>,
    /// ICMP's type.
    pub kind: u8,
    /// ICMP's code.
    pub code: u8,
    /// The beginning of what the packet carried: at most 128 bytes.
    pub payload: Vec<u8>,
}

/// Asks the kernel to keep the errors of this socket.
///
/// # Errors
/// When the kernel does not know how.
pub fn keep_errors(socket: &impl AsFd, v6: bool) -> io::Result<()> {
    let kept = match v6 {
        false => setsockopt(socket, sockopt::Ipv4RecvErr, &true),
        true => setsockopt(socket, sockopt::Ipv6RecvErr, &true),
    };
    kept.map_err(io::Error::from)
}

/// The next error that the kernel has kept; nothing when there is none. It does
/// not wait.
pub fn next_error(socket: &impl AsRawFd) -> Option<PacketError> {
    let mut payload = [0; LONGEST];
    // Room for the longer of both kinds.
    let mut room = nix::cmsg_space!(sock_extended_err, sockaddr_in6);
    let mut parts = [IoSliceMut::new(&mut payload)];
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let message = recvmsg::<SockaddrStorage>(
        socket.as_raw_fd(),
        &mut parts,
        Some(&mut room),
        flags,
    );
    let message = message.ok()?;
    let address = message.address?;
    let to = match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
        (Some(v4), _) => SocketAddr::from((v4.ip(), v4.port())),
        (None, Some(v6)) => SocketAddr::from((v6.ip(), v6.port())),
        (None, None) => return None,
    };
    let mut said = None;
    for part in message.cmsgs().ok()? {
        said = match part {
            ControlMessageOwned::Ipv4RecvErr(error, from) => {
                let from = from.map(|from| {
                    let bytes = from.sin_addr.s_addr.to_ne_bytes();
                    IpAddr::from(Ipv4Addr::from(bytes))
                });
                Some((error.ee_type, error.ee_code, from))
            }
            ControlMessageOwned::Ipv6RecvErr(error, from) => {
                let from = from.map(|from| {
                    IpAddr::from(Ipv6Addr::from(from.sin6_addr.s6_addr))
                });
                Some((error.ee_type, error.ee_code, from))
            }
            _ => said,
        };
    }
    let (kind, code, from) = said?;
    let length = message.bytes;
    let payload = payload.get(..length)?.to_vec();
    Some(PacketError { to, from, kind, code, payload })
}
