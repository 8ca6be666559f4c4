//! How far do packets come? A packet that may pass one router comes to its end
//! at the second, which says so; one that may pass two at the third. So each
//! router on the way tells its address.
//!
//! ```no_run
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! for hop in traceroute::trace("192.0.2.7".parse().unwrap()).await?.hops {
//!     println!("{} {:?} {:?} ms", hop.ttl, hop.address, hop.ms);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The packets are UDP, to ports on which nothing listens, as Van Jacobson's
//! program of 1988 sends them. What routers say of them, Linux keeps for the
//! socket: that takes no privilege. On other systems there is no trace.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

#[cfg(target_os = "linux")]
mod linux;

/// The most routers on a way that are asked.
pub const MOST_HOPS: u8 = 30;

/// The way of packets, as far as they came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Whether the host itself has answered.
    pub arrived: bool,
    /// The routers on the way, in order, up to the last that has said anything.
    pub hops: Vec<Hop>,
}

/// One step of the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// Which router it is, counted from 1: the "time to live" (IPv6: the "hop
    /// limit") of the packets that ended there.
    pub ttl: u8,
    /// The router that said so; `None` when none did. Of several answers, the
    /// first one's.
    pub address: Option<IpAddr>,
    /// The shortest round trip to it, in milliseconds.
    pub ms: Option<f64>,
}

/// Traces the way to a host. It takes at most five seconds.
///
/// # Errors
/// When this system cannot tell, or has no way to the host at all.
pub async fn trace(host: IpAddr) -> std::io::Result<Trace> {
    #[cfg(target_os = "linux")]
    return linux::trace(host).await;
    #[cfg(not(target_os = "linux"))]
    {
        let _ = host;
        let why = "a traceroute is taken on Linux only";
        Err(std::io::Error::new(std::io::ErrorKind::Unsupported, why))
    }
}
