//! The check of a port: does it take connections?

use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio::time::{self, Instant};

use super::{Answer, left, no_answer};
use crate::{Error, ErrorKind, Family, resolve};

/// A connection that is opened and closed again. A refusal is a failure here:
/// the machine is there, the service is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Tcp {
    /// A port of a host.
    pub fn new(host: impl Into<String>, port: u16) -> Tcp {
        Tcp { host: host.into(), port }
    }

    pub(super) fn what(&self) -> String {
        let Tcp { host, port } = self;
        match host.contains(':') && !host.starts_with('[') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        }
    }

    pub(super) async fn run(
        &self,
        end: Instant,
        answer: &mut Answer,
    ) -> Result<(), Error> {
        let host = &self.host;
        let addresses =
            resolve::addresses(host, Family::Any, left(end)).await?;
        let stream = connect(&addresses, self.port, end).await?;
        answer.address = stream.peer_addr().ok().map(|peer| peer.ip());
        answer.detail = Some("connected".to_owned());
        Ok(())
    }
}

/// A connection to the first of the addresses that takes one. Each gets an
/// equal share of the time that is left.
pub(super) async fn connect(
    addresses: &[SocketAddr],
    port: u16,
    end: Instant,
) -> Result<TcpStream, Error> {
    let mut last = Error::new(ErrorKind::Unresolved, "no address");
    for (at, address) in addresses.iter().enumerate() {
        let mut address = *address;
        address.set_port(port);
        let shares = u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        let timeout = left(end) / shares;
        last = match time::timeout(timeout, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => Error::io(&address.to_string(), &error),
            Err(_) => no_answer(&address.to_string()),
        };
    }
    Err(last)
}
