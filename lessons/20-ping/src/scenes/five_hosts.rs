//! Five hosts for three scenes, all on this machine.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

/// How long an answer may take.
pub const TIMEOUT: Duration = Duration::from_secs(1);
/// The time from one probe of a host to the next.
pub const INTERVAL: Duration = Duration::from_millis(200);
/// How many probes a host gets.
pub const COUNT: usize = 2;

/// The hosts' names, each with its round trips in the order of sending; `None`
/// for a probe that was lost.
pub type Answers = Vec<(&'static str, Vec<Option<Duration>>)>;

/// A host that takes connections, or one that never answers.
pub struct Host {
    pub name: &'static str,
    pub address: SocketAddr,
    /// Held open while the host lives.
    _listener: TcpListener,
    /// The connections that fill a dead host's queue.
    _queue: Vec<TcpStream>,
}

impl Host {
    /// The five, of which the second and the fourth are dead.
    pub fn five() -> io::Result<[Host; 5]> {
        Ok([
            Host::alive("router")?,
            Host::dead("old server")?,
            Host::alive("printer")?,
            Host::dead("spare printer")?,
            Host::alive("server")?,
        ])
    }

    fn alive(name: &'static str) -> io::Result<Host> {
        Host::new(name, 128)
    }

    // ANCHOR: dead
    /// A port whose queue is full. The system drops whatever else comes there,
    /// exactly as if the machine were gone.
    fn dead(name: &'static str) -> io::Result<Host> {
        let mut host = Host::new(name, 0)?;
        let soon = Duration::from_millis(50);
        while let Ok(one) = TcpStream::connect_timeout(&host.address, soon) {
            host._queue.push(one);
        }
        Ok(host)
    }
    // ANCHOR_END: dead

    fn new(name: &'static str, backlog: i32) -> io::Result<Host> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        socket.listen(backlog)?;
        let listener = TcpListener::from(socket);
        let address = listener.local_addr()?;
        Ok(Host { name, address, _listener: listener, _queue: Vec::new() })
    }
}

/// Prints what came back from each host, and how long all of it took.
pub fn print(answers: &Answers, start: Instant) {
    let took = start.elapsed().as_secs_f64();
    for (name, round_trips) in answers {
        let back: Vec<f64> =
            round_trips.iter().flatten().map(Duration::as_secs_f64).collect();
        let best = back.iter().copied().reduce(f64::min);
        let best = best.map_or("no answer".to_owned(), |seconds| {
            format!("{:.3} ms", seconds * 1000.0)
        });
        println!("{name:<15} {} of {COUNT}   {best}", back.len());
    }
    println!("all of them in {took:.1} s\n");
}
