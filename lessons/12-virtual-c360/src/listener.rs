use crate::connection::serve;
use crate::machine::Machine;
use std::io;
use std::net::{
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream,
};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The thread that takes connections, each for a thread of its own.
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
        machine.set_listening(true);
        let thread = thread::Builder::new()
            .name("c360-listener".into())
            .spawn(move || listen(&machine, socket, address))?;
        Ok(Listener { address, thread: Some(thread) })
    }

    /// After the machine was told to stop.
    pub fn join(&mut self) {
        wake(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A thread that waits for connections only wakes when one comes.
pub(crate) fn wake(address: SocketAddr) {
    let mut here = address;
    if here.ip().is_unspecified() {
        here.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    // Refused means that nobody waits there, which is as good.
    let _ = TcpStream::connect_timeout(&here, Duration::from_secs(1));
}

fn listen(machine: &Arc<Machine>, first: TcpListener, address: SocketAddr) {
    let mut socket = Some(first);
    let mut next_id = 0;
    while !machine.is_stopping() {
        match &socket {
            Some(open) => {
                let Ok((stream, _)) = open.accept() else {
                    // Out of file handles, for instance: let some go.
                    thread::sleep(Duration::from_millis(50));
                    continue;
                };
                if !machine.takes_connections() {
                    socket = None;
                    machine.set_listening(false);
                    continue;
                }
                next_id += 1;
                let (machine, id) = (Arc::clone(machine), next_id);
                // No thread, no service: the connection is closed.
                let _ = thread::Builder::new()
                    .name(format!("c360-{id}"))
                    .spawn(move || serve(machine, stream, id));
            }
            None => {
                machine.wait_for_network();
                match TcpListener::bind(address) {
                    Ok(open) => {
                        socket = Some(open);
                        machine.set_listening(true);
                    }
                    // Somebody else has the port for the moment.
                    Err(_) => thread::sleep(Duration::from_millis(50)),
                }
            }
        }
    }
    drop(socket);
    machine.set_listening(false);
}
