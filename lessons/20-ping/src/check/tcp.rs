//! Does a port take connections?

use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio::time::{self, Instant};

use super::{Answer, left, no_answer};
use crate::{Family, Fault, Trouble, resolve};

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
    /// Of a port of a host.
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

    pub(super) async fn ask(
        &self,
        end: Instant,
        answer: &mut Answer,
    ) -> Result<(), Trouble> {
        let host = &self.host;
        let most = left(end);
        let addresses = resolve::addresses(host, Family::Any, most).await?;
        let stream = connect(&addresses, self.port, end).await?;
        answer.address = stream.peer_addr().ok().map(|peer| peer.ip());
        answer.detail = Some("connected".to_owned());
        Ok(())
    }
}

/// A connection to the first of the addresses that takes one. Each has an
/// equal part of the time that is left.
pub(super) async fn connect(
    addresses: &[SocketAddr],
    port: u16,
    end: Instant,
) -> Result<TcpStream, Trouble> {
    let mut trouble = Trouble::new(Fault::Unresolved, "no address");
    for (at, address) in addresses.iter().enumerate() {
        let mut address = *address;
        address.set_port(port);
        let parts = u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        let most = left(end) / parts;
        trouble = match time::timeout(most, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => Trouble::of(&address.to_string(), &error),
            Err(_) => no_answer(&address.to_string()),
        };
    }
    Err(trouble)
}
