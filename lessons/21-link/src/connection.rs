use std::io;
use std::time::Duration;

use mio::net::TcpStream;
use socket2::SockRef;

use crate::stream::Stream;

/// A TCP connection through the link: a socket at either end, and a stream
/// in either direction.
pub(crate) struct Connection {
    /// Towards those who connect.
    pub near: End,
    /// Towards the server; there when the first segment has arrived.
    pub far: Option<End>,
    pub upload: Stream,
    pub download: Stream,
    /// The number of the segment that is answered when `far` is connected.
    pub connecting: Option<u64>,
    /// When either stream's timer goes off.
    pub timers: [Option<Duration>; 2],
    /// One end broke; the other will know as soon as word can reach it.
    pub broken: bool,
}

/// A socket, and what it was last known to be ready for.
pub(crate) struct End {
    pub socket: TcpStream,
    pub readable: bool,
    pub writable: bool,
}

impl End {
    pub fn new(socket: TcpStream, ready: bool) -> End {
        End { socket, readable: ready, writable: ready }
    }
}

impl Connection {
    pub fn new(near: TcpStream, receive_window: u64) -> Connection {
        Connection {
            near: End::new(near, true),
            far: None,
            upload: Stream::new(true, receive_window),
            download: Stream::new(false, receive_window),
            connecting: None,
            timers: [None; 2],
            broken: false,
        }
    }

    /// Ends the connection without courtesy.
    pub fn reset(self) {
        for end in [Some(self.near), self.far].into_iter().flatten() {
            let _ = SockRef::from(&end.socket).set_linger(Some(Duration::ZERO));
        }
    }

    pub fn is_done(&self) -> bool {
        self.upload.is_done() && self.download.is_done()
    }

    /// Hands what has arrived to the sockets.
    pub fn write(&mut self) -> io::Result<()> {
        let Connection { near, far, upload, download, .. } = self;
        download.write(&mut near.socket, &mut near.writable)?;
        if let Some(far) = far {
            upload.write(&mut far.socket, &mut far.writable)?;
        }
        Ok(())
    }
}
