//! TLS, under `https`.

use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, ProtocolVersion, StreamOwned,
};
use tls::Trust;

use crate::Error;

/// What a connection of ours looks like under `https`.
pub(crate) type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// Shakes hands, for as long as `patience` at most. Certificates are checked
/// by the system's own rules, so that a company's own authority is trusted
/// here, too.
pub(crate) fn shake_hands(
    mut stream: TcpStream,
    host: &str,
    server: &str,
    patience: Duration,
) -> Result<TlsStream, Error> {
    let failed =
        |reason: String| Error::Tls { server: server.to_owned(), reason };
    let name = host
        .to_owned()
        .try_into()
        .map_err(|_| failed("no name for a certificate".to_owned()))?;
    let config = configuration().map_err(failed)?;
    let mut tls = ClientConnection::new(config, name)
        .map_err(|error| failed(error.to_string()))?;
    let begun = Instant::now();
    while tls.is_handshaking() || tls.wants_write() {
        let left = patience.saturating_sub(begun.elapsed());
        step(&mut tls, &mut stream, left).map_err(|error| {
            let server = server.to_owned();
            let when = "in the handshake of TLS".to_owned();
            match error.kind() {
                ErrorKind::TimedOut | ErrorKind::WouldBlock => {
                    let what = "ended the handshake of TLS";
                    Error::Silent { server, what, waited: begun.elapsed() }
                }
                ErrorKind::UnexpectedEof
                | ErrorKind::BrokenPipe
                | ErrorKind::ConnectionAborted
                | ErrorKind::ConnectionReset => Error::Closed { server, when },
                _ => failed(error.to_string()),
            }
        })?;
    }
    Ok(StreamOwned::new(tls, stream))
}

/// Sends what is to be sent, or takes what has come. A server that sends byte
/// by byte gets no more than the time that is `left`.
fn step(
    tls: &mut ClientConnection,
    stream: &mut TcpStream,
    left: Duration,
) -> io::Result<()> {
    if left.is_zero() {
        return Err(ErrorKind::TimedOut.into());
    }
    stream.set_read_timeout(Some(left))?;
    stream.set_write_timeout(Some(left))?;
    if tls.wants_write() {
        return tls.write_tls(stream).map(drop);
    }
    if tls.read_tls(stream)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    tls.process_new_packets().map(drop).map_err(|error| {
        // It should hear why; if it cannot, it has gone already.
        let _ = tls.write_tls(stream);
        io::Error::new(ErrorKind::InvalidData, error)
    })
}

/// How many round trips the handshake took: two in TLS 1.2 (RFC 5246, section
/// 7.3), one in TLS 1.3 (RFC 8446, section 2), one less for a session that was
/// resumed, and one more where the server wanted another key.
pub(crate) fn round_trips(tls: &TlsStream) -> u32 {
    let is_new = tls.conn.protocol_version() == Some(ProtocolVersion::TLSv1_3);
    match (is_new, tls.conn.handshake_kind()) {
        (true, Some(HandshakeKind::FullWithHelloRetryRequest)) => 2,
        (true, _) | (false, Some(HandshakeKind::Resumed)) => 1,
        (false, _) => 2,
    }
}

fn configuration() -> Result<Arc<ClientConfig>, String> {
    static MADE: OnceLock<Result<Arc<ClientConfig>, String>> = OnceLock::new();
    let make = || Trust::System.config().map(Arc::new);
    MADE.get_or_init(|| make().map_err(|error| error.to_string())).clone()
}
