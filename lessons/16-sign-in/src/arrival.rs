//! How a request arrived: what only its connection knows, put into the
//! request's extensions by the server that took the connection.

use std::net::SocketAddr;

/// The address at which a connection has reached the server.
#[derive(Debug, Clone, Copy)]
pub struct LocalAddress(pub SocketAddr);

/// Whether a request came over TLS, so that nobody on the way could read it.
///
/// This is about the connection to this server. What a proxy says about its
/// own clients, in `X-Forwarded-Proto`, is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverTls(pub bool);
