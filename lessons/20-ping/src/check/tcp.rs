//! The check of a port: does it take connections?

use tokio::time::Instant;

use super::{Answer, left};
use crate::{Error, Family, race, resolve};

/// A connection that is opened and closed again. A refusal is a failure here:
/// the machine is there, the service is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Which of a name's addresses may be used.
    pub family: Family,
}

impl Tcp {
    /// A port of a host.
    pub fn new(host: impl Into<String>, port: u16) -> Tcp {
        Tcp { host: host.into(), port, family: Family::Any }
    }

    pub(super) fn what(&self) -> String {
        let Tcp { host, port, .. } = self;
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
        let found = resolve::addresses(host, self.family, left(end)).await?;
        let addresses = race::with_port(&found, self.port);
        let stream = race::connect(&addresses, end).await?;
        answer.address = stream.peer_addr().ok().map(|peer| peer.ip());
        answer.detail = Some("connected".to_owned());
        Ok(())
    }
}
