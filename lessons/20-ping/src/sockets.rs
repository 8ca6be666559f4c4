//! The sockets of a pass: one for each family, which all its hosts share.

use std::net::SocketAddr;
use std::sync::OnceLock;

use crate::icmp::Icmp;
use crate::{Error, ErrorKind};

/// The command with which root permits echo requests on Linux.
const PERMIT: &str = "root can permit it to everybody: sysctl -w \
                      net.ipv4.ping_group_range='0 2147483647'";

/// Each socket is opened when the first host of its family needs it.
#[derive(Default)]
pub(crate) struct Sockets {
    v4: OnceLock<Result<Icmp, Error>>,
    v6: OnceLock<Result<Icmp, Error>>,
}

impl Sockets {
    /// The socket for hosts like this one, or why there is none.
    pub fn for_address(&self, address: &SocketAddr) -> &Result<Icmp, Error> {
        let v6 = address.is_ipv6();
        let socket = if v6 { &self.v6 } else { &self.v4 };
        socket.get_or_init(|| {
            Icmp::open(v6).map_err(|error| {
                let mut error = Error::io("cannot send echo requests", &error);
                let forbidden = error.kind == ErrorKind::NotPermitted;
                if forbidden && cfg!(target_os = "linux") {
                    error.message = format!("{error}; {PERMIT}");
                }
                error
            })
        })
    }
}
