//! One TCP connection through the link.

use std::io;
use std::time::Duration;

use mio::net::TcpStream;
use socket2::SockRef;

use crate::direction::Direction;
use crate::stream::Stream;

/// A socket at either end, and a stream in either direction.
pub(crate) struct Connection {
    pub client: End,
    /// There when the first segment has arrived.
    pub server: Option<End>,
    pub upload: Stream,
    pub download: Stream,
    /// The number of the segment that is acknowledged when the server has
    /// taken the connection.
    pub connecting: Option<u64>,
    /// One end broke. The other one will be reset as soon as it can have
    /// heard of that.
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
    pub fn new(client: TcpStream, receive_window: u64) -> Connection {
        Connection {
            client: End::new(client, true),
            server: None,
            upload: Stream::new(true, receive_window),
            download: Stream::new(false, receive_window),
            connecting: None,
            broken: false,
        }
    }

    pub fn stream(&mut self, direction: Direction) -> &mut Stream {
        match direction {
            Direction::Upload => &mut self.upload,
            Direction::Download => &mut self.download,
        }
    }

    /// The stream in one direction, and the end that it reads from.
    pub fn sender(
        &mut self,
        direction: Direction,
    ) -> Option<(&mut Stream, &mut End)> {
        match direction {
            Direction::Upload => Some((&mut self.upload, &mut self.client)),
            Direction::Download => {
                Some((&mut self.download, self.server.as_mut()?))
            }
        }
    }

    /// Writes what has arrived to the sockets.
    ///
    /// # Errors
    ///
    /// When one of them was reset.
    pub fn write(&mut self) -> io::Result<()> {
        let Connection { client, server, upload, download, .. } = self;
        download.write(&mut client.socket, &mut client.writable)?;
        if let Some(server) = server {
            upload.write(&mut server.socket, &mut server.writable)?;
        }
        Ok(())
    }

    /// Whether both directions have come to their end.
    pub fn is_done(&self) -> bool {
        self.upload.is_done() && self.download.is_done()
    }

    /// Ends it with a reset at both ends.
    pub fn reset(self) {
        for end in [Some(self.client), self.server].into_iter().flatten() {
            let _ = SockRef::from(&end.socket).set_linger(Some(Duration::ZERO));
        }
    }
}
