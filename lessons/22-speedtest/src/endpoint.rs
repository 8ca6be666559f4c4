//! A page of a server, and the address of its host.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::Error;
use crate::url::Url;

/// A time limit of 0 is no time limit to the system.
const SHORTEST: Duration = Duration::from_millis(1);

/// A page, and the address that answered for its host.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub url: Url,
    pub address: SocketAddr,
}

impl Endpoint {
    /// Goes where a reference leads. The name is resolved when it is a new
    /// one.
    pub fn follow(
        &mut self,
        reference: &str,
        deadline: Instant,
    ) -> Result<(), Error> {
        let url = self.url.join(reference)?;
        if (&url.host, url.port) != (&self.url.host, self.url.port) {
            self.address = resolve(&url, deadline)?;
        }
        self.url = url;
        Ok(())
    }
}

/// The address of the host, out of several the first one that takes a
/// connection: a machine may have an IPv6 address and no way to use it.
pub(crate) fn resolve(
    url: &Url,
    deadline: Instant,
) -> Result<SocketAddr, Error> {
    let begun = Instant::now();
    let unresolved =
        |reason: String| Error::Name { host: url.host.clone(), reason };
    // The system's resolver knows no time limit. It is asked in a thread that
    // may be left behind.
    let (sender, answer) = channel();
    let (host, port) = (url.host.clone(), url.port);
    thread::spawn(move || {
        let found = (host.as_str(), port).to_socket_addrs();
        // Nobody waits any more after the deadline.
        let _ = sender.send(found.map(Vec::from_iter));
    });
    let addresses = match answer.recv_timeout(left(deadline)) {
        Ok(found) => found.map_err(|error| unresolved(error.to_string()))?,
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            let waited = begun.elapsed().as_secs_f64();
            return Err(unresolved(format!("no answer within {waited:.1} s")));
        }
    };

    let mut first = None;
    let count = addresses.len();
    for (at, address) in addresses.into_iter().enumerate() {
        if count == 1 {
            return Ok(address);
        }
        let left = left(deadline);
        let share = left / (count - at).try_into().unwrap_or(u32::MAX);
        match TcpStream::connect_timeout(&address, share.max(SHORTEST)) {
            Ok(_) => return Ok(address),
            Err(error) => {
                let server = url.authority();
                let waited = begun.elapsed();
                let error = Error::connecting(server, &error, waited);
                first.get_or_insert(error);
            }
        }
    }
    Err(first.unwrap_or_else(|| unresolved("it has no address".to_owned())))
}

/// The time that is left until a deadline, and never 0.
pub(crate) fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).max(SHORTEST)
}
