//! The numbers under which sockets are registered with the poll.

use mio::Token;

/// Stops the relay.
pub(crate) const STOP: Token = Token(0);
const LISTENER: usize = 1;
const DATAGRAMS: usize = 2;
/// From here on each flow or session has three numbers, one for each of the
/// sockets that follow.
const FIRST: usize = 3;
const CLIENT: usize = 0;
const SERVER: usize = 1;
const SESSION: usize = 2;

/// A socket of the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SocketId {
    /// Takes TCP connections.
    Listener,
    /// Takes the clients' datagrams.
    Datagrams,
    /// The client's end of a TCP connection.
    Client(usize),
    /// The server's end of a TCP connection.
    Server(usize),
    /// Talks to the server for one sender of datagrams.
    Session(usize),
}

impl SocketId {
    pub fn token(self) -> Token {
        Token(match self {
            SocketId::Listener => LISTENER,
            SocketId::Datagrams => DATAGRAMS,
            SocketId::Client(flow) => FIRST + 3 * flow + CLIENT,
            SocketId::Server(flow) => FIRST + 3 * flow + SERVER,
            SocketId::Session(session) => FIRST + 3 * session + SESSION,
        })
    }

    /// The socket behind a token that is not [`STOP`].
    pub fn of(Token(token): Token) -> SocketId {
        match token {
            LISTENER => return SocketId::Listener,
            DATAGRAMS => return SocketId::Datagrams,
            _ => {}
        }
        let number = (token - FIRST) / 3;
        match (token - FIRST) % 3 {
            CLIENT => SocketId::Client(number),
            SERVER => SocketId::Server(number),
            _ => SocketId::Session(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_socket_is_found_again_by_its_token() {
        let mut tokens = vec![STOP];
        let mut sockets = vec![SocketId::Listener, SocketId::Datagrams];
        for number in [0, 1, 7] {
            sockets.push(SocketId::Client(number));
            sockets.push(SocketId::Server(number));
            sockets.push(SocketId::Session(number));
        }
        for socket in sockets {
            assert_eq!(SocketId::of(socket.token()), socket);
            assert!(!tokens.contains(&socket.token()));
            tokens.push(socket.token());
        }
    }
}
