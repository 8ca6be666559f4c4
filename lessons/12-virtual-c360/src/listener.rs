//! The thread that takes connections, and gives each a thread of its own.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::connection;
use crate::machine::Machine;

/// How long to wait when the operating system has no more file handles, or
/// another program holds the port: nothing reports the end of either.
const PAUSE: Duration = Duration::from_millis(50);

/// The listening thread.
pub(crate) struct Listener {
    pub address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    pub fn open(
        machine: Arc<Machine>,
        address: SocketAddr,
    ) -> io::Result<Listener> {
        let socket = TcpListener::bind(address)?;
        let address = socket.local_addr()?;
        machine.port_opened(address);
        let thread = thread::Builder::new()
            .name("c360-listener".into())
            .spawn(move || listen(&machine, socket, address))?;
        Ok(Listener { address, thread: Some(thread) })
    }

    /// Waits for the thread's end. [`Machine::stop`] causes it.
    pub fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listen(machine: &Arc<Machine>, first: TcpListener, address: SocketAddr) {
    let mut socket = Some(first);
    let mut next_id = 0;
    while !machine.is_stopping() {
        match &socket {
            Some(open) => {
                let Ok((stream, _)) = open.accept() else {
                    thread::sleep(PAUSE);
                    continue;
                };
                if !machine.takes_connections() {
                    socket = None;
                    machine.port_closed();
                    continue;
                }
                next_id += 1;
                let (machine, id) = (Arc::clone(machine), next_id);
                // If there is no thread for it, the connection is closed.
                let _ = thread::Builder::new()
                    .name(format!("c360-{id}"))
                    .spawn(move || connection::serve(machine, stream, id));
            }
            None => {
                machine.wait_until_online();
                match TcpListener::bind(address) {
                    Ok(open) => {
                        socket = Some(open);
                        machine.port_opened(address);
                    }
                    Err(_) => thread::sleep(PAUSE),
                }
            }
        }
    }
    drop(socket);
    machine.port_closed();
}
