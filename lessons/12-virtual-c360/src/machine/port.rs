//! The port for jobs: open, or closed while the machine is off line.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::Machine;
use crate::fault::Fault;

impl Machine {
    /// Called when the listener has opened the port.
    pub fn port_opened(&self, address: SocketAddr) {
        let mut state = self.lock();
        state.address = Some(address);
        state.listening = true;
        self.notify(&mut state);
    }

    /// Called when the listener has closed the port.
    pub fn port_closed(&self) {
        let mut state = self.lock();
        state.listening = false;
        self.notify(&mut state);
    }

    /// Whether connections are to be taken now.
    pub fn takes_connections(&self) -> bool {
        let state = self.lock();
        state.fault != Fault::Offline && !state.stopping
    }

    /// Returns when the machine is on line again, or stops.
    pub fn wait_until_online(&self) {
        let mut state = self.lock();
        while state.fault == Fault::Offline && !state.stopping {
            state = self.wait(state);
        }
    }

    /// Connects to our own port: a thread that blocks in `accept` wakes for
    /// nothing else.
    pub(super) fn wake_listener(&self) {
        let Some(mut address) = self.lock().address else { return };
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            });
        }
        // A refused connection means that nothing blocks there.
        let _ = TcpStream::connect_timeout(&address, Duration::from_secs(1));
    }
}
