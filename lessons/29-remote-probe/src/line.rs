//! A line that can be cut: for the lesson, and for tests.

use std::io::{self, copy};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A relay in this process between an address of its own and a server. Cut,
/// it drops all connections and takes no new ones.
#[derive(Debug, Clone)]
pub struct Line {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    server: SocketAddr,
    is_cut: bool,
    /// Both ends of each connection.
    connections: Vec<[TcpStream; 2]>,
}

impl Line {
    /// A line to this server, on a free port of the loopback address. It lasts
    /// as long as the process.
    ///
    /// # Errors
    /// There is no free port.
    pub fn to(server: SocketAddr) -> io::Result<Line> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let state = State { server, is_cut: false, connections: Vec::new() };
        let line = Line { address, state: Arc::new(Mutex::new(state)) };
        let carrier = line.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // One that cannot be carried is closed.
                let _ = carrier.carry(client);
            }
        });
        Ok(line)
    }

    /// Where to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts the line, in the middle of whatever is on its way.
    pub fn cut(&self) {
        let mut state = self.state();
        state.is_cut = true;
        for end in state.connections.drain(..).flatten() {
            // An error says that it was closed already.
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    /// Mends it.
    pub fn mend(&self) {
        self.state().is_cut = false;
    }

    /// Leads new connections to this server: one that was started again has
    /// another port.
    pub fn lead_to(&self, server: SocketAddr) {
        self.state().server = server;
    }

    fn carry(&self, client: TcpStream) -> io::Result<()> {
        let mut state = self.state();
        if state.is_cut {
            return client.shutdown(Shutdown::Both);
        }
        let server = TcpStream::connect(state.server)?;
        let ways = [
            (client.try_clone()?, server.try_clone()?),
            (server.try_clone()?, client.try_clone()?),
        ];
        for (mut from, mut to) in ways {
            thread::spawn(move || {
                // Its end, of whatever kind, is the other side's end.
                let _ = copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Both);
            });
        }
        state.connections.push([client, server]);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
