//! What a client speaks on its connection: TLS or plain HTTP.
//!
//! Both come to one port, as at other print servers: `ipp:` and `ipps:` have
//! the same one (RFC 7472, section 4.2), and a client that a person sends to
//! the wrong one gets an answer that it can read.

use std::io;
use std::net::IpAddr;

use connection_timers::ConnectionTimers;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// The first byte of every TLS connection, a record of a handshake (RFC 8446,
/// section 5.1). No request begins with it.
const HANDSHAKE: u8 = 22;

/// A connection on which requests can be read.
pub(super) struct Wire {
    /// The connection.
    pub stream: Box<dyn Stream>,
    /// Whether it is encrypted.
    pub is_tls: bool,
}

/// What a request is read from and its answer written to.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

// ANCHOR: greet
/// Looks at a client's first byte, and shakes hands if it wants TLS.
pub(super) async fn greet(
    stream: TcpStream,
    timers: &ConnectionTimers,
    tls: &TlsAcceptor,
) -> io::Result<Wire> {
    let mut first = [0];
    // It stays there to be read.
    stream.peek(&mut first).await?;
    let stream = timers.timed_stream(stream);
    if first != [HANDSHAKE] {
        return Ok(Wire { stream: Box::new(stream), is_tls: false });
    }
    let encrypted = tls.accept(stream).await?;
    Ok(Wire { stream: Box::new(encrypted), is_tls: true })
}
// ANCHOR_END: greet

/// Whether what comes to this address of ours has not left the machine, so that
/// nobody on the network can read it.
pub(crate) fn stays_here(local: IpAddr) -> bool {
    local.to_canonical().is_loopback()
}
